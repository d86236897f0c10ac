"""Checks on rows: periods that are not over, parts that make a whole, and a second statement that must agree."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from agents.budget import Budget, TurnLimits
from agents.checks import check_result
from agents.checks.base import Outcome
from agents.deps import OpenSource
from agents.doubts.second_look import looked_again
from agents.events import CheckResult
from agents.plans.derivation import derive_plan
from agents.statements import Asked, inspect
from connectors.base import JsonValue, Limits, QueryResult, ResultColumn, TypeFamily
from tests.agents.ferry import in_sqlite, open_ferry

FARES = "SELECT STRFTIME('%Y-%m', booked_on) AS month, SUM(fare) AS fares FROM bookings GROUP BY STRFTIME('%Y-%m', booked_on)"
BY_PORT = "SELECT v.port_id, SUM(b.fare) AS fares FROM bookings AS b JOIN voyages AS v ON v.id = b.voyage_id GROUP BY v.port_id"


@pytest.fixture
async def ferry(tmp_path: Path) -> AsyncIterator[OpenSource]:
    source = await open_ferry(in_sqlite(tmp_path))
    yield source
    await source.connector.close()


def outcome(sql: str, source: OpenSource, rows: Sequence[Sequence[JsonValue]], today: date) -> Outcome:
    step = derive_plan(sql, source.knowledge, "").steps[0]
    statement = inspect(sql, step, "embedded", source, Budget(), Asked("", today))
    families = [
        TypeFamily.text if any(isinstance(row[i], str) for row in rows) else TypeFamily.integer
        for i in range(len(rows[0]))
    ]
    columns = tuple(ResultColumn(f"c{i}", "", family) for i, family in enumerate(families))
    return Outcome(statement, QueryResult(columns, rows, False), len(rows))


def found(looked: Outcome, name: str) -> CheckResult:
    (check,) = [check for check in check_result(looked) if check.name == name]
    return check


MONTHS: list[list[JsonValue]] = [["2026-08", 300], ["2026-09", 400], ["2026-10", 400], ["2026-11", 40]]


@pytest.mark.parametrize(
    ("today", "rows", "verdict", "said"),
    [
        (date(2026, 11, 12), MONTHS, "warning", "today is 2026-11-12"),
        (date(2026, 11, 1), MONTHS, "warning", "today is 2026-11-01"),
        (date(2026, 12, 12), MONTHS, "warning", "the data end on 2026-11-04"),
        (date(2026, 11, 12), MONTHS[:3], "passed", ""),
        (date(2026, 11, 12), MONTHS[2:], "skipped", ""),
    ],
)
async def test_the_last_period(
    today: date, rows: list[list[JsonValue]], verdict: str, said: str, ferry: OpenSource
) -> None:
    check = found(outcome(FARES, ferry, rows, today), "unfinished")
    assert (check.verdict, said in check.detail) == (verdict, True), check


@pytest.mark.parametrize(
    ("by", "cells", "verdict"),
    [
        ("STRFTIME('%Y', booked_on)", ("2024", "2025", "2026"), "warning"),
        ("STRFTIME('%Y', booked_on)", ("2023", "2024", "2025"), "passed"),
        ("booked_on", ("2026-11-10", "2026-11-11", "2026-11-12"), "skipped"),
        ("voyage_id", (1, 2, 3), "skipped"),
    ],
)
async def test_other_grains(by: str, cells: tuple[JsonValue, ...], verdict: str, ferry: OpenSource) -> None:
    sql = f"SELECT {by} AS g, COUNT(*) AS n FROM bookings GROUP BY {by}"
    looked = outcome(sql, ferry, [[cell, 1] for cell in cells], date(2026, 11, 12))
    assert found(looked, "unfinished").verdict == verdict


async def ran(sql: str, source: OpenSource, budget: Budget | None = None, seconds: float = 0.01) -> Outcome:
    """The statement with its rows, looked at again."""
    budget = budget or Budget()
    step = derive_plan(sql, source.knowledge, "").steps[0]
    statement = inspect(sql, step, "embedded", source, budget, Asked("", date(2026, 11, 12)))
    result = await source.connector.run(source.admit(sql), Limits())
    return await looked_again(Outcome(statement, result, len(result.rows)), seconds, source, budget)


async def test_parts_that_lost_rows_do_not_add_up(ferry: OpenSource) -> None:
    check = found(await ran(BY_PORT, ferry), "adds_up")
    assert (check.verdict, check.evidence) == ("warning", {"parts": 790.0, "whole": 1140.0})
    whole = found(await ran(BY_PORT.replace(" JOIN", " LEFT JOIN"), ferry), "adds_up")
    assert (whole.verdict, whole.evidence["whole"]) == ("passed", 1140.0)


@pytest.mark.parametrize("more", [" LIMIT 2", " HAVING SUM(b.fare) > 100"])
async def test_a_part_of_the_groups_is_no_whole(more: str, ferry: OpenSource) -> None:
    assert found(await ran(BY_PORT + more, ferry), "adds_up").verdict == "skipped"


async def test_conditions_on_the_joined_table_change_the_whole(ferry: OpenSource) -> None:
    sql = BY_PORT.replace(" GROUP", " WHERE v.seats > 10 GROUP")
    assert found(await ran(sql, ferry), "adds_up").verdict == "skipped"
    own = BY_PORT.replace(" GROUP", " WHERE b.fare > 50 GROUP")
    assert found(await ran(own, ferry), "adds_up").evidence == {"parts": 700.0, "whole": 1050.0}


async def test_a_join_that_chooses_rows_makes_no_whole(ferry: OpenSource) -> None:
    sql = "SELECT SUM(b.fare) AS total FROM bookings AS b JOIN extras AS e ON e.booking_id = b.id AND e.name = 'car'"
    assert found(await ran(sql, ferry), "adds_up").verdict == "skipped"


async def test_a_second_statement_sees_a_key_that_is_not_unique_any_more(tmp_path: Path) -> None:
    """The index knew a code list without doubles; since then one code was entered twice."""
    path = tmp_path / "codes.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE codes (code TEXT, name TEXT); INSERT INTO codes VALUES ('a', 'A'), ('b', 'B');"
            "CREATE TABLE sales (id INTEGER PRIMARY KEY, code TEXT, amount INTEGER);"
            "INSERT INTO sales VALUES (1, 'a', 10), (2, 'b', 20), (3, 'b', 30);"
        )
    source = await open_ferry(replace(in_sqlite(tmp_path), config={"path": str(path)}))
    sql = "SELECT SUM(s.amount) AS total FROM sales AS s JOIN codes AS c ON c.code = s.code"
    before = found(await ran(sql, source), "second")
    assert (before.verdict, before.evidence["rows"]) == ("passed", 1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO codes VALUES ('b', 'B, again')")
        connection.commit()
    after = found(await ran(sql, source), "second")
    assert after.verdict == "warning"
    assert "EXISTS" in str(after.evidence["sql"])
    await source.connector.close()


async def test_a_count_of_nothing_is_zero_either_way(ferry: OpenSource) -> None:
    sql = "SELECT SUM(b.fare) AS fares, COUNT(e.id) AS n FROM bookings AS b JOIN extras AS e ON e.booking_id = b.id"
    looked = await ran(f"{sql} WHERE b.fare > 9000", ferry)
    assert list(looked.result.rows[0]) == [None, 0]
    assert looked.second is not None and "COALESCE" in looked.second.sql
    assert found(looked, "second").verdict == "passed"


async def test_nothing_is_asked_again_when_it_was_dear_or_little_is_left(ferry: OpenSource) -> None:
    for budget, seconds in (
        (Budget(), 5.0),
        (Budget(TurnLimits(statements=3)), 0.01),
        (Budget(TurnLimits(turn_seconds=5)), 0.01),
    ):
        looked = await ran(BY_PORT, ferry, budget, seconds)
        assert (looked.whole, looked.second) == (None, None)
        assert budget.spent.statements == 0
