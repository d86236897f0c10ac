"""The business reading beside what the ranked candidates say: the one that is surer comes first."""

from __future__ import annotations

from dataclasses import replace

from agents.reasoners.base import Prober
from agents.reasoners.embedded.analytic import VARIANT
from agents.reasoners.embedded.analytic.business import business
from agents.reasoners.embedded.think import Ranked, Understanding, rank_all

READ_WHOLE = 0.9
"""How sure a question is that was read whole, every word in its place."""
_PER_GUESS = 0.12
_EMPTY = 0.25
"""What speaks against a reading without rows."""
_RANKED_FIRST = 0.85
"""A ranked candidate that is so sure comes before a business reading with another result."""


async def with_business(understood: Understanding, prober: Prober | None) -> Understanding:
    """What was understood, led by the business reading unless another one is surer."""
    candidate = business(understood.lattice, understood.linker)
    if candidate is None:
        return understood
    alone = await rank_all(
        understood.lattice, understood.linker, understood.knowledge, [candidate], prober, edits=True
    )
    ours = alone.best
    if ours is None:
        return understood
    sure = READ_WHOLE - _PER_GUESS * len(candidate.leftover) - (_EMPTY if ours.features.get("empty") else 0.0)
    best = understood.best
    surer = (
        best is not None
        and best.features.get("view", 0.0) == 0
        and understood.confidence >= max(sure, _RANKED_FIRST)
    )
    if best is not None and best.group != ours.group and surer:
        rest = [item for item in understood.ranked[1:] if item.group != ours.group]
        ours.score = best.score
        return replace(understood, ranked=[best, ours, *rest])
    ours.score = best.score if best is not None else 0.0
    agrees = best is not None and best.group == ours.group
    confidence = max(sure, understood.confidence) if agrees else sure
    rest = [item for item in understood.ranked if item.group != ours.group]
    return replace(understood, ranked=[ours, *rest], confidence=round(confidence, 3))


def is_whole(item: Ranked) -> bool:
    """Whether an item is the business reading."""
    return item.candidate.variant == VARIANT
