"""How sure a turn is of a plan that the asker changed.

The whole policy, so that changing a plan is no way around a reviewer:

1. What the asker wrote is certain as their wish. Whether it answers their question nobody has looked at: the part of
   the plan that still is what was proposed keeps its estimate, the rest counts as `BY_HAND`.
2. No change makes a plan surer than the proposal it began from. Words not understood and questions left open stay
   doubts, however the plan is said next.
3. All checks run again over the changed plan, so a doubt that the change removed is gone, and a new one counts.
4. A remedy that a check offered is the product's own work, and an answer to a question that the product asked (a
   clarification, a switch) makes a new proposal. Both are judged as such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from math import exp
from typing import Any

from agents.doubts.confidence import features, fitted, logit, prior
from agents.fingerprints import sha256
from agents.plan import Plan

BY_HAND = 0.6
"""The estimate for what a person wrote: they know what they mean, and may not know what the columns hold."""
_NAMES = frozenset({"id", "label", "why", "shown"})
"""Fields that say nothing of what is computed."""
_READING = frozenset({"unknown_words", "open_assumption"})
"""Evidence of how the question was read, which no check can take back."""


def after_fields(own: float, proposed: Plan, edited: Plan) -> float:
    """The estimate for a plan of which only a part is still what was proposed with the estimate `own`."""
    kept = _shared(proposed, edited)
    return min(own, kept * own + (1 - kept) * BY_HAND)


def after_words(own: float, said: float, before: Plan) -> float:
    """The estimate for a change in words, `said` by itself: it rests on the plan that it changes."""
    evidence = features(before, ())
    weights = fitted().features
    moved = sum(weights.get(name, prior(name)) * evidence.get(name, 0.0) for name in _READING)
    return min(own, said, 1 / (1 + exp(-(logit(own) + min(0.0, moved)))))


def steps_digest(plan: Plan) -> str:
    """The same for plans that say the same."""
    return sha256("\n".join(step.model_dump_json() for step in plan.steps))


def _shared(one: Plan, other: Plan) -> float:
    """0…1: how much of two plans is the same."""
    mine, theirs = Counter(_parts(one)), Counter(_parts(other))
    most = max(mine.total(), theirs.total())
    return (mine & theirs).total() / most if most else 1.0


def _parts(plan: Plan) -> Iterator[str]:
    """Every table, join, column, measure, condition and order, as text."""
    for step in plan.steps:
        for field, value in step.query.model_dump(mode="json", exclude_defaults=True).items():
            for element in value if isinstance(value, list) else [value]:
                yield f"{field} {_bare(element)}"


def _bare(element: Any) -> Any:
    if isinstance(element, Mapping):
        return {key: _bare(value) for key, value in element.items() if key not in _NAMES}
    return [_bare(value) for value in element] if isinstance(element, list) else element
