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
from agents.reasoners.embedded.rank import BY_HAND, CONCERT, STANDING, TRIED, standing
from agents.reasoners.embedded.training.collect import Example
from agents.reasoners.embedded.training.folds import FOLDS, SEED, fold_of
from agents.reasoners.embedded.training.measure import SURE, figures
from agents.reasoners.embedded.training.plain_trees import plain_trees

_COMMON = {
    "verbose": -1, "num_threads": 1, "seed": SEED, "deterministic": True, "force_row_wise": True, "max_bin": 127,
    "min_data_in_leaf": 40, "bagging_fraction": 0.8, "bagging_freq": 1, "feature_fraction": 0.5,
}  # fmt: skip
_FIRST = {
    **_COMMON, "objective": "lambdarank", "lambdarank_truncation_level": 8, "num_leaves": 15, "learning_rate": 0.08,
}  # fmt: skip
_SECOND = {**_COMMON, "objective": "binary", "num_leaves": 15, "learning_rate": 0.05, "lambda_l2": 5.0}
_SURENESS = {**_COMMON, "objective": "binary", "num_leaves": 7, "learning_rate": 0.05, "lambda_l2": 5.0}
_MISLEADING = 0.025
_NOT_SURE = 0.79
_ROUNDS = {"first": 150, "second": 250, "sure": 150}

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
        inside = [i for i in chosen if 0 < sum(self.examples[i].right) < len(self.examples[i].right)]
        rights = [self.examples[i].right for i in inside]
        return _boosted("first", [self.rows[i][:, self.word_columns] for i in inside], rights)

    def tried(self, index: int, scores: Floats) -> _Tried | None:
        example = self.examples[index]
        order = np.argsort(-scores, kind="stable")[:TRIED]
        chosen = [int(i) for i in order if example.results[i]]
        if not chosen:
            return None
        among = standing(
            [float(scores[i]) for i in chosen],
            [example.results[i] for i in chosen],
            [example.drafts[i] for i in chosen],
        )
        beside = np.array([[numbers[name] for name in STANDING] for numbers in among])
        return _Tried(chosen, np.hstack([self.rows[index][chosen], beside]))

    def second(self, chosen: Sequence[int], tried: dict[int, _Tried]) -> Any:
        """Ranks the tried ones by words and results."""
        inside = [i for i in chosen if i in tried]
        rights = [[self.examples[i].right[c] for c in tried[i].chosen] for i in inside]
        return _boosted("second", [tried[i].rows for i in inside], rights)

    def plain(self, first: Any, second: Any, sure: Any, curve: _Curve) -> dict[str, Any]:
        """The stages as `rank.json` holds them."""
        standing_too = [*self.names, *STANDING]
        return {
            "first": plain_trees(first, self.words),
            "second": plain_trees(second, standing_too),
            "sure": plain_trees(sure, [*standing_too, *CONCERT]),
            "curve": _points(curve),
        }

    def pick(self, index: int, tried: _Tried, scores: Floats) -> _Pick:
        """The winner, with its log-odds, its lead over the best other result and the share that agrees with it."""
        example = self.examples[index]
        best = int(np.argmax(scores))
        result = example.results[tried.chosen[best]]
        others = [s for s, c in zip(scores, tried.chosen, strict=True) if example.results[c] != result]
        agreeing = 1 - len(others) / len(tried.chosen)
        lead = min(float(scores[best] - max(others)), 10.0) if others else 10.0
        return _Pick(
            example.right[tried.chosen[best]],
            np.append(tried.rows[best], [float(scores[best]), lead, agreeing]),
        )


def _spread(example: Example, place: dict[str, int]) -> NDArray[np.float32]:
    rows = np.zeros((len(example.rows), len(place)), dtype=np.float32)
    kept = [number for number, name in enumerate(example.names) if name in place]
    rows[:, [place[example.names[number]] for number in kept]] = example.rows[:, kept]
    return rows


def _said(model: Any, rows: Any) -> Floats:
    said: Floats = model.predict(rows, raw_score=True)
    return said


def _boosted(stage: str, blocks: Sequence[Any], rights: Sequence[Any]) -> Any:
    """A stage learned from the rows of each question and which of them are right."""
    settings = {"first": _FIRST, "second": _SECOND, "sure": _SURENESS}[stage]
    labels = np.concatenate([np.array(right, dtype=float) for right in rights])
    sizes = [len(right) for right in rights] if settings["objective"] == "lambdarank" else None
    return lightgbm.train(settings, lightgbm.Dataset(np.vstack(blocks), labels, group=sizes), _ROUNDS[stage])


@dataclass(frozen=True, slots=True)
class Fitted:
    weights: dict[str, Any]
    """Learned from all examples."""
    held_out: list[dict[str, Any]]
    """For each fold, weights that never saw its databases."""
    figures: dict[str, Any]
    """What the weights of the folds are worth on the databases that they never saw."""


def fit(examples: Sequence[Example]) -> Fitted:
    """Each stage learns from what models of the stage before say about databases that they never saw."""
    table, everything = _Table(examples), list(range(len(examples)))
    outside = [[i for i in everything if table.folds[i] != fold] for fold in range(FOLDS)]
    firsts = [table.first(chosen) for chosen in outside]
    tried: dict[int, _Tried] = {}
    for i in everything:
        if len(table.rows[i]):
            found = table.tried(i, _said(firsts[table.folds[i]], table.rows[i][:, table.word_columns]))
            if found is not None:
                tried[i] = found
    seconds = [table.second(chosen, tried) for chosen in outside]
    picks = {i: table.pick(i, item, _said(seconds[table.folds[i]], item.rows)) for i, item in tried.items()}
    order = sorted(picks)
    folds = np.array([table.folds[i] for i in order])
    rows, truth = np.array([picks[i].row for i in order]), np.array([float(picks[i].right) for i in order])
    sures = [_boosted("sure", [rows[folds != fold]], [truth[folds != fold]]) for fold in range(FOLDS)]
    raw, said = np.zeros(len(order)), np.zeros(len(order))
    for fold, sure in enumerate(sures):
        if (folds == fold).any():
            raw[folds == fold] = sure.predict(rows[folds == fold])
    curves = [_curve(raw[folds != fold], truth[folds != fold]) for fold in range(FOLDS)]
    for fold, curve in enumerate(curves):
        said[folds == fold] = curve.predict(raw[folds == fold])
    whole = table.plain(
        table.first(everything),
        table.second(everything, tried),
        _boosted("sure", [rows], [truth]),
        _curve(raw, truth),
    )
    held_out = [table.plain(*stages) for stages in zip(firsts, seconds, sures, curves, strict=True)]
    return Fitted(whole, held_out, figures(examples, truth, said))


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


def _points(curve: _Curve) -> list[list[float]]:
    grid = np.linspace(0, 1, 41)
    return [[round(float(x), 4), round(float(y), 4)] for x, y in zip(grid, curve.predict(grid), strict=True)]
