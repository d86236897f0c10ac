"""The evaluation command from a file of questions to its report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents.reasoners.embedded import learned
from agents.reasoners.embedded.training.folds import FOLDS, fold_of
from backend.evaluation.run import main
from tests.agents.embedded.conftest import build

_QUESTIONS = [
    {"db_id": "library", "question": "How many members are there?", "query": "SELECT count(*) FROM member"},
    {"db_id": "library", "question": "Delete all loans", "query": "SELECT 1"},
    {"db_id": "library", "question": "How many writers are there?", "query": "SELECT nothing FROM nowhere"},
    {"db_id": "missing", "question": "How many?", "query": "SELECT 1"},
]
_DIALOGUE = [
    {
        "id": "one",
        "db_id": "library",
        "turns": [
            {
                "utterance": "Show the first name of members living in Lisbon",
                "query": "SELECT first_name FROM member WHERE city = 'Lisbon'",
            },
            {
                "utterance": "how many are there?",
                "query": "SELECT count(*) FROM member WHERE city = 'Lisbon'",
            },
        ],
    }
]


@pytest.fixture
def databases(tmp_path: Path) -> Path:
    folder = tmp_path / "databases" / "library"
    folder.mkdir(parents=True)
    build(folder / "library.sqlite")
    return folder.parent


def test_questions_are_scored(databases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions, out = tmp_path / "questions.json", tmp_path / "report.json"
    questions.write_text(json.dumps(_QUESTIONS))
    assert main([str(questions), "--databases", str(databases), "--out", str(out)]) == 0
    printed = capsys.readouterr()
    assert "execution accuracy   50.0 %" in printed.out
    assert "missing" in printed.err
    report = json.loads(out.read_text())
    first, second, third = report["questions"]
    assert (first["status"], first["correct"]) == ("answered", True)
    assert (second["status"], second["pred"], second["confidence"]) == ("declined", "", 0.0)
    assert third["verdict"] == "gold_error"
    assert report["questions_scored"] == 2
    assert report["left_out"] == 1
    assert set(first) >= {"db_id", "question", "gold", "pred", "status", "confidence", "correct", "seconds"}


def test_dialogues_keep_their_history(databases: Path, tmp_path: Path) -> None:
    questions, out = tmp_path / "dialogues.json", tmp_path / "report.json"
    questions.write_text(json.dumps(_DIALOGUE))
    assert main([str(questions), "--databases", str(databases), "--jobs", "2", "--out", str(out)]) == 0
    report = json.loads(out.read_text())
    assert report["interaction_accuracy"] == 1.0
    assert [row["turn"] for row in report["questions"]] == [0, 1]


def test_unreadable_questions_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions = tmp_path / "questions.json"
    questions.write_text("{")
    assert main([str(questions), "--databases", str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_each_database_is_asked_with_the_weights_of_its_fold(
    databases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the fold's own weights the confidence is theirs; without all folds nothing is measured."""
    questions, out, folds = tmp_path / "questions.json", tmp_path / "report.json", tmp_path / "folds"
    asked = "Which writer was not born in France and wrote at least one travel book?"
    questions.write_text(json.dumps([{**_QUESTIONS[0], "question": asked}]))
    held_out = [str(questions), "--databases", str(databases), "--out", str(out), "--held-out", str(folds)]
    assert main(held_out) == 2
    assert "no weights" in capsys.readouterr().err
    for fold in range(FOLDS):
        rank = learned.read(learned.SHIPPED, "rank")
        rank["curve"] = [[0.0, 0.58 if fold == fold_of("library") else 0.2]]
        learned.write(folds / str(fold), "rank", rank)
        learned.write(folds / str(fold), "structure", learned.read(learned.SHIPPED, "structure"))
    assert main(held_out) == 0
    assert json.loads(out.read_text())["questions"][0]["confidence"] == 0.58
    assert learned.folder() == learned.SHIPPED
