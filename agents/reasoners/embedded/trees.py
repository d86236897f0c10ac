"""Boosted trees as plain numbers: loaded from JSON and evaluated for many rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indexes = NDArray[np.int32]


class Forest:
    """A sum of binary trees. A node goes left when its feature is at most its threshold; leaves point to themselves.

    As plain numbers: nodes tree by tree, each before its left branch and that before its right one; `features` holds the
    feature's number, -1 for a leaf; `numbers` the threshold, or the leaf's value; `right` how far on the right branch begins.
    """

    def __init__(self, plain: Mapping[str, Any]) -> None:
        self.names: tuple[str, ...] = tuple(plain["names"])
        features: Indexes = np.array(plain["features"], dtype=np.int32)
        numbers: Floats = np.array(plain["numbers"], dtype=np.float64)
        leaf, own = features < 0, np.arange(len(features), dtype=np.int32)
        self._feature: Indexes = np.where(leaf, 0, features)
        self._threshold: Floats = np.where(leaf, 0.0, numbers)
        self._value: Floats = np.where(leaf, numbers, 0.0)
        self._left: Indexes = np.where(leaf, own, own + 1)
        self._right: Indexes = own + np.array(plain["right"], dtype=np.int32)
        self._roots: Indexes = np.cumsum(np.array(plain["sizes"], dtype=np.int32)) - np.array(
            plain["sizes"], dtype=np.int32
        )
        self._depth = int(plain["depth"])

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
