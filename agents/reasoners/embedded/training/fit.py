"""Fits the rankers and the calibration on examples, cross-validated by database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from agents.reasoners.embedded.features import OUTCOMES
from agents.reasoners.embedded.rank import BY_HAND, STANDING, TRIED, standing
from agents.reasoners.embedded.training.collect import Example
from agents.reasoners.embedded.training.folds import FOLDS, SEED, fold_of
from agents.reasoners.embedded.training.measure import SURE, figures
from agents.reasoners.embedded.training.plain_trees import plain_trees

_COMMON = {
    "verbose": -1, "num_threads": 1, "seed": SEED, "deterministic": True, "force_row_wise": True, "max_bin": 127,
    "min_data_in_leaf": 40, "bagging_fraction": 0.8, "bagging_freq": 1, "feature_fraction": 0.5,
}  # fmt: skip
_RANKING = {**_COMMON, "objective": "lambdarank", "lambdarank_truncation_level": 8, "num_leaves": 15}
_FIRST = {**_RANKING, "learning_rate": 0.08}
_SECOND = {**_RANKING, "learning_rate": 0.05, "lambda_l2": 5.0}
_SURENESS = {**_COMMON, "objective": "binary", "num_leaves": 7, "learning_rate": 0.05, "lambda_l2": 5.0}
_MISLEADING = 0.025
_NOT_SURE = 0.79
_ROUNDS = {"first": 150, "second": 200, "sure": 150}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Tried:
    """The candidates of a question that are run, with how they stand among each other."""

    chosen: list[int]
    rows: Floats


@dataclass(frozen=True, slots=True)
class _Pick:
    right: bool
    row: Floats


class _Table:
    """The examples as matrices of the same columns."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = examples
        self.names = sorted({name for example in examples for name in example.names} - set(BY_HAND))
        self.words = [name for name in self.names if name not in OUTCOMES]
        place = {name: number for number, name in enumerate(self.names)}
        self.word_columns = [place[name] for name in self.words]
        self.rows = [_spread(example, place) for example in examples]
        self.folds = [fold_of(example.db_id) for example in examples]

    def first(self, chosen: Sequence[int]) -> Any:
        """Ranks by words alone."""
        inside = [i for i in chosen if _tells(self.examples[i].right)]
        blocks = [self.rows[i][:, self.word_columns] for i in inside]
        return _ranker(_FIRST, blocks, [self.examples[i].right for i in inside], _ROUNDS["first"])

    def tried(self, index: int, scores: Floats) -> _Tried | None:
        example = self.examples[index]
        order = np.argsort(-scores, kind="stable")[:TRIED]
        chosen = [int(i) for i in order if example.results[i]]
        if not chosen:
            return None
        among = standing([float(scores[i]) for i in chosen], [example.results[i] for i in chosen])
        beside = np.array([[numbers[name] for name in STANDING] for numbers in among])
        return _Tried(chosen, np.hstack([self.rows[index][chosen], beside]))

    def second(self, chosen: Sequence[int], tried: dict[int, _Tried]) -> Any:
        """Ranks the tried ones by words and results."""
        rights = {i: [self.examples[i].right[c] for c in tried[i].chosen] for i in chosen if i in tried}
        inside = [i for i, right in rights.items() if _tells(right)]
        return _ranker(
            _SECOND, [tried[i].rows for i in inside], [rights[i] for i in inside], _ROUNDS["second"]
        )

    def pick(self, index: int, tried: _Tried, scores: Floats) -> _Pick:
        """The winner, with its lead over the best other result and the share that agrees with it."""
        example = self.examples[index]
        best = int(np.argmax(scores))
        result = example.results[tried.chosen[best]]
        others = [s for s, c in zip(scores, tried.chosen, strict=True) if example.results[c] != result]
        agreeing = 1 - len(others) / len(tried.chosen)
        lead = min(float(scores[best] - max(others)), 10.0) if others else 10.0
        return _Pick(example.right[tried.chosen[best]], np.append(tried.rows[best], [lead, agreeing]))


def _spread(example: Example, place: dict[str, int]) -> NDArray[np.float32]:
    rows = np.zeros((len(example.rows), len(place)), dtype=np.float32)
    kept = [number for number, name in enumerate(example.names) if name in place]
    rows[:, [place[example.names[number]] for number in kept]] = example.rows[:, kept]
    return rows


