"""The business reading beside what the ranked candidates say: the one that is surer comes first."""

from __future__ import annotations

from dataclasses import replace

from agents.reasoners.base import Prober
from agents.reasoners.embedded.analytic import VARIANT
from agents.reasoners.embedded.analytic.business import SPECIAL, business
from agents.reasoners.embedded.candidates import Candidate
from agents.reasoners.embedded.think import Ranked, Understanding, rank_all
from connectors.sql.reading import ColumnRef, Function

READ_WHOLE = 0.9
"""How sure a question is that was read whole, every word in its place."""
_PER_GUESS = 0.12
_EMPTY = 0.25
"""What speaks against a reading without rows."""
_DISPUTED = 0.7
"""How sure it is where the ranked candidates say something else."""
_RANKED_FIRST = 0.75
"""A ranked candidate that is so sure comes before a business reading with another result."""


async def with_business(understood: Understanding, prober: Prober | None) -> Understanding:
    """What was understood, led by the business reading unless another one is surer."""
    candidates = business(understood.lattice, understood.linker)
    if not candidates:
        return understood
    candidate = candidates[0]
    alone = await rank_all(
        understood.lattice, understood.linker, understood.knowledge, candidates, prober, edits=True
    )
    ours = alone.best
    if ours is None:
        return understood
    best = understood.best
    agrees = best is not None and (best.group == ours.group or _same_rows(best, candidate))
    sure = (READ_WHOLE if agrees or _beyond(candidate) else _DISPUTED) - _PER_GUESS * len(candidate.leftover)
    sure -= _EMPTY if ours.features.get("empty") else 0.0
    if best is not None and best.group != ours.group and _surer(understood, best, candidate):
        rest = [item for item in understood.ranked[1:] if item.group != ours.group]
        ours.score = best.score
        return replace(understood, ranked=[best, ours, *rest])
    others = [item for item in alone.ranked[1:] if item.group != ours.group]
    top = best.score if best is not None else 0.0
    for item in (ours, *others):
        item.score += top
    confidence = max(sure, understood.confidence) if agrees else sure
    rest = [item for item in understood.ranked if item.group != ours.group]
    return replace(understood, ranked=[ours, *others, *rest], confidence=round(confidence, 3))


def _same_rows(best: Ranked, candidate: Candidate) -> bool:
    """Whether both show the same rows and only other columns of them."""
    one, other = best.candidate.draft, candidate.draft
    if any(term.aggregated for term in (*one.select, *other.select)):
        return False
    return replace(one, select=(), distinct=False, tables=()) == replace(
        other, select=(), distinct=False, tables=()
    )


def _beyond(candidate: Candidate) -> bool:
    """Whether the question is of a kind that the ranking has not seen in training: periods, revenue, shares, running totals."""
    draft = candidate.draft
    dated = any(term.grain for term in draft.terms) or any(
        v.kind == "date" for c in draft.conditions for v in c.values
    )
    worth = any(term.aggregate and term.operator for term in draft.terms)
    dressed = any(
        output.alias or not isinstance(output.expression, ColumnRef | Function)
        for output in candidate.reading.outputs
    )
    inner = candidate.reading.source is not None and candidate.reading.source.query is not None
    return dated or worth or dressed or inner or SPECIAL in candidate.notes


def _surer(understood: Understanding, best: Ranked, candidate: Candidate) -> bool:
    """Whether the best ranked candidate is surer; one that reads a view is not: its name just has the words."""
    return not _beyond(candidate) and not best.features.get("view") and understood.confidence >= _RANKED_FIRST


def is_whole(item: Ranked) -> bool:
    """Whether an item is the business reading."""
    return item.candidate.variant == VARIANT
