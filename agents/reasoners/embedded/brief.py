"""A reading in a few words, short enough for a button: "average price by category, top 5"."""

from __future__ import annotations

from collections.abc import Iterator

from agents.reasoners.embedded.differences import words_of
from agents.reasoners.embedded.draft import STAR, Condition, Draft, Term
from knowledge.linking import Linker

_WORDS = {"count": "number of", "sum": "total", "avg": "average", "min": "smallest", "max": "largest"}
_SIGNS = {
    "=": "",
    "!=": "not ",
    "<": "under ",
    "<=": "at most ",
    ">": "over ",
    ">=": "at least ",
    "like": "like ",
}
_LONGEST = 70


def brief(draft: Draft, main: str, linker: Linker) -> str:
    """At most 70 characters."""
    shown = [_term(term, main, linker) for term in draft.select if term not in draft.group] or [
        _term(t, main, linker) for t in draft.select
    ]
    text = " and ".join(dict.fromkeys(shown))
    keys = [_term(term, main, linker) for term in draft.group if term in draft.select]
    if keys:
        text += " by " + " and ".join(dict.fromkeys(keys))
    limits = list(_limits(draft, linker))
    if limits:
        text += ", " + ", ".join(limits)
    if draft.limit is not None:
        text += ", only the first" if draft.limit == 1 else f", only the first {draft.limit}"
    text = text[:1].upper() + text[1:]
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip(" ,") + "…"


def _term(term: Term, main: str, linker: Linker) -> str:
    rows = words_of(main, linker)
    if term == STAR:
        return f"all of {rows}"
    if term.column is None:
        return f"number of {rows}" if rows else "number of rows"
    name = words_of(term.column.name, linker)
    if term.grain:
        return term.grain
    if not term.aggregate:
        return name
    return f"{_WORDS[term.aggregate]} {'different ' if term.distinct else ''}{name}"


def _limits(draft: Draft, linker: Linker) -> Iterator[str]:
    for clause in draft.where:
        yield " or ".join(_condition(condition, linker) for condition in clause)


def _condition(condition: Condition, linker: Linker) -> str:
    name = words_of(condition.term.column.name, linker) if condition.term.column is not None else "rows"
    if condition.operator in ("is null", "is not null"):
        return f"{name} missing" if condition.operator == "is null" else f"{name} there"
    if condition.query is not None:
        tables = condition.query.own_tables
        there = words_of(tables[-1], linker) if tables else "others"
        return f"not among {there}" if "not" in condition.operator else f"among {there}"
    if condition.values:
        return f"{name} {_SIGNS.get(condition.operator, '')}{' to '.join(str(v.value) for v in condition.values)}"
    return name
