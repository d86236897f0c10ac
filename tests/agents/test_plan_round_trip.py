"""Statements become plans that a person can edit, and plans become statements that keep them."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator

import pytest

from agents.conformance import conform
from agents.plan import PlanQuery
from agents.plans.compile import reading_of
from agents.plans.reading import plan_query_of
from connectors.base import Schema
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql
from connectors.sqlite_schema import read
from tests.connectors.sql.corpus_schema import statements

SHAPES = [
    "SELECT s.name, c.name FROM ships s LEFT JOIN crew c ON c.ship_id = s.id AND c.role = 'cook'",
    "SELECT s.name, c.name FROM ships s RIGHT JOIN crew c ON c.ship_id = s.id AND s.flag = 'NO'",
    "SELECT s.name, c.name FROM ships s FULL JOIN crew c ON c.ship_id = s.id",
    "SELECT s.name, c.name FROM ships s LEFT JOIN crew c ON c.id > s.id",
    "SELECT s.name, v.id FROM ships s JOIN crew c ON c.ship_id = s.id AND c.boss = 1 RIGHT JOIN voyages v ON v.ship_id = s.id",
    "SELECT count(*), flag FROM ships GROUP BY flag",
    "SELECT avg(tons), flag, max(built) FROM ships GROUP BY flag ORDER BY max(built) DESC",
    "SELECT name, max(tons) FROM ships",
    "SELECT name, flag FROM ships GROUP BY flag HAVING count(*) > 1",
    "SELECT c.name, count(*) FROM crew c JOIN voyages v ON v.ship_id = c.ship_id GROUP BY c.id",
    "SELECT flag FROM ships GROUP BY flag ORDER BY built",
    "SELECT DISTINCT flag FROM ships ORDER BY tons DESC",
    "SELECT name FROM ships ORDER BY flag NULLS LAST, tons DESC NULLS FIRST",
    "SELECT 'all', count(*) FROM ships WHERE id > 99",
    "SELECT name, rank() OVER (PARTITION BY flag ORDER BY tons DESC) AS place FROM ships",
    "SELECT x.a, x.b FROM (SELECT name AS a, flag AS b FROM ships) AS x WHERE x.b = 'NO'",
    "SELECT s.name, j.value FROM ships s, json_each(s.details, '$.ports') AS j",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT i, count(*) FROM n JOIN ships s ON s.id = n.i GROUP BY i",
    "SELECT a FROM (VALUES (1), (2)) AS v JOIN (SELECT id AS a FROM ships) AS t ON t.a = v.column1",
    "SELECT flag, sum(built) / count(*), sum(tons) / count(*) FROM ships GROUP BY flag",
]  # fmt: skip


@pytest.fixture(scope="module")
def fleet() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    for statement in statements("sqlite"):
        connection.execute(statement)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def schema(fleet: sqlite3.Connection) -> Schema:
    return read(fleet)


def _again(query: PlanQuery) -> PlanQuery:
    return PlanQuery.model_validate(json.loads(query.model_dump_json()))


@pytest.mark.parametrize("sql", SHAPES)
def test_a_plan_gives_the_rows_of_its_statement(sql: str, fleet: sqlite3.Connection, schema: Schema) -> None:
    plan = _again(plan_query_of(from_sql(sql, "sqlite", schema), schema, "sqlite"))
    rebuilt = to_sql(reading_of(plan, "sqlite", schema), "sqlite")
    rows, wanted = fleet.execute(rebuilt).fetchall(), fleet.execute(sql).fetchall()
    assert (rows if "ORDER BY" in sql else Counter(map(repr, rows))) == (
        wanted if "ORDER BY" in sql else Counter(map(repr, wanted))
    ), rebuilt
    assert {p.verdict for p in conform(plan, from_sql(rebuilt, "sqlite", schema), "sqlite", schema)} == {
        "kept"
    }


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT DISTINCT ON (flag) flag, name FROM ships ORDER BY flag, tons DESC",
        "SELECT name FROM ships QUALIFY row_number() OVER (PARTITION BY flag ORDER BY tons) = 1",
        "SELECT s.name, l.n FROM ships s LEFT JOIN LATERAL (SELECT count(*) AS n FROM crew c WHERE c.ship_id = s.id) AS l ON TRUE",
        "SELECT name FROM ships s SEMI JOIN crew c ON c.ship_id = s.id AND c.role = 'cook'",
        "SELECT name FROM ships s ANTI JOIN crew c ON c.ship_id = s.id",
    ],
)  # fmt: skip
def test_a_change_of_what_only_some_dialects_say_is_noticed(sql: str, schema: Schema) -> None:
    plan = _again(plan_query_of(from_sql(sql, "duckdb", schema), schema, "duckdb"))
    rebuilt = from_sql(to_sql(reading_of(plan, "duckdb", schema), "duckdb"), "duckdb", schema)
    assert {point.verdict for point in conform(plan, rebuilt, "duckdb", schema)} == {"kept"}
    changes = {
        "DISTINCT ON (flag)": "DISTINCT ON (built)", "tons DESC": "tons", " = 1": " = 2", "LEFT JOIN LATERAL": "JOIN LATERAL",
        "SEMI": "ANTI", "ANTI": "SEMI", "'cook'": "'captain'", "PARTITION BY flag": "PARTITION BY built",
    }  # fmt: skip
    made = {was: sql.replace(was, now) for was, now in changes.items() if was in sql}
    assert made
    for was, changed in made.items():
        points = conform(plan, from_sql(changed, "duckdb", schema), "duckdb", schema)
        assert any(point.verdict != "kept" for point in points), was
