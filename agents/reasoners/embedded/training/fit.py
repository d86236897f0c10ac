"""Fits the rankers and the calibration on examples, cross-validated by database."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from agents.reasoners.embedded.training.collect import Example

FOLDS = 5
SEED = 7
TRIED = 8
"""Candidates that the reasoner runs; the same number here."""
_OUTCOMES = frozenset({"ran", "empty", "all_null", "rows", "zero"})
_BY_HAND = frozenset({"period", "view"})
_COMMON = {
    "verbose": -1, "num_threads": 2, "seed": SEED, "deterministic": True, "force_row_wise": True,
    "min_data_in_leaf": 40, "bagging_fraction": 0.8, "bagging_freq": 1,
}  # fmt: skip
_RANKING = {
    **_COMMON, "objective": "lambdarank", "num_leaves": 15, "learning_rate": 0.08, "feature_fraction": 0.7,
    "lambdarank_truncation_level": TRIED,
}  # fmt: skip
_SURENESS = {
    **_COMMON,
    "objective": "binary",
    "num_leaves": 7,
    "learning_rate": 0.05,
    "feature_fraction": 0.5,
    "lambda_l2": 5.0,
}
_ROUNDS = {"first": 120, "second": 160, "sure": 120}

Floats = NDArray[np.float64]


def fold_of(db_id: str) -> int:
    """Which fold a database is in; the same for ever."""
    return int(hashlib.sha256(db_id.encode()).hexdigest(), 16) % FOLDS


class _Table:
    """The examples as matrices."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = examples
        found = {
            name for example in examples for labelled in example.candidates for name in labelled.features
        }
        self.names = sorted(found - _BY_HAND)
        self.words = [name for name in self.names if name not in _OUTCOMES]
        self.word_columns = [self.names.index(name) for name in self.words]
        self.rows = [
            np.array(
                [[labelled.features.get(name, 0.0) for name in self.names] for labelled in example.candidates]
            )
            for example in examples
        ]

    def ranker(self, chosen: Sequence[int], columns: Sequence[int], rounds: int) -> Any:
        blocks, labels, sizes = [], [], []
        for index in chosen:
            rights = [int(labelled.right) for labelled in self.examples[index].candidates]
            if rights and 0 < sum(rights) < len(rights):
                blocks.append(self.rows[index][:, columns])
                labels.extend(rights)
                sizes.append(len(rights))
        data = lightgbm.Dataset(np.vstack(blocks), np.array(labels), group=sizes)
        return lightgbm.train(_RANKING, data, rounds)

    def pick(self, index: int, first: Any, second: Any) -> tuple[int, float, float] | None:
        """The winner, its lead over the best other result, and the share that agrees with it."""
        example = self.examples[index]
        if not example.candidates:
            return None
        early = first.predict(self.rows[index][:, self.word_columns])
        tried = [int(i) for i in np.argsort(-early, kind="stable")[:TRIED] if example.candidates[i].result]
        if not tried:
            return None
        late = second.predict(self.rows[index][tried])
        order = np.argsort(-late, kind="stable")
        best = tried[order[0]]
        result = example.candidates[best].result
        others = [late[i] for i, number in enumerate(tried) if example.candidates[number].result != result]
        agreeing = sum(example.candidates[number].result == result for number in tried) / len(tried)
        return best, float(late[order[0]] - max(others)) if others else 10.0, agreeing