def _tells(right: Sequence[bool]) -> bool:
    return 0 < sum(right) < len(right)


def _ranker(
    settings: dict[str, Any], blocks: Sequence[Any], right: Sequence[Sequence[bool]], rounds: int
) -> Any:
    labels = np.concatenate([np.array(item, dtype=int) for item in right])
    data = lightgbm.Dataset(np.vstack(blocks), labels, group=[len(item) for item in right])
    return lightgbm.train(settings, data, rounds)


def fit(examples: Sequence[Example]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The weights, and the figures of the cross-validation: each stage learns from what held-out models say."""
    table = _Table(examples)
    everything = list(range(len(examples)))
    tried: dict[int, _Tried] = {}
    for fold in range(FOLDS):
        model = table.first([i for i in everything if table.folds[i] != fold])
        for i in everything:
            if table.folds[i] == fold and len(table.rows[i]):
                found = table.tried(i, model.predict(table.rows[i][:, table.word_columns]))
                if found is not None:
                    tried[i] = found
    picks: dict[int, _Pick] = {}
    for fold in range(FOLDS):
        model = table.second([i for i in everything if table.folds[i] != fold], tried)
        for i in tried:
            if table.folds[i] == fold:
                picks[i] = table.pick(i, tried[i], model.predict(tried[i].rows))
    order = sorted(picks)
    raw, folds = _held_out_sureness(table, picks, order), np.array([table.folds[i] for i in order])
    truth = np.array([float(picks[i].right) for i in order])
    weights = {
        "first": plain_trees(table.first(everything), table.words),
        "second": plain_trees(table.second(everything, tried), [*table.names, *STANDING]),
        "sure": plain_trees(
            _sureness([picks[i] for i in order]), [*table.names, *STANDING, "lead", "agreeing"]
        ),
        "curve": _points(_curve(raw, truth)),
    }
    return weights, figures(examples, truth, _held_out_curve(raw, truth, folds))


def _sureness(picks: Sequence[_Pick]) -> Any:
    labels = np.array([pick.right for pick in picks], dtype=float)
    return lightgbm.train(
        _SURENESS, lightgbm.Dataset(np.array([p.row for p in picks]), labels), _ROUNDS["sure"]
    )


def _held_out_sureness(table: _Table, picks: dict[int, _Pick], order: Sequence[int]) -> Floats:
    raw: dict[int, float] = {}
    for fold in range(FOLDS):
        model = _sureness([picks[i] for i in order if table.folds[i] != fold])
        outside = [i for i in order if table.folds[i] == fold]
        if outside:
            said = model.predict(np.array([picks[i].row for i in outside]))
            raw.update(zip(outside, said.tolist(), strict=True))
    return np.array([raw[i] for i in order])


@dataclass(frozen=True, slots=True)
class _Curve:
    """Isotonic, and cautious: what is called sure is wrong for at most `_MISLEADING` of all answers."""

    fitted: IsotonicRegression
    bar: float

    def predict(self, raw: Floats) -> Floats:
        said: Floats = self.fitted.predict(raw)
        return np.where((said >= SURE) & (said < self.bar), _NOT_SURE, said)


def _curve(raw: Floats, truth: Floats) -> _Curve:
    fitted = IsotonicRegression(out_of_bounds="clip", y_min=0.03, y_max=0.97).fit(raw, truth)
    said = fitted.predict(raw)
    bars = sorted({SURE, *(float(value) for value in said if value > SURE)})
    enough = (bar for bar in bars if float(((said >= bar) & (truth == 0)).mean()) <= _MISLEADING)
    return _Curve(fitted, next(enough, 1.0))


def _held_out_curve(raw: Floats, truth: Floats, folds: NDArray[np.int64]) -> Floats:
    said = np.zeros(len(raw))
    for fold in sorted(set(folds.tolist())):
        inside = folds == fold
        said[inside] = _curve(raw[~inside], truth[~inside]).predict(raw[inside])
    return said


def _points(curve: _Curve) -> list[list[float]]:
    grid = np.linspace(0, 1, 41)
    return [[round(float(x), 4), round(float(y), 4)] for x, y in zip(grid, curve.predict(grid), strict=True)]
