"""What each check lets pass, where it is silent, and the edges between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest

from agents.budget import Budget, TurnLimits
from agents.checks import check_statement
from agents.checks.base import Statement
from agents.deps import OpenSource
from agents.doubts.probing import measured
from agents.events import CheckResult
from agents.plans.derivation import derive_plan
from agents.statements import Asked, ask_engine, inspect
from connectors.base import TypeFamily
from connectors.sql.policy import EVERYTHING
from tests.agents.ferry import in_sqlite, open_ferry

TODAY = date(2026, 11, 12)
JOINED = "SELECT v.port_id, SUM(b.fare) AS fares FROM bookings AS b JOIN voyages AS v ON v.id = b.voyage_id GROUP BY v.port_id"


@pytest.fixture(scope="module")
async def ferry(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenSource]:
    source = await open_ferry(in_sqlite(tmp_path_factory.mktemp("edges")))
    yield source
    await source.connector.close()


async def looked(
    sql: str, source: OpenSource, question: str = "", limits: TurnLimits | None = None
) -> Statement:
    budget = Budget(limits or TurnLimits())
    step = derive_plan(sql, source.knowledge, question).steps[0]
    statement = inspect(sql, step, "llm", source, budget, Asked(question, TODAY))
    return await measured(await ask_engine(statement, source, budget), source, budget)


def found(statement: Statement, name: str) -> CheckResult:
    (check,) = [check for check in check_statement(statement) if check.name == name]
    return check


@pytest.mark.parametrize(
    ("name", "sql"),
    [
        ("fan_out", "SELECT SUM(e.price) FROM bookings AS b JOIN extras AS e ON e.booking_id = b.id"),
        ("fan_out", "SELECT COUNT(DISTINCT b.id) FROM bookings AS b JOIN extras AS e ON e.booking_id = b.id"),
        ("fan_out", "SELECT MAX(b.fare) FROM bookings AS b JOIN extras AS e ON e.booking_id = b.id"),
        ("fan_out", "SELECT SUM(b.fare) FROM bookings AS b JOIN extras AS e ON e.booking_id = b.id AND e.name = 'car'"),
        ("lost_rows", "SELECT SUM(b.fare) FROM bookings AS b LEFT JOIN voyages AS v ON v.id = b.voyage_id"),
        ("lost_rows", "SELECT SUM(b.fare) FROM bookings AS b JOIN voyages AS v ON v.id = b.voyage_id WHERE v.seats > 10"),
        ("lost_rows", "SELECT SUM(e.price) FROM extras AS e JOIN bookings AS b ON b.id = e.booking_id"),
        ("literals", "SELECT COUNT(*) FROM ports WHERE name IN ('Bergen', 'Stavanger')"),
        ("additive", "SELECT AVG(discount_rate) FROM bookings"),
        ("additive", "SELECT taken_on, SUM(fuel_level) FROM fuel_readings GROUP BY taken_on"),
        ("additive", "SELECT SUM(fuel_level) FROM fuel_readings WHERE taken_on = '2026-11-03'"),
        ("averages", "SELECT AVG(fare) FROM bookings"),
        ("averages", "SELECT SUM(t.n) FROM (SELECT voyage_id, COUNT(*) AS n FROM bookings GROUP BY voyage_id) AS t"),
        ("division", "SELECT 1.0 * SUM(sold) / SUM(seats) FROM voyages"),
        ("division", "SELECT CAST(sold AS REAL) / seats FROM voyages"),
        ("division", "SELECT AVG(sold) / MAX(seats) FROM voyages"),
        ("text_numbers", "SELECT COUNT(*) FROM bookings WHERE luggage_kg = '9'"),
        ("text_numbers", "SELECT MAX(CAST(luggage_kg AS INTEGER)) FROM bookings"),
        ("crossed", "SELECT b.fare, t.top FROM bookings AS b CROSS JOIN (SELECT MAX(fare) AS top FROM bookings) AS t"),
    ],
)  # fmt: skip
async def test_sound_statements_are_left_alone(name: str, sql: str, ferry: OpenSource) -> None:
    check = found(await looked(sql, ferry), name)
    assert check.verdict in ("passed", "skipped"), check.detail


@pytest.mark.parametrize(
    "question",
    ["Voyages by the day they landed", "How many landed per month?", "voyages by landing month"],
)
async def test_a_role_that_the_question_names_is_settled(question: str, ferry: OpenSource) -> None:
    sql = (
        "SELECT d.month, COUNT(*) FROM voyages AS v JOIN days AS d ON d.id = v.landed_day_id GROUP BY d.month"
    )
    assert found(await looked(sql, ferry, question), "roles").verdict == "passed"
    for other in ("voyages per month", "voyages by the month they sailed"):
        assert found(await looked(sql, ferry, other), "roles").verdict == "warning"


async def test_two_roles_used_side_by_side_are_no_guess(ferry: OpenSource) -> None:
    sql = (
        "SELECT COUNT(*) FROM voyages AS v JOIN days AS a ON a.id = v.sailed_day_id"
        " JOIN days AS b ON b.id = v.landed_day_id WHERE a.month = b.month"
    )
    assert found(await looked(sql, ferry, "voyages per month"), "roles").verdict == "passed"


async def test_days_of_moments_with_a_zone_are_those_of_the_session(ferry: OpenSource) -> None:
    statement = await looked("SELECT taken_on, COUNT(*) FROM fuel_readings GROUP BY taken_on", ferry)
    sql = "SELECT DATE(taken_on) AS day, COUNT(*) AS n FROM fuel_readings GROUP BY DATE(taken_on)"
    zoned = await looked(sql, _with_zone(ferry))
    assert found(zoned, "time_zones").verdict == "warning"
    assert found(statement, "time_zones").verdict in ("passed", "skipped")


def _with_zone(source: OpenSource) -> OpenSource:
    schema = source.knowledge.schema
    tables = tuple(
        replace(
            table,
            columns=tuple(
                replace(c, type="timestamp with time zone", family=TypeFamily.timestamp)
                if c.name == "taken_on"
                else c
                for c in table.columns
            ),
        )
        for table in schema.tables
    )
    knowledge = replace(source.knowledge, schema=replace(schema, tables=tables))
    return replace(source, knowledge=knowledge)


async def test_probes_leave_statements_to_others_and_big_tables_alone(ferry: OpenSource) -> None:
    sql = "SELECT SUM(b.fare) FROM bookings AS b JOIN extras AS e ON e.booking_id = b.id"
    rich, poor = await looked(sql, ferry), await looked(sql, ferry, limits=TurnLimits(statements=5))
    assert "6 times instead of 3" in found(rich, "fan_out").detail
    assert poor.figures == {}
    assert found(poor, "fan_out").verdict == "warning"
    big = {key: replace(profile, rows=10**9) for key, profile in ferry.knowledge.profiles.items()}
    huge = replace(ferry, knowledge=replace(ferry.knowledge, profiles=big))
    assert (await looked(sql, huge)).figures == {}


async def test_probes_count_what_the_reader_may_see(ferry: OpenSource) -> None:
    policy = replace(EVERYTHING, row_filters={"bookings": "id <> 3"}, schema=ferry.knowledge.schema)
    sql = "SELECT SUM(b.fare) FROM bookings AS b JOIN extras AS e ON e.booking_id = b.id"
    assert "3 times instead of 2" in found(await looked(sql, replace(ferry, policy=policy)), "fan_out").detail
