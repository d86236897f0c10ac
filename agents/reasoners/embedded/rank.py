"""Which candidate is the likeliest, and how likely it is to be right: small models whose weights are plain data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from math import exp
from typing import Any

from agents.reasoners.embedded.features import Features
from agents.reasoners.embedded.trees import Forest

_BEYOND_TRAINING = {"period": 3.0, "view": -1.5}
"""What the training questions never have, set by hand."""


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


@lru_cache(maxsize=1)
def model() -> Model:
    """The model that ships with the package."""
    text = resources.files(__package__).joinpath("weights", "rank.json").read_text(encoding="utf-8")
    return from_plain(json.loads(text))


def from_plain(data: dict[str, Any]) -> Model:
    first, second, sure = (
        Forest(data[name]["names"], data[name]["trees"]) for name in ("first", "second", "sure")
    )
    return Model(first, second, sure, tuple((x, y) for x, y in data["curve"]))


def before_trial(rows: Sequence[Features]) -> list[float]:
    """How much speaks for each candidate, by words alone; only differences within a question mean something."""
    return _with_hand(model().first, rows)


def after_trial(rows: Sequence[Features]) -> list[float]:
    return _with_hand(model().second, rows)


def _with_hand(forest: Forest, rows: Sequence[Features]) -> list[float]:
    by_hand = [sum(w * row.get(name, 0.0) for name, w in _BEYOND_TRAINING.items()) for row in rows]
    return [float(score) + extra for score, extra in zip(forest.predict(rows), by_hand, strict=True)]


def confidence(features: Features, lead: float, agreeing: float) -> float:
    """The estimated probability that the best candidate is right.

    Args:
        lead: its score over that of the best candidate with another result.
        agreeing: share of the tried candidates that brought back the same result.
    """
    row = {**features, "lead": min(lead, 10.0), "agreeing": agreeing}
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
