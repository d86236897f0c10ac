"""Running: limits, progress, cancellation in the engine, and which failures another statement may mend."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from agents.budget import TurnLimits
from agents.deps import TurnSettings
from agents.events import AnswerReady, ExecutionStarted, RepairStarted, ResultReady, SqlDrafted
from agents.fingerprints import sha256
from agents.turn import TurnRunner, ask_once
from connectors.errors import QueryRejected, QueryTimedOut
from tests.agents.harness import SLOW, Desk, Scripted, make_shop, open_shop, types

FAILS_WHEN_RUN = "SELECT ABS(-9223372036854775807 - 1) + id AS broken FROM orders"
"""Passes every check and fails in the engine: integer overflow."""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    source = await open_shop(make_shop(tmp_path / "shop.sqlite", orders=1000))
    yield Desk(source)
    await source.connector.close()


async def test_rows_beyond_the_limit_are_cut_and_said(desk: Desk) -> None:
    turn = await ask_once(
        "All orders?", desk.deps(Scripted(["SELECT id, amount FROM orders"]), limits=TurnLimits(rows=300))
    )
    result = next(e for e in turn.events if isinstance(e, ResultReady))
    assert (result.row_count, len(result.rows), result.truncated, result.cut_by) == (300, 200, True, "rows")
    answer = next(e for e in turn.events if isinstance(e, AnswerReady))
    assert any("first 300 rows" in warning for warning in answer.warnings)
    assert answer.confidence_label == "check_this"


async def test_an_engine_error_is_repaired_with_another_statement(desk: Desk) -> None:
    reasoner = Scripted([FAILS_WHEN_RUN], repairs=[])
    turn = await ask_once("Broken?", desk.deps(reasoner))
    assert turn.outcome.status == "failed"
    assert isinstance(turn.outcome.error, QueryRejected)
    assert "overflow" in str(turn.outcome.error)
    assert "overflow" in reasoner.problems[0]
    assert any(isinstance(e, RepairStarted) for e in turn.events)


async def test_repairs_are_bounded(desk: Desk) -> None:
    repairs = [f"{FAILS_WHEN_RUN} WHERE id > {n}" for n in range(9)]
    reasoner = Scripted([FAILS_WHEN_RUN], repairs=repairs)
    turn = await ask_once("Broken?", desk.deps(reasoner, limits=TurnLimits(repairs=2)))
    assert turn.outcome.status == "failed"
    assert len([e for e in turn.events if isinstance(e, SqlDrafted)]) <= 4
    ran = [e.sha256 for e in turn.events if isinstance(e, ExecutionStarted)]
    assert not set(ran) & {sha256(sql) for sql in repairs}, "a repair that breaks the plan never runs"


async def test_a_slow_statement_is_stopped_and_not_repaired(desk: Desk) -> None:
    limits = TurnLimits(seconds=0.3)
    began = time.monotonic()
    turn = await ask_once("Slow?", desk.deps(Scripted([SLOW]), limits=limits))
    assert time.monotonic() - began < 5
    assert isinstance(turn.outcome.error, QueryTimedOut)
    assert "repair.started" not in types(turn.events)


async def test_cancelling_the_turn_stops_the_statement(desk: Desk) -> None:
    """The connection is free for another statement at once."""
    deps = desk.deps(Scripted([SLOW]), settings=TurnSettings(confirmation="never"))
    run = TurnRunner(InMemorySaver()).start("t", "Slow?", deps)
    started = asyncio.Event()

    async def consume() -> None:
        async for item in run:
            if isinstance(item.event, ExecutionStarted):
                started.set()

    task = asyncio.create_task(consume())
    await asyncio.wait_for(started.wait(), 10)
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    began = time.monotonic()
    turn = await ask_once("How many?", desk.deps(Scripted(["SELECT COUNT(*) AS n FROM orders"])))
    assert turn.outcome.status == "answered"
    assert time.monotonic() - began < 3
    assert desk.results.saves != []


async def test_the_time_of_a_turn_is_bounded(desk: Desk) -> None:
    limits = TurnLimits(turn_seconds=0.6, seconds=30)
    began = time.monotonic()
    turn = await ask_once("Slow?", desk.deps(Scripted([SLOW]), limits=limits))
    assert time.monotonic() - began < 5
    assert turn.outcome.status == "failed"
