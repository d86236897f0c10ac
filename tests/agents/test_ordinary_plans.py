"""The guard's ordinary corpus in plans: everything has one, and a broken statement never passes for it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
import sqlglot

from agents.plans.reading import plan_query_of
from connectors.sql.dialects import DIALECTS
from connectors.sql.grammar import reader
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.scope import NotReadable
from tests.benchmarks._mutations import mutants
from tests.benchmarks.ordinary_plans import fleet_schema, kept, through_plans
from tests.connectors.sql.corpus_schema import corpus, statements

UNSURE = (
    "random",
    "sample",
    "now",
    "current_",
    "today",
    "uuid",
    "clock",
    "'now'",
    "unixepoch",
    "approx",
    "reservoir",
)
SPECIAL = ("ROLLUP", "CUBE", "GROUPING SETS", "PIVOT", "UNNEST", "TIES", "PERCENT", "%", "OVER", "UNION", "EXCEPT", "INTERSECT", "QUALIFY", "LATERAL", "JSON_EACH", "RECURSIVE")  # fmt: skip
"""Forms whose mutants are run; the grammar of made-up statements has the others."""
EVERY = 4
Rows = Counter[str]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_ordinary_statement_is_planned_and_kept(dialect: str) -> None:
    outcome = through_plans(dialect, fleet_schema())
    assert outcome.failed == []


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_a_broken_statement_that_is_kept_brings_the_same_rows(dialect: str) -> None:
    schema = fleet_schema()
    tried = caught = 0
    with contextlib.ExitStack() as stack:
        connection: Any = sqlite3.connect(":memory:") if dialect == "sqlite" else duckdb.connect(":memory:")
        stack.callback(connection.close)
        for statement in statements(dialect):
            connection.execute(statement)
        for sql in _special(dialect):
            plan = plan_query_of(from_sql(sql, dialect, schema), schema, dialect)
            trees = list(mutants(sqlglot.parse_one(sql, read=reader(dialect)), schema, dialect))
            for kind, mutant in trees[::EVERY]:
                try:
                    passes = kept(plan, from_sql(mutant, dialect, schema), dialect, schema)
                except NotReadable:
                    continue
                tried += 1
                caught += not passes
                theirs = _rows(connection.execute, mutant) if passes else None
                assert theirs is None or theirs == _rows(connection.execute, sql), (kind, sql, mutant)
    assert tried > 80
    assert caught > 0.9 * tried


def _special(dialect: str) -> list[str]:
    texts = [item["sql"] for item in corpus("ordinary", dialect)]
    return [
        sql
        for sql in texts
        if any(w in sql.upper() for w in SPECIAL) and not any(w in sql.lower() for w in UNSURE)
    ]


def _rows(execute: Callable[[str], Any], sql: str) -> Rows | None:
    """None where the engine refuses the mutant."""
    try:
        return Counter(map(repr, execute(sql).fetchall()))
    except (sqlite3.Error, duckdb.Error):
        return None
