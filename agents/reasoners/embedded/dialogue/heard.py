"""What the words of a question ask for and a way to read it does not do, and the other way round."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from agents.reasoners.embedded.draft import Aggregate, Draft
from knowledge.linking import Lattice

_FUNCTIONS: Mapping[Aggregate, str] = {
    "avg": r"\b(?:average|averages|mean|avg|on average)\b",
    "sum": r"\b(?:total|totals|sum|in all|altogether|combined)\b",
    "count": r"\b(?:how many|count|number of|amount of|how often)\b",
    "max": r"\b(?:maximum|max|highest|largest|biggest|greatest|longest|latest)\b",
    "min": r"\b(?:minimum|min|lowest|smallest|least|shortest|earliest)\b",
}
_SAID = {name: re.compile(text, re.IGNORECASE) for name, text in _FUNCTIONS.items()}
_MOST = re.compile(
    r"\b(?:most|highest|largest|biggest|greatest|longest|tallest|maximum|top|best|latest|newest|heaviest|fastest|descending|high to low)\b",
    re.IGNORECASE,
)
_LEAST = re.compile(
    r"\b(?:least|fewest|lowest|smallest|shortest|minimum|worst|cheapest|lightest|slowest|ascending|low to high)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:not|no|never|none|nobody|without|except|other than|neither)\b|n't\b", re.IGNORECASE
)
_NEGATIVE = frozenset({"!=", "not in", "not like", "not between", "not exists", "is null"})


def heard(question: str, draft: Draft, before: Draft) -> Iterator[str]:
    """Names of what is said and not done ("unheard"), or done and not said ("unsaid")."""
    parts = tuple(draft.everywhere())
    used = {term.aggregate for part in parts for term in part.terms}
    fresh = {term.aggregate for term in (*draft.select, *(sort.term for sort in draft.order))} - {
        term.aggregate for term in before.terms
    }
    for name, pattern in _SAID.items():
        said = pattern.search(question) is not None
        if said and name not in used:
            yield f"unheard:{name}"
        elif not said and name in fresh:
            yield f"unsaid:{name}"
    yield from _direction(question, draft, before)
    negative = any(c.operator in _NEGATIVE for part in parts for c in part.conditions)
    negative |= any(part.combine is not None and part.combine[0] == "except" for part in parts)
    if _NEGATED.search(question):
        yield "not-heard" if negative else "not-unheard"
    elif negative and draft.where != before.where:
        yield "not-unsaid" if not before.where else "not-kept"


def function_said(question: str) -> Aggregate:
    """The one function that the words name, beside counting; empty for none or several."""
    found = [name for name, pattern in _SAID.items() if name != "count" and pattern.search(question)]
    return found[0] if len(found) == 1 else ""


def _direction(question: str, draft: Draft, before: Draft) -> Iterator[str]:
    most, least = _MOST.search(question) is not None, _LEAST.search(question) is not None
    if most == least:
        if draft.order != before.order and draft.order and draft.limit is not None:
            yield "unsaid:first"
        return
    if not draft.order:
        yield "unheard:order"
    elif draft.order[0].descending != most:
        yield "turned"


def named(lattice: Lattice, before: Draft) -> Iterator[str]:
    """What a question names by itself, beside the query before."""
    plain = [mention for mention in lattice.mentions if mention.how in ("exact", "stem")]
    tables = {mention.table for mention in plain if mention.kind == "table"}
    columns = {(mention.table, mention.column) for mention in plain if mention.kind == "column"}
    old = {(column.table, column.name) for column in before.columns}
    if not tables:
        yield "q:no-table"
    if tables.intersection(before.own_tables):
        yield "q:old-table"
    if tables.difference(before.own_tables):
        yield "q:new-table"
    if columns & old:
        yield "q:old-column"
    if any(table in before.own_tables for table, _ in columns - old):
        yield "q:column-beside"
    if columns and not any(table in before.own_tables for table, _ in columns):
        yield "q:column-elsewhere"
    if any(mention.kind == "value" for mention in lattice.mentions):
        yield "q:value"
