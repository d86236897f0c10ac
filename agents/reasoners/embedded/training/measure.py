"""How good the held-out answers are, and how honest the probabilities that come with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.reasoners.embedded.training.collect import Example

_BINS = 10
SURE = 0.8
"""From here on an answer is called sure."""

Floats = NDArray[np.float64]


def figures(examples: Sequence[Example], truth: Floats, sure: Floats) -> dict[str, Any]:
    """Shares of all questions unless named otherwise; `truth` and `sure` leave out those without an answer."""
    total = len(examples)
    confident = sure >= SURE
    best = np.argsort(-sure, kind="stable")
    return {
        "questions": total,
        "databases": len({example.db_id for example in examples}),
        "right": round(float(truth.sum()) / total, 4),
        "right_among_candidates": round(sum(any(example.right) for example in examples) / total, 4),
        "calibration_error": round(calibration_error(truth, sure), 4),
        "confident": round(float(confident.sum()) / total, 4),
        "confident_right": round(float(truth[confident].mean()), 4) if confident.any() else 0.0,
        "wrong_but_confident": round(float((confident & (truth == 0)).sum()) / total, 4),
        "right_at_coverage": {
            f"{p}%": round(float(truth[best[: total * p // 100]].mean()), 4) for p in (40, 60, 80)
        },
    }


def calibration_error(truth: Floats, sure: Floats) -> float:
    """The expected calibration error over ten bins of equal width."""
    places = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = (
        abs(float(truth[places == place].mean() - sure[places == place].mean()))
        * int((places == place).sum())
        for place in np.unique(places)
    )
    return sum(gaps) / len(truth)
