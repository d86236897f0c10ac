"""The same turns on SQLite, DuckDB and PostgreSQL: receipts, repairs, limits, and a reader's row filters."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from math import inf

import pytest

from agents.budget import TurnLimits
from agents.deps import OpenSource
from agents.events import AnswerReady, ChecksFinished, PlanProposed, RepairStarted, ResultReady
from agents.evidence.receipt import is_intact
from agents.turn import OneTurn, ask_once
from connectors.errors import QueryTimedOut
from connectors.sql.policy import EVERYTHING, ReadPolicy
from tests.agents.ferry import in_duckdb, in_postgres, in_sqlite, open_ferry
from tests.agents.harness import Desk, Scripted
from tests.servers import DatabaseServer

BY_TANK = "SELECT f.tank, MAX(f.fuel_level) AS fullest FROM fuel_readings AS f GROUP BY f.tank"
ENGINES = ("sqlite", "duckdb", "postgres")
BROKEN = {
    "sqlite": "SELECT f.tank, ABS(-9223372036854775807 - f.id) AS fullest FROM fuel_readings AS f",
    "duckdb": "SELECT f.tank, CAST(f.tank AS INTEGER) AS fullest FROM fuel_readings AS f",
    "postgres": "SELECT f.tank, CAST(f.tank AS INTEGER) AS fullest FROM fuel_readings AS f",
}
"""Sound to every check; fails on the rows."""
SLOW = "SELECT COUNT(*) AS n FROM fuel_readings AS f0" + "".join(
    f" JOIN fuel_readings AS f{i} ON f{i}.id <> f{i - 1}.id + 100" for i in range(1, 13)
)
"""Billions of pairs."""


@pytest.fixture(scope="module")
async def sources(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: DatabaseServer
) -> AsyncIterator[dict[str, OpenSource]]:
    folder = tmp_path_factory.mktemp("engines")
    places = [in_sqlite(folder), in_duckdb(folder), in_postgres(postgres_server)]
    opened = {place.engine: await open_ferry(place) for place in places}
    yield opened
    for source in opened.values():
        await source.connector.close()


def desk_of(source: OpenSource, policy: ReadPolicy = EVERYTHING) -> Desk:
    return Desk(
        replace(source, id="shop", policy=policy, knowledge=replace(source.knowledge, source_id="shop"))
    )


async def asked(desk: Desk, reasoner: Scripted, limits: TurnLimits | None = None) -> OneTurn:
    return await ask_once("How full were the tanks?", desk.deps(reasoner, limits=limits))


def events_of(turn: OneTurn, kind: type) -> list:  # type: ignore[type-arg]
    return [event for event in turn.events if isinstance(event, kind)]


@pytest.mark.parametrize("engine", ENGINES)
async def test_an_answer_with_its_evidence_and_receipt(engine: str, sources: dict[str, OpenSource]) -> None:
    desk = desk_of(sources[engine])
    turn = await asked(desk, Scripted([BY_TANK]))
    assert turn.outcome.status == "answered", turn.outcome.error
    (result,) = events_of(turn, ResultReady)
    assert sorted(map(tuple, result.rows)) == [("aft", 50), ("fore", 100)]
    assert [c.lineage for c in result.columns][1][0].endswith("fuel_readings.fuel_level")
    (checked,) = events_of(turn, ChecksFinished)
    permitted = next(check for check in checked.checks if check.name == "permitted")
    assert permitted.verdict == "passed"
    (proposed,) = events_of(turn, PlanProposed)
    assert proposed.plan.estimate.rows >= 6
    (answer,) = events_of(turn, AnswerReady)
    assert is_intact(desk.receipts.kept[answer.receipt_id])


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_statement_that_fails_on_the_rows_is_repaired(
    engine: str, sources: dict[str, OpenSource]
) -> None:
    broken = BROKEN[engine]
    turn = await asked(desk_of(sources[engine]), Scripted([broken], repairs=[broken + " WHERE f.id < 0"]))
    assert turn.outcome.status == "failed", (
        "the repair drops a promise of the plan, so it does not run either"
    )
    assert events_of(turn, RepairStarted)
    assert not events_of(turn, ResultReady)


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_slow_statement_is_stopped_in_words(engine: str, sources: dict[str, OpenSource]) -> None:
    began = time.monotonic()
    limits = TurnLimits(seconds=0.5, scan_rows=inf, scan_seconds=inf, scan_bytes=inf)
    turn = await asked(desk_of(sources[engine]), Scripted([SLOW]), limits)
    assert time.monotonic() - began < 30
    assert turn.outcome.status == "failed"
    assert isinstance(turn.outcome.error, QueryTimedOut)


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_costly_statement_never_starts(engine: str, sources: dict[str, OpenSource]) -> None:
    turn = await asked(desk_of(sources[engine]), Scripted([SLOW]), TurnLimits(scan_rows=1e6))
    assert turn.outcome.status == "failed"
    assert "rows; the limit is 1,000,000 rows" in str(turn.outcome.error)
    (proposed,) = events_of(turn, PlanProposed)
    assert proposed.confidence_label == "check_this"


@pytest.mark.parametrize("engine", ENGINES)
async def test_rows_beyond_the_cap_are_cut_and_said(engine: str, sources: dict[str, OpenSource]) -> None:
    turn = await asked(
        desk_of(sources[engine]), Scripted(["SELECT b.id FROM bookings AS b"]), TurnLimits(rows=3)
    )
    (result,) = events_of(turn, ResultReady)
    assert (result.row_count, result.truncated) == (3, True)
    (answer,) = events_of(turn, AnswerReady)
    assert any("Only the first 3 rows" in warning for warning in answer.warnings)


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_reader_sees_and_is_shown_their_rows_only(
    engine: str, sources: dict[str, OpenSource]
) -> None:
    table = next(t.full_name for t in sources[engine].knowledge.schema.tables if t.name == "fuel_readings")
    policy = replace(EVERYTHING, row_filters={table: "tank = 'aft'"}, schema=sources[engine].knowledge.schema)
    turn = await asked(desk_of(sources[engine], policy), Scripted([BY_TANK]))
    (result,) = events_of(turn, ResultReady)
    assert [tuple(row) for row in result.rows] == [("aft", 50)]
    (proposed,) = events_of(turn, PlanProposed)
    assert "tank =" not in proposed.sql[0], "the filter is the administrator's, not the person's"
