"""Fits the trees that choose among the ways to go on from an answer, and how sure their scores are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from agents.reasoners.embedded.dialogue.weigh import BY_HAND
from agents.reasoners.embedded.training.folds import FOLDS, SEED, fold_of
from agents.reasoners.embedded.training.plain_trees import plain_trees

_SETTINGS = {
    "objective": "lambdarank", "lambdarank_truncation_level": 8, "num_leaves": 15, "learning_rate": 0.04, "lambda_l2": 5.0,
    "min_data_in_leaf": 20, "feature_fraction": 0.4, "bagging_fraction": 0.8, "bagging_freq": 1, "verbose": -1,
    "num_threads": 1, "seed": SEED, "deterministic": True, "force_row_wise": True,
}  # fmt: skip
_ROUNDS = 250
_RARE = 5
"""A number counts when so many turns have it."""
_SPOKEN = 6
"""How often a turn of a written dialogue counts, beside those made from templates."""
_SCALES = tuple(round(0.2 * step, 1) for step in range(1, 16))

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn that follows another, with every way to read it."""

    db_id: str
    spoken: bool
    """Whether it stands in a written dialogue; made from a template otherwise."""
    rows: tuple[Mapping[str, float], ...]
    right: tuple[bool, ...]
    results: tuple[str, ...]
    """The same for ways that bring back the same rows."""


@dataclass(frozen=True, slots=True)
class Fitted:
    weights: dict[str, Any]
    held_out: tuple[dict[str, Any], ...]
    """By fold: weights that never saw a turn on its databases."""
    figures: dict[str, float]
    """On turns that the weights never saw."""


def fit(turns: Sequence[Turn]) -> Fitted:
    """The weights of all turns and of each fold's others."""
    table = _Table(turns)
    everything = list(range(len(turns)))
    said: dict[int, Floats] = {}
    models = []
    for fold in range(FOLDS):
        model = table.model([i for i in everything if fold_of(turns[i].db_id) != fold])
        inside = (i for i in everything if fold_of(turns[i].db_id) == fold and turns[i].rows)
        said.update({i: model.predict(table.rows[i]) for i in inside})
        models.append(model)
    scale = max(_SCALES, key=lambda one: sum(_likelihood(turns[i], one * said[i]) for i in said))
    held_out, whole = [
        [{"scale": scale, "trees": plain_trees(model, table.names)} for model in part]
        for part in (models, [table.model(everything)])
    ]
    return Fitted(whole[0], tuple(held_out), _figures(turns, said, scale))


class _Table:
    """The turns as matrices of the same columns."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns = turns
        seen = Counter(name for turn in turns for name in {name for row in turn.rows for name in row})
        self.names = sorted(name for name, count in seen.items() if count >= _RARE and name not in BY_HAND)
        self.rows = [
            np.array([[row.get(name, 0.0) for name in self.names] for row in turn.rows], dtype=np.float32)
            for turn in turns
        ]

    def model(self, chosen: Sequence[int]) -> Any:
        telling = [i for i in chosen if 0 < sum(self.turns[i].right) < len(self.turns[i].right)]
        telling += [i for i in telling if self.turns[i].spoken] * (_SPOKEN - 1)
        labels = np.concatenate([np.array(self.turns[i].right, dtype=int) for i in telling])
        groups = [len(self.turns[i].right) for i in telling]
        data = lightgbm.Dataset(np.vstack([self.rows[i] for i in telling]), labels, group=groups)
        return lightgbm.train(_SETTINGS, data, _ROUNDS)


def _shares(scores: Floats) -> Floats:
    odds = np.exp(scores - scores.max())
    found: Floats = odds / odds.sum()
    return found


def _likelihood(turn: Turn, scores: Floats) -> float:
    """Of the right ways; a turn without any tells nothing about how sure scores are."""
    right = np.array(turn.right)
    return float(np.log(max(float(_shares(scores)[right].sum()), 1e-4))) if right.any() else 0.0


def _figures(turns: Sequence[Turn], said: Mapping[int, Floats], scale: float) -> dict[str, float]:
    def share(chosen: Sequence[int]) -> float:
        return round(sum(turns[i].right[int(said[i].argmax())] for i in chosen) / max(1, len(chosen)), 4)

    spoken, made = ([i for i in said if turns[i].spoken is kind] for kind in (True, False))
    sure = [float(_shares(scale * said[i]).max()) for i in said]
    right = [turns[i].right[int(said[i].argmax())] for i in said]
    confident = [good for good, one in zip(right, sure, strict=True) if one >= 0.8]
    return {
        "turns": len(said),
        "right_spoken": share(spoken),
        "right_made": share(made),
        "right_among_the_ways": round(sum(any(turns[i].right) for i in said) / len(said), 4),
        "sure": round(len(confident) / len(said), 4),
        "right_of_the_sure": round(sum(confident) / max(1, len(confident)), 4),
    }
