"""Which candidate is the likeliest, and how likely it is to be right: small models whose weights are plain data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from pathlib import Path

from agents.reasoners.embedded import learned
from agents.reasoners.embedded.among import PARTS, agreement
from agents.reasoners.embedded.draft import Draft
from agents.reasoners.embedded.features import Features
from agents.reasoners.embedded.trees import Forest

BY_HAND = {"period": 3.0, "view": -1.5, "unasked_key": -0.8, "age_as_year": -4.0}
"""Weights set by hand: for what the training questions never have, and where people want names and the training data often has keys."""


TRIED = 10
"""Candidates that are run on the source."""
STANDING = (
    "score", "place", "mass", "alike", "results", "lead_before", "rival", *(f"same:{part}" for part in PARTS),
)  # fmt: skip
"""Features of how a tried candidate stands among the others; see `standing`."""
CONCERT = ("strength", "lead", "agreeing")
"""Features of the winner after the second ranking; see `confidence`."""


@dataclass(frozen=True, slots=True)
class Model:
    first: Forest
    """Ranks by words alone."""
    second: Forest
    """Ranks by words and by what a trial run brought back."""
    sure: Forest
    """Log-odds that the best candidate is right."""
    curve: tuple[tuple[float, float], ...]
    """Isotonic calibration: raw probability → measured share of right answers, ascending."""


def model() -> Model:
    """The model in use."""
    return _read(learned.folder())


@lru_cache(maxsize=2)
def _read(folder: Path) -> Model:
    data = learned.read(folder, "rank")
    first, second, sure = (Forest(data[name]) for name in ("first", "second", "sure"))
    return Model(first, second, sure, tuple((x, y) for x, y in data["curve"]))


def before_trial(rows: Sequence[Features]) -> list[float]:
    """How much speaks for each candidate, by words alone; only differences within a question mean something."""
    return _with_hand(model().first, rows)


def standing(
    scores: Sequence[float], groups: Sequence[str], drafts: Sequence[Draft]
) -> list[dict[str, float]]:
    """How each tried candidate stands before the second ranking: how many others bring back the same rows or share a part.

    Args:
        scores: of the first ranking, best first.
        groups: equal for candidates with the same rows.
    """
    odds = [exp(score - max(scores)) for score in scores]
    mass: defaultdict[str, float] = defaultdict(float)
    for group, one in zip(groups, odds, strict=True):
        mass[group] += one / sum(odds)
    return [
        {
            "score": score - scores[0],
            "place": float(place),
            "mass": mass[group],
            "alike": groups.count(group) / len(groups),
            "results": float(len(mass)),
            "lead_before": max(mass.values()) - mass[group],
            "rival": max((other for name, other in mass.items() if name != group), default=0.0),
            **{f"same:{part}": share for part, share in shared.items()},
        }
        for place, (score, group, shared) in enumerate(
            zip(scores, groups, agreement(scores, drafts), strict=True)
        )
    ]


def after_trial(rows: Sequence[Features]) -> list[float]:
    return _with_hand(model().second, rows)


def _with_hand(forest: Forest, rows: Sequence[Features]) -> list[float]:
    by_hand = [sum(w * row.get(name, 0.0) for name, w in BY_HAND.items()) for row in rows]
    return [float(score) + extra for score, extra in zip(forest.predict(rows), by_hand, strict=True)]


def confidence(features: Features, strength: float, lead: float, agreeing: float) -> float:
    """The estimated probability that the best candidate is right.

    Args:
        strength: its score, a log-odds.
        lead: its score over that of the best candidate with another result.
        agreeing: share of the tried candidates that brought back the same result.
    """
    row = {**features, **dict(zip(CONCERT, (strength, min(lead, 10.0), agreeing), strict=True))}
    raw = 1 / (1 + exp(-float(model().sure.predict([row])[0])))
    return round(calibrated(raw, model().curve), 3)


def calibrated(raw: float, curve: Sequence[tuple[float, float]]) -> float:
    """The curve at `raw`, straight between its points."""
    if not curve or raw <= curve[0][0]:
        return curve[0][1] if curve else raw
    before = curve[0]
    for point in curve[1:]:
        if raw <= point[0]:
            share = (raw - before[0]) / (point[0] - before[0]) if point[0] > before[0] else 1.0
            return before[1] + share * (point[1] - before[1])
        before = point
    return before[1]
