"""What a draft is to the one before it, and to the words of the question, in numbers for the ranker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log

from agents.reasoners.embedded.candidates import Candidate
from agents.reasoners.embedded.dialogue.heads import Head
from agents.reasoners.embedded.draft import STAR, Draft, Term

_CROSSED = (
    "plural", "possessive", "single", "ones", "which", "among", "only", "about", "also", "and", "how-many", "each", "sort",
    "other", "than-that", "all", "most", "extreme", "by", "named", "asks", "short", "long",
    "that", "of-which", "breaks-off", "the", "who",
)  # fmt: skip
_READ = (
    "columns_unused", "values_unused", "tables_unread", "read_unnamed", "unknown", "left_value", "left_number", "left_table",
    "left_column", "left_superlative", "left_comparison", "left_not", "left_each", "left_average", "left_order", "unresolved",
    "joins", "bridges", "cross_join", "star", "nested", "combined", "unasked_key",
)  # fmt: skip
"""Features of any candidate that tell here too."""


def relation(draft: Draft, before: Draft) -> Iterator[str]:
    """How `draft` goes on from `before`, as names of what is the same and what is not."""
    yield from _conditions(draft, before)
    yield from _shown(draft, before)
    yield f"group-{_change(bool(draft.group), bool(before.group), draft.group == before.group)}"
    yield f"having-{_change(bool(draft.having), bool(before.having), draft.having == before.having)}"
    yield f"order-{_change(bool(draft.order), bool(before.order), draft.order == before.order)}"
    yield f"limit-{_change(draft.limit is not None, before.limit is not None, draft.limit == before.limit)}"
    tables, earlier = set(draft.own_tables), set(before.own_tables)
    if tables.isdisjoint(earlier):
        yield "other-tables"
    elif tables - earlier:
        yield "more-tables"
    elif earlier - tables:
        yield "fewer-tables"
    if any(condition.query is not None for condition in draft.conditions):
        yield "nested"


def _change(now: bool, then: bool, same: bool) -> str:
    if not now and not then:
        return "none"
    if now and then:
        return "same" if same else "changed"
    return "new" if now else "gone"


def _conditions(draft: Draft, before: Draft) -> Iterator[str]:
    old, new = set(before.where), set(draft.where)
    if old:
        columns = {condition.term.column for clause in new - old for condition in clause}
        gone = [clause for clause in old - new if all(c.term.column not in columns for c in clause)]
        swapped = len(old - new) - len(gone)
        yield "where-kept" if not old - new else "where-swapped" if swapped else "where-gone"
    if new - old:
        yield "where-new"


def _shown(draft: Draft, before: Draft) -> Iterator[str]:
    now, then = set(draft.select), set(before.select)
    if draft.select == before.select:
        yield "shows-same"
    elif now > then:
        yield "shows-more"
    elif now < then:
        yield "shows-less"
    elif now & then:
        yield "shows-some"
    else:
        yield "shows-other"
    fresh = now - then
    if any(term.aggregate == "count" for term in fresh):
        yield "counts"
    elif any(term.aggregated for term in fresh):
        yield "aggregates"
    if len(draft.select) > 1:
        yield "shows-several"


def numbers(
    candidate: Candidate,
    read: Mapping[str, float],
    before: Draft,
    marks: frozenset[str],
    known: Sequence[Head],
) -> dict[str, float]:
    """What the ranker adds up for one way to go on.

    Args:
        read: the candidate's own features.
        marks: kinds of words by which the question leans on the turn before.
        known: what stands for the things that the answer before is about.
    """
    found = {name: min(3.0, read[name]) for name in _READ if read.get(name)}
    if set(candidate.draft.select) <= set(before.select):
        found.pop("unasked_key", None)
    relations = list(relation(candidate.draft, before))
    relations += [f"shows-{how}" for how, head in known if head == candidate.draft.select]
    found.update({f"r:{name}": 1.0 for name in relations})
    for mark in _CROSSED:
        if mark in marks:
            found.update({f"{mark}&{name}": 1.0 for name in relations})
    found["foreign"] = float(_foreign(candidate, before))
    found["missing"] = float(_missing(candidate, before))
    return found


def _foreign(candidate: Candidate, before: Draft) -> int:
    """Columns that are shown although neither the question names them nor the answer before showed them."""
    named = {
        (mention.table, mention.column)
        for chunk in candidate.chunks
        if chunk.kind in ("C", "V", "T")
        for mention in chunk.mentions
    }
    shown = [term for term in candidate.draft.select if term not in before.select and term != STAR]
    return sum(not _is_named(term, named) for term in shown if term.column is not None)


def _is_named(term: Term, named: set[tuple[str, str]]) -> bool:
    return any((column.table, column.name) in named for column in term.columns)


def _missing(candidate: Candidate, before: Draft) -> int:
    """Columns that the question names and the draft uses nowhere, unless the answer before is about them."""
    used = {(c.table, c.name) for part in candidate.draft.everywhere() for c in part.columns}
    chunks = [chunk for chunk in candidate.chunks if chunk.kind in ("C", "V")]
    return sum(used.isdisjoint((m.table, m.column) for m in chunk.mentions) for chunk in chunks)


def odds(probability: float) -> float:
    """Log-odds, kept within what a few hundred examples can tell."""
    kept = min(0.97, max(0.03, probability))
    return log(kept / (1 - kept))
