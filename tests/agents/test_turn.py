"""Whole turns on a real SQLite database with a durable checkpointer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agents.answers import ConfirmAnswer
from agents.turn import TurnRunner
from tests.agents.harness import BY_COUNTRY, Desk, Scripted, make_shop, open_shop, play, types


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    source = await open_shop(make_shop(tmp_path / "shop.sqlite"))
    yield Desk(source)
    await source.connector.close()


@pytest.fixture
async def runner(tmp_path: Path) -> AsyncIterator[TurnRunner]:
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "turns.sqlite")) as saver:
        yield TurnRunner(saver)


async def test_ask_confirm_answer(desk: Desk, runner: TurnRunner) -> None:
    deps = desk.deps(Scripted([BY_COUNTRY]))
    events, outcome = await play(runner.start("t1", "What is the revenue by country?", deps))
    assert types(events) == [
        "stage.started", "question.understood", "stage.started", "plan.proposed", "usage.counted",
    ]  # fmt: skip
    assert (outcome.status, outcome.waiting_for) == ("waiting", "confirmation")
    events, outcome = await play(runner.resume("t1", ConfirmAnswer(revision=1, by="mia"), deps))
    assert outcome.status == "answered"
    assert types(events) == [
        "plan.confirmed", "stage.started", "sql.drafted", "stage.started", "checks.finished", "stage.started",
        "execution.started", "result.ready", "stage.started", "chart.chosen", "answer.ready", "usage.counted",
    ]  # fmt: skip
