"""Which candidate is the likeliest, and how likely it is to be right: a small model whose weights are plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from math import exp

from agents.reasoners.embedded.features import Features


@dataclass(frozen=True, slots=True)
class Model:
    """Logistic regressions over named features."""

    rank: Mapping[str, float]
    confidence: Mapping[str, float]
    curve: tuple[tuple[float, float], ...]
    """Isotonic calibration: raw probability → measured share of right answers, ascending."""


@lru_cache(maxsize=1)
def model() -> Model:
    """The model that ships with the package."""
    text = resources.files(__package__).joinpath("weights", "rank.json").read_text(encoding="utf-8")
    data = json.loads(text)
    return Model(data["rank"], data["confidence"], tuple((x, y) for x, y in data["curve"]))


def score(features: Features) -> float:
    """How much speaks for a candidate; only differences within one question mean something."""
    return _dot(model().rank, features)


def confidence(features: Features, margin: float) -> float:
    """The estimated probability that the best candidate is right. `margin`: its lead over the next other result."""
    raw = 1 / (1 + exp(-_dot(model().confidence, {**features, "margin": min(margin, 5.0), "one": 1.0})))
    return round(_calibrated(raw, model().curve), 3)


def _dot(weights: Mapping[str, float], features: Features) -> float:
    return sum(weight * features.get(name, 0.0) for name, weight in weights.items())


def _calibrated(raw: float, curve: tuple[tuple[float, float], ...]) -> float:
    if not curve:
        return raw
    before = curve[0]
    if raw <= before[0]:
        return before[1]
    for point in curve[1:]:
        if raw <= point[0]:
            share = (raw - before[0]) / (point[0] - before[0]) if point[0] > before[0] else 1.0
            return before[1] + share * (point[1] - before[1])
        before = point
    return before[1]
