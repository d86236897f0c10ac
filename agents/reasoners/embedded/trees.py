"""Boosted trees as plain numbers: loaded from JSON and evaluated for many rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indexes = NDArray[np.int32]


class Forest:
    """A sum of binary trees. A node goes left when its feature is at most its threshold; leaves point to themselves."""

    def __init__(self, names: Sequence[str], trees: Sequence[Mapping[str, Any]]) -> None:
        self.names = tuple(names)
        feature: list[int] = []
        threshold: list[float] = []
        left: list[int] = []
        right: list[int] = []
        value: list[float] = []
        roots: list[int] = []
        depth = 0
        for tree in trees:
            base = len(feature)
            roots.append(base)
            feature.extend(tree["f"])
            threshold.extend(tree["t"])
            left.extend(base + child for child in tree["l"])
            right.extend(base + child for child in tree["r"])
            value.extend(tree["v"])
            depth = max(depth, int(tree["d"]))
        self._feature: Indexes = np.array(feature, dtype=np.int32)
        self._threshold: Floats = np.array(threshold, dtype=np.float64)
        self._left: Indexes = np.array(left, dtype=np.int32)
        self._right: Indexes = np.array(right, dtype=np.int32)
        self._value: Floats = np.array(value, dtype=np.float64)
        self._roots: Indexes = np.array(roots, dtype=np.int32)
        self._depth = depth

    def predict(self, rows: Sequence[Mapping[str, float]]) -> Floats:
        """The sum of leaf values of every row; features that a row lacks are 0."""
        if not rows or not len(self._roots):
            return np.zeros(len(rows))
        matrix = np.array([[row.get(name, 0.0) for name in self.names] for row in rows], dtype=np.float64)
        nodes = np.repeat(self._roots[None, :], len(rows), axis=0)
        lines = np.arange(len(rows))[:, None]
        for _ in range(self._depth):
            goes_left = matrix[lines, self._feature[nodes]] <= self._threshold[nodes]
            nodes = np.where(goes_left, self._left[nodes], self._right[nodes])
        total: Floats = self._value[nodes].sum(axis=1)
        return total
