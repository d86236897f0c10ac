"""Plain business questions over six companies, each with the SQL that answers it: most are answered, none wrongly and surely."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from agents.budget import Budget, TurnLimits
from agents.deps import OpenSource, SourceProber
from agents.reasoners.base import Proposal, Thinking
from agents.reasoners.embedded import EmbeddedReasoner
from backend.sample.company import build
from connectors.registry import open_connector
from connectors.sql.policy import EVERYTHING
from knowledge.indexing import quick_knowledge
from tests.agents import outdoor

_QUESTIONS = Path(__file__).parent / "business_questions"
_SAMPLES = Path(__file__).parents[3] / "shared" / "data"
_TODAY = date(2026, 11, 21)
_PLACES = {
    "northwind": "samples/northwind/northwind.sqlite",
    "chinook": "samples/chinook/chinook.sqlite",
    "sakila": "samples/sakila/sakila.sqlite",
    "geography": "geography/geography.sqlite",
}
_LEAST_RIGHT = 0.8
_Cells = Sequence[Sequence[object]]


def _text(value: object) -> str:
    """A cell in one spelling: numbers to four digits, days without their midnight."""
    text = str(value)
    try:
        return f"{float(text):.4f}"
    except ValueError:
        return text[:10] if text[10:].strip("T 0:.") == "" else text


def _month(text: str) -> str:
    return text[:7] if len(text) == 10 and text.endswith("-01") else text


def _same(wanted: _Cells, answered: _Cells) -> bool:
    """Whether the answer has the wanted rows, in columns among its own; more columns are no fault."""
    if len(wanted) != len(answered):
        return False
    columns = [[_text(cell) for cell in column] for column in zip(*answered, strict=True)]
    forms: tuple[Callable[[str], str], ...] = (str, _month)
    choices = [
        [
            [form(cell) for cell in column]
            for column in columns
            for form in forms
            if Counter(map(form, column)) == Counter(need)
        ]
        for need in ([_text(cell) for cell in column] for column in zip(*wanted, strict=True))
    ]
    rows = Counter(tuple(map(_text, row)) for row in wanted)
    return any(Counter(zip(*chosen, strict=True)) == rows for chosen in itertools.product(*choices))


def _database(name: str, folder: Path) -> Path:
    if name == "company":
        build(folder / "company.sqlite", until=date(2026, 11, 20))
        return folder / "company.sqlite"
    if name == "outdoor":
        outdoor.build(folder / "outdoor.sqlite")
        return folder / "outdoor.sqlite"
    path = _SAMPLES / _PLACES[name]
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return path


@pytest.mark.parametrize("name", ["northwind", "chinook", "sakila", "geography", "company", "outdoor"])
async def test_business_questions_are_answered_and_none_wrongly_with_confidence(
    name: str, tmp_path: Path
) -> None:
    path = _database(name, tmp_path)
    connector = await open_connector("sqlite", {"path": str(path)})
    source = OpenSource(name, name, connector, await quick_knowledge(connector, name, name), EVERYTHING)
    database = sqlite3.connect(path)
    right, wrong, sure_and_wrong = 0, [], []
    questions = [json.loads(line) for line in (_QUESTIONS / f"{name}.jsonl").read_text().splitlines()]
    for each in questions:
        prober = SourceProber(source, Budget(TurnLimits()))
        thought = await EmbeddedReasoner().think(
            Thinking(each["question"], {name: source.knowledge}, {name: prober}, _TODAY)
        )
        if isinstance(thought, Proposal):
            answered = database.execute(next(iter(thought.sql.values()))).fetchall()
            if _same(database.execute(each["sql"]).fetchall(), answered):
                right += 1
                continue
            if thought.label != "check_this":
                sure_and_wrong.append(each["question"])
        wrong.append(each["question"])
    database.close()
    await connector.close()
    assert not sure_and_wrong
    assert right >= _LEAST_RIGHT * len(questions), wrong
