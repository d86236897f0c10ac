"""The training tools: weights written as plain numbers say what the fitted models say, and figures are what they claim."""

from __future__ import annotations

from pathlib import Path

import lightgbm
import numpy as np
import pytest

from agents.reasoners.embedded import learned
from agents.reasoners.embedded.linear import Softmax, to_plain
from agents.reasoners.embedded.rank import calibrated
from agents.reasoners.embedded.training.collect import Job, collect, observe_all
from agents.reasoners.embedded.training.fit import fit
from agents.reasoners.embedded.training.folds import FOLDS, fold_of
from agents.reasoners.embedded.training.measure import calibration_error
from agents.reasoners.embedded.training.plain_trees import plain_trees
from agents.reasoners.embedded.trees import Forest
from tests.agents.embedded.conftest import build

NAMES = ["width", "height", "unused"]


def test_plain_trees_say_what_the_model_says() -> None:
    random = np.random.default_rng(3)
    rows = random.normal(size=(400, 3))
    rows[:, 2] = 0.0
    truth = (rows[:, 0] > rows[:, 1]).astype(float)
    settings = {"objective": "binary", "verbose": -1, "num_leaves": 7, "num_threads": 1, "seed": 1}
    model = lightgbm.train(settings, lightgbm.Dataset(rows, truth), 20)
    forest = Forest(plain_trees(model, NAMES))
    asked = [dict(zip(NAMES, row, strict=True)) for row in rows.tolist()]
    assert "unused" not in forest.names
    assert forest.predict(asked) == pytest.approx(model.predict(rows, raw_score=True), abs=0.01)


def test_a_forest_without_rows_says_nothing() -> None:
    plain = {"names": ["width"], "features": [-1], "numbers": [0.5], "right": [0], "sizes": [1], "depth": 0}
    assert Forest(plain).predict([]).shape == (0,)
    assert Forest(plain).predict([{}]).tolist() == [0.5]


def test_plain_softmax_says_what_the_model_says() -> None:
    bias, weights = np.array([0.1, -0.2, 0.0]), np.array([[1.0, 0.0], [0.0, -2.0], [0.5, 0.001]])
    model = Softmax(to_plain(["a", "b", "c"], bias, weights, [7, 900], least=0.01))
    said = model.log_probabilities([7, 33])
    raw = bias + weights[:, 0]
    assert list(said.values()) == pytest.approx((raw - np.log(np.exp(raw).sum())).tolist())
    assert model.log_probabilities([])["a"] == pytest.approx(float(bias[0] - np.log(np.exp(bias).sum())))


def test_calibration_error_is_the_mean_gap() -> None:
    assert calibration_error(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == pytest.approx(0.0)
    assert calibration_error(np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.9, 0.9, 0.4, 0.4])) == pytest.approx(
        0.25
    )
    assert calibration_error(np.array([0.0]), np.array([1.0])) == pytest.approx(1.0)


def test_a_calibration_curve_is_straight_between_its_points() -> None:
    curve = [(0.0, 0.1), (0.5, 0.2), (1.0, 0.9)]
    assert calibrated(0.25, curve) == pytest.approx(0.15)
    assert (calibrated(-1.0, curve), calibrated(2.0, curve)) == (0.1, 0.9)


def test_every_database_has_one_fold() -> None:
    found = {name: fold_of(name) for name in (f"database_{number}" for number in range(200))}
    assert set(found.values()) == set(range(FOLDS))
    assert found == {name: fold_of(name) for name in found}


def test_a_thinned_job_keeps_questions_from_all_over() -> None:
    job = Job("path", "name", tuple((f"question {number}", "") for number in range(100)))
    thinned = job.thinned(30)
    assert len(thinned.asked) == 25
    assert thinned.asked[-1] == ("question 96", "")
    assert job.thinned(100) == job


_ASKED = (
    ("How many members are there?", "SELECT count(*) FROM member"),
    ("What are the titles of the books of each genre?", "SELECT genre, title FROM book"),
    ("Which writers are from France?", "SELECT name FROM writer WHERE country = 'France'"),
    ("Which books have more than 300 pages?", "SELECT title FROM book WHERE pages > 300"),
)


def test_the_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    """The same observations and examples, and from them the same weights; each process has its own order of sets."""
    build(tmp_path / "library.sqlite")
    folds = {fold_of(name): name for name in (f"library{number}" for number in range(40))}
    jobs = [Job(str(tmp_path / "library.sqlite"), folds[fold], _ASKED) for fold in range(FOLDS)]
    structures = dict.fromkeys(folds.values(), learned.read(learned.SHIPPED, "structure"))
    assert observe_all(jobs[:2], 1) == observe_all(jobs[:2], 2)
    alone, together = (collect(jobs, structures, processes) for processes in (1, 2))
    first, second = fit(alone), fit(together)
    assert first.weights == second.weights
    assert first.held_out == second.held_out
    assert first.figures["questions"] == len(_ASKED) * FOLDS
