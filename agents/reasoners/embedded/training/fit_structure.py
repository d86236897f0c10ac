"""Fits the shape and slot models on observed questions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import log
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression

from agents.reasoners.embedded.generate.sketch import HEADS, Sketch
from agents.reasoners.embedded.linear import to_plain
from agents.reasoners.embedded.training.folds import SEED
from agents.reasoners.embedded.training.observe import Observed
from agents.reasoners.embedded.training.plain_trees import plain_trees

_DATABASES = 4
"""A signal counts when so many databases' questions have it."""
_RARE = 4
"""Codes seen less often are one class, "other"."""
_STRENGTH = 0.15
_LEAST = 0.02
_SLOT = {
    "verbose": -1, "num_threads": 1, "seed": SEED, "deterministic": True, "force_row_wise": True, "objective": "binary",
    "num_leaves": 31, "learning_rate": 0.05, "feature_fraction": 0.4, "min_data_in_leaf": 40, "bagging_fraction": 0.8,
    "bagging_freq": 1, "lambda_l2": 5.0,
}  # fmt: skip
_ROUNDS = 260

Floats = NDArray[np.float64]


def fit_structure(observed: Sequence[Observed]) -> dict[str, Any]:
    """All weights of `Structure` as plain numbers."""
    slots = sorted(observed[0].slots)
    return {
        "heads": _heads(observed),
        "joint": [[[code for _, code in sketch.parts()], weight] for sketch, weight in _joint(observed)],
        "slots": {name: _slot(name, observed) for name in slots},
    }


def _heads(observed: Sequence[Observed]) -> dict[str, Any]:
    seen: defaultdict[int, set[str]] = defaultdict(set)
    for item in observed:
        for bucket in item.buckets:
            seen[bucket].add(item.db_id)
    keys = sorted(bucket for bucket, databases in seen.items() if len(databases) >= _DATABASES)
    column = {bucket: number for number, bucket in enumerate(keys)}
    rows, columns = [], []
    for row, item in enumerate(observed):
        inside = [column[bucket] for bucket in item.buckets if bucket in column]
        columns.extend(inside)
        rows.extend([row] * len(inside))
    matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(observed), len(keys)))
    return {head: _head(head, observed, matrix, keys) for head in HEADS}


def _head(head: str, observed: Sequence[Observed], matrix: Any, keys: Sequence[int]) -> dict[str, Any]:
    codes = [getattr(item.sketch, head) for item in observed]
    often = Counter(codes)
    labels = [code if often[code] >= _RARE else "other" for code in codes]
    model = LogisticRegression(C=_STRENGTH, max_iter=60, tol=1e-3, random_state=SEED).fit(matrix, labels)
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        weights, bias = np.vstack([-weights / 2, weights / 2]), np.array([-bias[0] / 2, bias[0] / 2])
    return to_plain(list(model.classes_), bias, weights, keys, _LEAST)


def _joint(observed: Sequence[Observed]) -> list[tuple[Sketch, int]]:
    """Every sketch with how much oftener its parts occur together than by chance, in thousandths of a nat."""
    whole = Counter(item.sketch for item in observed)
    parts = {head: Counter(getattr(item.sketch, head) for item in observed) for head in HEADS}
    total = len(observed)
    found = []
    for sketch, count in sorted(whole.items(), key=lambda item: (-item[1], str(item[0]))):
        alone = sum(log(parts[head][code] / total) for head, code in sketch.parts())
        found.append((sketch, round(1000 * (log(count / total) - alone))))
    return found


def _slot(name: str, observed: Sequence[Observed]) -> dict[str, Any]:
    rows = [row for item in observed for row in item.slots[name]]
    names = sorted({key for numbers, _ in rows for key in numbers})
    index = {key: number for number, key in enumerate(names)}
    matrix = np.zeros((len(rows), len(names)), dtype=np.float32)
    for line, (numbers, _) in enumerate(rows):
        for key, value in numbers.items():
            matrix[line, index[key]] = value
    labels = np.array([float(true) for _, true in rows])
    model = lightgbm.train(_SLOT, lightgbm.Dataset(matrix, labels), _ROUNDS)
    return plain_trees(model, names)