def fit(examples: Sequence[Example]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The weights, and the figures of the cross-validation."""
    table = _Table(examples)
    everything = list(range(len(examples)))
    all_columns = list(range(len(table.names)))
    picked: dict[int, tuple[int, float, float]] = {}
    for fold in range(FOLDS):
        inside = [i for i in everything if fold_of(examples[i].db_id) != fold]
        first = table.ranker(inside, table.word_columns, _ROUNDS["first"])
        second = table.ranker(inside, all_columns, _ROUNDS["second"])
        for i in everything:
            if fold_of(examples[i].db_id) == fold and (found := table.pick(i, first, second)) is not None:
                picked[i] = found
    right = {i: examples[i].candidates[best].right for i, (best, _, _) in picked.items()}
    rows = {
        i: np.append(table.rows[i][best], [min(lead, 10.0), share])
        for i, (best, lead, share) in picked.items()
    }
    raw = _out_of_fold(examples, rows, right)
    order = sorted(raw)
    probabilities, truth = np.array([raw[i] for i in order]), np.array([float(right[i]) for i in order])
    curve = IsotonicRegression(out_of_bounds="clip", y_min=0.03, y_max=0.97).fit(probabilities, truth)
    figures = _figures(examples, curve.predict(probabilities), truth, len(everything))
    sure = _sureness([rows[i] for i in order], [right[i] for i in order])
    grid = np.linspace(0, 1, 41)
    weights = {
        "first": _plain(table.ranker(everything, table.word_columns, _ROUNDS["first"]), table.words),
        "second": _plain(table.ranker(everything, all_columns, _ROUNDS["second"]), table.names),
        "sure": _plain(sure, [*table.names, "lead", "agreeing"]),
        "curve": [
            [round(float(x), 4), round(float(y), 4)] for x, y in zip(grid, curve.predict(grid), strict=True)
        ],
    }
    return weights, figures


def _sureness(rows: Sequence[Floats], right: Sequence[bool]) -> Any:
    data = lightgbm.Dataset(np.array(rows), np.array(right, dtype=float))
    return lightgbm.train(_SURENESS, data, _ROUNDS["sure"])


def _out_of_fold(
    examples: Sequence[Example], rows: dict[int, Floats], right: dict[int, bool]
) -> dict[int, float]:
    found: dict[int, float] = {}
    for fold in range(FOLDS):
        inside = [i for i in rows if fold_of(examples[i].db_id) != fold]
        model = _sureness([rows[i] for i in inside], [right[i] for i in inside])
        for i in rows:
            if fold_of(examples[i].db_id) == fold:
                found[i] = float(model.predict(rows[i][None])[0])
    return found


def _figures(examples: Sequence[Example], sure: Floats, truth: Floats, total: int) -> dict[str, Any]:
    confident = sure >= 0.8
    best = np.argsort(-sure, kind="stable")
    return {
        "questions": total,
        "databases": len({example.db_id for example in examples}),
        "right": round(float(truth.sum()) / total, 4),
        "right_among_candidates": round(sum(any(c.right for c in e.candidates) for e in examples) / total, 4),
        "confident": round(float(confident.mean()), 4),
        "confident_right": round(float(truth[confident].mean()), 4) if confident.any() else 0.0,
        "wrong_but_confident": round(float((confident & (truth == 0)).mean()), 4),
        "right_at_coverage": {
            f"{p}%": round(float(truth[best[: total * p // 100]].mean()), 4) for p in (40, 60, 80)
        },
    }


def _plain(model: Any, names: Sequence[str]) -> dict[str, Any]:
    """The trees as lists of numbers; a leaf is its own child."""
    trees = []
    for info in model.dump_model()["tree_info"]:
        tree: dict[str, Any] = {"f": [], "t": [], "l": [], "r": [], "v": [], "d": 0}
        _flatten(info["tree_structure"], tree, 0)
        trees.append(tree)
    return {"names": list(names), "trees": trees}


def _flatten(node: dict[str, Any], tree: dict[str, Any], depth: int) -> int:
    me = len(tree["f"])
    leaf = "split_feature" not in node
    tree["f"].append(0 if leaf else node["split_feature"])
    tree["t"].append(0.0 if leaf else round(float(node["threshold"]), 6))
    tree["v"].append(round(float(node["leaf_value"]), 5) if leaf else 0.0)
    tree["l"].append(me)
    tree["r"].append(me)
    tree["d"] = max(tree["d"], depth)
    if not leaf:
        tree["l"][me] = _flatten(node["left_child"], tree, depth + 1)
        tree["r"][me] = _flatten(node["right_child"], tree, depth + 1)
    return me
