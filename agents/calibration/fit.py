"""A logistic regression on top of the reasoner's own estimate: how far each piece of evidence moves the odds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from agents.calibration.collect import Answered
from agents.doubts.confidence import logit, prior

RIDGE = 4.0
"""Holds the weight of what was rarely seen near what was believed before."""
STEPS = 50


def fit(answers: Sequence[Answered]) -> dict[str, Any]:
    """Weights by name. The own estimate keeps the weight one and there is no intercept: its calibration is the reasoner's.

    The fitted intercept is dropped, because the reasoner has seen these questions and is right more often on them than
    on others; `centre` keeps the mean of what the evidence adds at zero. A doubt that the reasoner itself has counted
    already comes out with no weight, never with a good one.
    """
    seen = Counter(name for answer in answers for name in answer.evidence)
    names = sorted(seen)
    rows = np.array([[answer.evidence.get(name, 0.0) for name in names] for answer in answers])
    offset = np.array([logit(answer.own) for answer in answers])
    truth = np.array([float(answer.right) for answer in answers])
    believed = np.array([prior(name) for name in names])
    weights = _newton(rows, offset, truth, believed)
    weights = np.where(believed < 0, np.minimum(weights, 0.0), weights)
    return {
        "features": {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)},
        "centre": round(float(rows.mean(axis=0) @ weights), 4),
        "answers": len(answers),
        "seen": {name: seen[name] for name in names},
    }


def _newton(rows: Any, offset: Any, truth: Any, believed: Any) -> Any:
    """Maximum likelihood under a normal prior around `believed`, with an intercept that nothing is believed of."""
    rows = np.hstack([rows, np.ones((len(rows), 1))])
    penalty, centre = np.append(np.full(len(believed), RIDGE), 1e-6), np.append(believed, 0.0)
    weights = centre.copy()
    for _ in range(STEPS):
        sure = 1 / (1 + np.exp(-(offset + rows @ weights)))
        gradient = rows.T @ (truth - sure) - penalty * (weights - centre)
        curvature = (rows * (sure * (1 - sure))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        weights = weights + step
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights[:-1]
