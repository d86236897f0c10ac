"""The sample company is the same for the same seed, and has the problems its recipe promises."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from agents.reasoners.base import Proposal, Thinking
from agents.reasoners.embedded import EmbeddedReasoner
from backend.projects.suggestions import MOST, from_knowledge, in_turns
from backend.sample.company import build
from connectors.registry import open_connector
from knowledge.indexing import IndexOptions, quick_knowledge
from knowledge.profiles import ProfileBudget, ValuePolicy

UNTIL = date(2026, 8, 20)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "company.sqlite"
    build(path, until=UNTIL)
    return path


def _scalar(path: Path, sql: str) -> object:
    with sqlite3.connect(path) as connection:
        row = connection.execute(sql).fetchone()
    connection.close()
    return row[0]


def test_same_seed_gives_the_same_rows(company: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.sqlite"
    build(again, until=UNTIL)
    dumps = []
    for path in (company, again):
        connection = sqlite3.connect(path)
        dumps.append("\n".join(connection.iterdump()))
        connection.close()
    assert dumps[0] == dumps[1]


def test_size_and_last_day(company: Path) -> None:
    counts = build(company, until=UNTIL)
    assert len(counts) == 14
    assert 90_000 <= sum(counts.values()) <= 110_000
    assert _scalar(company, "SELECT date(max(ordered_at)) FROM orders") == UNTIL.isoformat()


@pytest.mark.parametrize(
    "problem",
    [
        "SELECT count(*) FROM customers WHERE email IS NULL",
        "SELECT count(*) FROM customers WHERE city <> trim(city)",
        "SELECT count(*) FROM orders WHERE status = 'canceled'",
        "SELECT count(*) FROM returns WHERE order_item_id NOT IN (SELECT order_item_id FROM order_items)",
        "SELECT count(*) FROM (SELECT email FROM customers WHERE email IS NOT NULL GROUP BY email HAVING count(*) > 1)",
        "SELECT count(*) FROM suppliers WHERE rating IS NULL",
    ],
)
def test_real_world_problems_are_there(company: Path, problem: str) -> None:
    found = _scalar(company, problem)
    assert isinstance(found, int) and found > 0


def test_money_adds_up(company: Path) -> None:
    off = _scalar(
        company,
        "SELECT count(*) FROM order_items WHERE abs(quantity * unit_price - discount - amount) > 0.011",
    )
    assert off == 0


async def test_its_suggestions_are_of_several_kinds_and_answered(company: Path) -> None:
    """What the empty page offers must not end in a question back."""
    connector = await open_connector("sqlite", {"path": str(company)})
    try:
        patient = IndexOptions(values=ValuePolicy.all, table=ProfileBudget(statement_seconds=60))
        knowledge = await quick_knowledge(connector, "sample", "Sample company", options=patient)
        questions = from_knowledge(knowledge)
        assert len(questions) == MOST
        assert len({question.split()[0] for question in questions}) == 3, questions
        assert not questions[0].endswith("are there?"), "a bare count says least"
        for question in questions:
            thought = await EmbeddedReasoner().think(
                Thinking(question=question, sources={"sample": knowledge}, probers={}, today=UNTIL)
            )
            assert isinstance(thought, Proposal), question
            assert thought.confidence >= 0.8, question
    finally:
        await connector.close()


def test_every_source_takes_its_turn_in_the_suggestions() -> None:
    assert in_turns([["a1", "a2", "a3"], ["b1"], ["c1", "c2"]]) == ["c1", "b1", "a1", "c2", "a2", "a3"]
    assert in_turns([]) == []
