"""The plan contract, on statements that a grammar makes up: a verdict of "kept" is a promise about rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import cache
from random import Random

import pytest

from agents.conformance import conform
from agents.plan import PlanQuery
from agents.plans.compile import reading_of
from agents.plans.reading import plan_query_of
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql
from tests.agents.made_statements import Maker, database, schema

STATEMENTS = 120
NEIGHBOURS = 5
SCHEMA = schema()
Rows = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def databases() -> Iterator[list[sqlite3.Connection]]:
    made = [database(seed) for seed in range(5)]
    yield made
    for connection in made:
        connection.close()


@cache
def made_up(seed: int) -> tuple[str, list[int]]:
    maker = Maker([], Random(seed))
    return maker.statement(), maker.used


def rows_of(sql: str, databases: list[sqlite3.Connection], *, ordered: bool) -> list[Rows]:
    """Rounded, because sums of fractions depend on the order of rows; sorted where the statement does not order them."""
    found = []
    for connection in databases:
        rows = [
            tuple(round(cell, 9) if isinstance(cell, float) else cell for cell in row)
            for row in connection.execute(sql)
        ]
        found.append(rows if ordered else sorted(rows, key=repr))
    return found


def planned(sql: str) -> PlanQuery:
    return plan_query_of(from_sql(sql, "sqlite", SCHEMA), SCHEMA, "sqlite")


@pytest.mark.parametrize("seed", range(STATEMENTS))
def test_a_statement_its_reading_and_its_plan_bring_the_same_rows(
    seed: int, databases: list[sqlite3.Connection]
) -> None:
    sql, _ = made_up(seed)
    ordered = "ORDER BY" in sql
    expected = rows_of(sql, databases, ordered=ordered)
    reading = from_sql(sql, "sqlite", SCHEMA)
    assert rows_of(to_sql(reading, "sqlite"), databases, ordered=ordered) == expected
    plan = planned(sql)
    compiled = to_sql(reading_of(plan, "sqlite", SCHEMA), "sqlite")
    assert rows_of(compiled, databases, ordered=ordered) == expected
    assert [point for point in conform(plan, reading, "sqlite", SCHEMA) if point.verdict != "kept"] == []


@pytest.mark.parametrize("seed", range(STATEMENTS))
def test_a_neighbour_that_keeps_the_plan_brings_the_rows_of_the_plan(
    seed: int, databases: list[sqlite3.Connection]
) -> None:
    """Whatever one changed choice makes of a statement, "kept" never covers another result."""
    sql, choices = made_up(seed)
    plan, random = planned(sql), Random(seed)
    for _ in range(NEIGHBOURS):
        changed = list(choices)
        changed[random.randrange(len(changed))] = random.randrange(1 << 30)
        other = Maker(changed, random).statement()
        points = conform(plan, from_sql(other, "sqlite", SCHEMA), "sqlite", SCHEMA)
        if all(point.verdict == "kept" for point in points):
            # A statement may order further than its plan says, so only the rows are compared.
            theirs = rows_of(other, databases, ordered=False)
            assert theirs == rows_of(sql, databases, ordered=False), other


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 3, land, name, count(*) FROM people GROUP BY 1, 2",
        "SELECT 2, land, count(*) FROM people GROUP BY 1, 2",
        "SELECT 'x' AS k, count(*) FROM people GROUP BY k ORDER BY k, 2",
        "SELECT 5, name FROM people ORDER BY name, 1",
    ],
)
def test_constants_are_no_places(sql: str, databases: list[sqlite3.Connection]) -> None:
    expected = rows_of(sql, databases, ordered=False)
    assert rows_of(to_sql(from_sql(sql, "sqlite", SCHEMA), "sqlite"), databases, ordered=False) == expected
    compiled = to_sql(reading_of(planned(sql), "sqlite", SCHEMA), "sqlite")
    assert rows_of(compiled, databases, ordered=False) == expected
