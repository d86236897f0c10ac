"""Softmax models over hashed signals as plain numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

_BUCKETS = 1 << 22
_SCALE = 1000.0
"""Weights are stored as whole thousandths."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def hashed(signals: Sequence[str]) -> list[int]:
    """Signals as bucket numbers, so that weights hold no words."""
    return sorted({crc32(signal.encode()) % _BUCKETS for signal in signals})


class Softmax:
    """The probabilities of a few classes from the presence of signals."""

    def __init__(self, plain: Mapping[str, Any]) -> None:
        self.classes: tuple[str, ...] = tuple(plain["classes"])
        self._bias: Floats = np.array(plain["bias"]) / _SCALE
        self._keys: Integers = np.cumsum(np.array(plain["keys"], dtype=np.int64))
        self._starts: Integers = np.concatenate([[0], np.cumsum(np.array(plain["sizes"], dtype=np.int64))])
        self._targets: Integers = np.array(plain["targets"], dtype=np.int64)
        self._weights: Floats = np.array(plain["weights"]) / _SCALE

    def log_probabilities(self, buckets: Sequence[int]) -> dict[str, float]:
        scores = self._bias.copy()
        if len(self._keys):
            places = np.minimum(np.searchsorted(self._keys, buckets), len(self._keys) - 1)
            for place in places[self._keys[places] == buckets].tolist():
                inner = slice(self._starts[place], self._starts[place + 1])
                scores[self._targets[inner]] += self._weights[inner]
        scores -= scores.max()
        logs = scores - np.log(np.exp(scores).sum())
        return dict(zip(self.classes, logs.tolist(), strict=True))


def to_plain(
    classes: Sequence[str], bias: Floats, weights: Floats, keys: Sequence[int], least: float
) -> dict[str, Any]:
    """A dense model (classes × keys, keys ascending) as plain numbers, without weights below `least`.

    Keys are stored as differences from the one before.
    """
    kept = [column for column in range(len(keys)) if (np.abs(weights[:, column]) >= least).any()]
    stored = [keys[column] for column in kept]
    sizes: list[int] = []
    targets: list[int] = []
    values: list[int] = []
    for column in kept:
        found = np.flatnonzero(np.abs(weights[:, column]) >= least)
        sizes.append(len(found))
        targets.extend(int(row) for row in found)
        values.extend(round(float(weights[row, column]) * _SCALE) for row in found)
    return {
        "classes": list(classes),
        "bias": [round(float(value) * _SCALE) for value in bias],
        "keys": [after - before for before, after in zip([0, *stored], stored, strict=False)],
        "sizes": sizes,
        "targets": targets,
        "weights": values,
    }
