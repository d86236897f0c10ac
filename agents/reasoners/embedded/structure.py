"""The learned part of understanding: how likely each shape of a query is, and which part each column, table and value plays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.reasoners.embedded import learned
from agents.reasoners.embedded.draft import Col
from agents.reasoners.embedded.generate.atoms import Atom, atoms
from agents.reasoners.embedded.generate.column_features import column_numbers, question_numbers, table_numbers
from agents.reasoners.embedded.generate.scene import Scene
from agents.reasoners.embedded.generate.signals import signals
from agents.reasoners.embedded.generate.sketch import HEADS, Sketch
from agents.reasoners.embedded.linear import Softmax, hashed
from agents.reasoners.embedded.trees import Forest

ROLES = ("select", "aggregate", "group", "order", "where")
"""The parts that a column may play."""
UNSEEN = -7.0
"""Log-probability of a code that training never saw."""
_JOINT = 0.7
"""Weight of how parts occur together beside how likely each is on its own."""
_SKETCHES = 40
_LEAST, _MOST = 0.001, 0.999

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the models think of one question."""

    scene: Scene
    heads: Mapping[str, Mapping[str, float]]
    """Log-probabilities of the codes of each head."""
    sketches: tuple[tuple[float, Sketch], ...]
    """The likeliest whole sketches, best first, with their scores."""
    roles: Mapping[str, Mapping[Col, float]]
    """Probability that a column plays a role."""
    tables: Mapping[str, float]
    """Probability that the query itself reads a table."""
    within: Mapping[str, float]
    """Probability that a sub-query or the partner of a set operation reads a table."""
    atoms: tuple[tuple[float, Atom], ...]
    """Conditions with their probabilities, likeliest first."""

    def head(self, head: str, code: str) -> float:
        found = self.heads[head]
        return max(found.get(code, found.get("other", UNSEEN)), UNSEEN)


class Structure:
    def __init__(self, plain: Mapping[str, Any]) -> None:
        self.heads = {head: Softmax(plain["heads"][head]) for head in HEADS}
        self.sketches = tuple(Sketch(*codes) for codes, _ in plain["joint"])
        self._together: Floats = _JOINT * np.array([weight / 1000 for _, weight in plain["joint"]])
        self._codes = {head: sorted({getattr(sketch, head) for sketch in self.sketches}) for head in HEADS}
        self._parts = {
            head: np.array([codes.index(getattr(sketch, head)) for sketch in self.sketches], dtype=np.int64)
            for head, codes in self._codes.items()
        }
        self.forests = {name: Forest(item) for name, item in plain["slots"].items()}

    def judge(self, scene: Scene) -> Judgement:
        buckets = hashed(signals(scene))
        heads = {head: model.log_probabilities(buckets) for head, model in self.heads.items()}
        shared = question_numbers(scene)
        columns = list(scene.columns)
        rows = [column_numbers(scene, column, shared) for column in columns]
        roles = {role: dict(zip(columns, self._chances(role, rows), strict=True)) for role in ROLES}
        tables = list(scene.tables)
        read = [table_numbers(scene, table, shared) for table in tables]
        own, within = (
            dict(zip(tables, self._chances(name, read), strict=True)) for name in ("from", "within")
        )
        found = atoms(scene, shared)
        weighed = zip(self._chances("atom", [atom.numbers for atom in found]), found, strict=True)
        judgement = Judgement(
            scene, heads, (), roles, own, within, tuple(sorted(weighed, key=lambda item: -item[0]))
        )  # fmt: skip
        return replace(judgement, sketches=self._likeliest(judgement))

    def _chances(self, name: str, rows: list[dict[str, float]]) -> list[float]:
        raw = self.forests[name].predict(rows)
        return [min(max(float(p), _LEAST), _MOST) for p in 1 / (1 + np.exp(-raw))]

    def _likeliest(self, judgement: Judgement) -> tuple[tuple[float, Sketch], ...]:
        """Whole sketches by the sum of their parts and how these occur together."""
        scores: Floats = np.zeros(len(self.sketches))
        for head in HEADS:
            known = np.array([judgement.head(head, code) for code in self._codes[head]])
            scores += known[self._parts[head]]
        scores += self._together
        return tuple(
            (float(scores[i]), self.sketches[i]) for i in np.argsort(-scores, kind="stable")[:_SKETCHES]
        )


def odds(chance: float) -> float:
    """Log-odds."""
    return log(chance / (1 - chance))


def structure() -> Structure:
    """The models in use."""
    return _read(learned.folder())


@lru_cache(maxsize=2)
def _read(folder: Path) -> Structure:
    return Structure(learned.read(folder, "structure"))
