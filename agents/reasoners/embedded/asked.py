"""What the cues of a question ask for, less what a draft does of it: above 0 something is left out, below 0 nobody asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.draft import Draft, Term

Numbers = dict[str, float]
_COMPARED = {">": "GT", "<": "LT", ">=": "GE", "<=": "LE"}
_UP, _DOWN = ("MOST", "MAX", "TOP"), ("LEAST", "MIN", "BOTTOM")


def asked(draft: Draft, chunks: Sequence[Chunk]) -> Numbers:
    """Features for the ranker."""
    cues = Counter(chunk.kind for chunk in chunks)
    cues["HOW_OFTEN"] = sum(any(g.count for g in chunk.gradables) for chunk in chunks)
    done = Counter(_done(draft))
    first = sum(cues[cue] for cue in (*_UP, *_DOWN))
    compared = sum(cues[cue] for cue in _COMPARED.values())
    numbers = {
        "avg": cues["AVG"] + cues["THANAVG"] + cues["BELOWAVG"] - done["avg"],
        "sum": cues["SUM"] - done["sum"],
        "count": cues["COUNT"] + cues["HOW_OFTEN"] - done["count"],
        "first": first - done["first"],
        "order": cues["ORDER"] - done["order"],
        "each": cues["EACH"] - done["group"],
        "compared": compared - sum(done[cue] for cue in _COMPARED.values()),
        "or": cues["OR"] - done["or"],
        "both": cues["BOTH"] - done["intersect"],
        "like": cues["LIKE"] + cues["LIKESTART"] + cues["LIKEEND"] - done["like"],
        "null": cues["ISNULL"] + cues["NOTNULL"] - done["null"],
        "between": cues["BETWEEN"] - done["between"],
        "distinct": cues["DISTINCT"] - done["distinct"],
        "number": cues["N"] - done["number"],
        "sides": sum(abs(cues[cue] - done[cue]) for cue in _COMPARED.values()),
    }
    said = sum(cues[cue] for cue in (*_UP, "DESC")) - sum(cues[cue] for cue in _DOWN)
    turned = float(bool(draft.order) and (said > 0) != draft.order[0].descending)
    return {**{f"a:{name}": float(value) for name, value in numbers.items()}, "a:turned": turned}


def _done(draft: Draft) -> Iterator[str]:
    """What a draft does, by the names of the cues that ask for it."""
    for part in draft.everywhere():
        terms = [*part.select, *(sort.term for sort in part.order), *(c.term for c in part.conditions)]
        for term in dict.fromkeys(terms):
            yield from _functions(term)
        if part.order:
            yield "first" if part.limit is not None else "order"
        if part.group:
            yield "group"
        if part.distinct:
            yield "distinct"
        if part.limit is not None and part.limit > 1:
            yield "number"
        if part.combine is not None:
            yield {"union": "or", "intersect": "intersect", "except": "except"}[part.combine[0]]
        yield from _conditions(part)


def _functions(term: Term) -> Iterator[str]:
    if term.aggregate:
        yield "first" if term.aggregate in ("max", "min") else term.aggregate
    if term.distinct:
        yield "distinct"
    if term.other is not None:
        yield from _functions(term.other)


def _conditions(draft: Draft) -> Iterator[str]:
    for clause in (*draft.where, *draft.having):
        yield from ["or"] * (len(clause) - 1)
        for condition in clause:
            kind = condition.operator.removeprefix("not ")
            yield _COMPARED.get(kind, "null" if kind.startswith("is ") else kind)
            yield from ("number" for value in condition.values if value.kind == "number")
