"""How sure a turn is of its answer, from what the checks found and how well the question was linked to the data.

The reasoner's own estimate is where it starts; what the checks found moves it by weights fitted on questions with
known answers (`python -m agents.calibration`). People see one of three labels with the reasons, never the number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log
from pathlib import Path

from agents.events import CheckResult, ConfidenceLabel
from agents.plan import Plan

WEIGHTS = Path(__file__).parents[1] / "calibration" / "weights.json"
MOST, LEAST = 0.97, 0.02
"""Nothing is surer or less sure than this before a person looked at it."""
DOUBT = 0.5
"""Below it an answer is never more than "check this"."""
WARNED = -0.5
"""Log odds that a check's warning is believed to take, before any data."""
PRIORS: Mapping[str, float] = {
    "no_statement": -2.5,
    "repaired": -0.6,
    "open_assumption": -0.3,
    "unknown_words": -0.3,
    "values": 0.0,
    "second_agrees": 0.3,
    "adds_up_agrees": 0.3,
    "unfinished": -0.1,
    "voided": -0.1,
}
"""Of evidence of another kind. What the questions with known answers do not show keeps its prior."""
NOTES = frozenset({"unfinished", "voided"})
"""Checks whose warning explains a right answer; it is shown, and the label stays."""
AGREEING = ("second", "adds_up")
"""Checks whose passing says something, because most statements never come to them."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Log odds by feature; `centre` is their mean over the questions they were fitted on."""

    features: Mapping[str, float]
    centre: float


BELIEVED = Weights({}, 0.0)
"""The priors alone."""


@cache
def fitted() -> Weights:
    data = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return Weights(data["features"], data["centre"])


def prior(name: str) -> float:
    return PRIORS.get(name, WARNED)


def features(plan: Plan, checks: Iterable[CheckResult]) -> dict[str, float]:
    """What speaks for or against an answer, by name."""
    found: dict[str, float] = {}
    for check in checks:
        if check.verdict in ("warning", "failed"):
            found[check.name] = 1.0
        elif check.verdict == "passed" and check.name in AGREEING:
            found[f"{check.name}_agrees"] = 1.0
    kinds = [link.kind for link in plan.links]
    found["unknown_words"] = min(3.0, float(kinds.count("unknown")))
    found["values"] = min(3.0, float(kinds.count("value")))
    if any(len(assumption.options) > 1 for assumption in plan.assumptions):
        found["open_assumption"] = 1.0
    return {name: value for name, value in found.items() if value}


def confidence(own: float, evidence: Mapping[str, float], *, embedded: bool = True) -> float:
    """The estimated probability that the answer is right.

    `own` is the reasoner's estimate; the fitted weights know how the embedded reasoner comes to its own.
    """
    weights = fitted() if embedded else BELIEVED
    moved = sum(weights.features.get(name, prior(name)) * value for name, value in evidence.items())
    odds = logit(own) + moved - weights.centre
    return round(min(MOST, max(LEAST, 1 / (1 + exp(-odds)))), 4)


def logit(probability: float) -> float:
    bounded = min(1 - 1e-3, max(1e-3, probability))
    return log(bounded / (1 - bounded))


def label_of(own: ConfidenceLabel, sure: float, doubts: Sequence[str]) -> ConfidenceLabel:
    """A person who approved the statement knew what can be doubted in it; otherwise every doubt asks the reader to look."""
    if own == "verified" and sure >= DOUBT:
        return "verified"
    if doubts or sure < DOUBT or own == "check_this":
        return "check_this"
    return "checked"


def doubts_of(checks: Iterable[CheckResult]) -> list[str]:
    """What speaks against the answer, each thing once."""
    return warnings_of(check for check in checks if check.name not in NOTES)


def warnings_of(checks: Iterable[CheckResult]) -> list[str]:
    """Everything that the checks warn of, each thing once."""
    return list(dict.fromkeys(check.detail for check in checks if check.verdict in ("warning", "failed")))
