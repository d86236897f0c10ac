"""What a text binds together stays together in its reading, and what only spells it otherwise does not count."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Any

import duckdb
import pytest

from connectors.base import Capabilities
from connectors.errors import QueryRejected
from connectors.sql.guard import admit
from connectors.sql.policy import EVERYTHING
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql
from tests.connectors.sql.corpus_schema import statements


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("sqlite", "SELECT (tons & 3) + 1, (tons > 2) + (built = 3), 2 - (tons & 1) FROM ships"),
        ("sqlite", "SELECT name FROM ships WHERE (tons > 1) = (built > 1)"),
        ("sqlite", "SELECT 'a' || (built + 1), (built || 'a') || 2 * 3, (built / 3) / 2.0, built / 3 / 2 FROM ships"),
        ("sqlite", "SELECT 2 * (CAST(strftime('%w', launched) AS INTEGER) % 3) FROM ships"),
        ("duckdb", "SELECT (built & 3) + 1, ~built + 1, @ built - 5000, (built | 1) BETWEEN 1 AND 2 FROM ships"),
        ("duckdb", "SELECT 'a' || (built + 1), ('a' || built) || 'b', 7 // 2 * 3, 7 // (2 * 3) FROM ships"),
        ("duckdb", "(SELECT flag FROM ships EXCEPT ALL SELECT 'NO') INTERSECT SELECT 'GR'"),
        ("duckdb", "SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3"),
        ("sqlite", "SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 2"),
    ],
)  # fmt: skip
def test_what_binds_first_stays_first(dialect: str, sql: str) -> None:
    again = to_sql(from_sql(sql, dialect), dialect)
    assert _ran(dialect, again) == _ran(dialect, sql), again


def _ran(dialect: str, sql: str) -> list[tuple[object, ...]]:
    connection: Any = sqlite3.connect(":memory:") if dialect == "sqlite" else duckdb.connect(":memory:")
    with contextlib.closing(connection):
        for statement in statements(dialect):
            connection.execute(statement)
        return sorted(connection.execute(sql).fetchall(), key=repr)


@pytest.mark.parametrize(
    ("dialect", "written", "meant"),
    [
        ("postgres", "SELECT @ tons - 5 FROM ships", "SELECT abs(tons - 5) FROM ships"),
        ("postgres", "SELECT |/ tons + 1 FROM ships", "SELECT sqrt(tons + 1) FROM ships"),
        ("postgres", "SELECT name FROM ships ORDER BY tons USING >", "SELECT name FROM ships ORDER BY tons DESC"),
        ("postgres", "SELECT name FROM ships ORDER BY name USING <", "SELECT name FROM ships ORDER BY name"),
        ("postgres", "SELECT cidr '10.0.0.0/8'", "SELECT '10.0.0.0/8'::cidr"),
        ("mysql", "SELECT SQL_NO_CACHE DISTINCT flag FROM ships", "SELECT DISTINCT flag FROM ships"),
        ("mysql", "SELECT /*+ JOIN_ORDER(s) */ name FROM ships s", "SELECT name FROM ships s"),
        ("mysql", "SELECT {d '2024-01-05'} AS d", "SELECT DATE '2024-01-05' AS d"),
        ("sqlite", "SELECT /*+ anything at all */ name FROM ships", "SELECT name FROM ships"),
    ],
)  # fmt: skip
def test_forms_of_one_dialect_are_read_as_what_they_mean(dialect: str, written: str, meant: str) -> None:
    assert from_sql(written, dialect) == from_sql(meant, dialect)


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("mysql", "SELECT /*+ SET_VAR(max_join_size = 1) */ name FROM ships"),
        ("mysql", "SELECT /*+ INDEX(`a*/ SLEEP(1), /*`) */ name FROM ships"),
        ("mysql", "SELECT /*+ BKA(ships) set_var (sort_buffer_size=1) */ name FROM ships"),
        ("postgres", "/*+ Set(statement_timeout 0) */ SELECT name FROM ships"),
        ("postgres", "/*+ SeqScan(ships) Parallel(ships 64 hard) */ SELECT name FROM ships"),
        ("postgres", "SELECT name FROM ships ORDER BY name USING OPERATOR(evil.<)"),
        ("postgres", "SELECT pg_authid 'x'"),
        ("snowflake", "SELECT $1 FROM ships"),
        ("snowflake", "SELECT s.$2 FROM ships s, (VALUES (1, 2)) AS v"),
        ("snowflake", "SELECT (SELECT $1) FROM ships"),
        ("snowflake", "SELECT $3 FROM VALUES (1, 2)"),
        ("snowflake", "SELECT $name FROM VALUES (1, 2)"),
        ("duckdb", "FROM ships, crew, voyages, ships AS s, crew AS c SELECT count(*)"),
        ("duckdb", "WITH RECURSIVE n(l) AS (SELECT [1] UNION ALL SELECT list_concat(l, l) FROM n WHERE l IS NOT NULL) FROM n"),
    ],
)  # fmt: skip
def test_what_the_new_forms_could_hide_is_refused(dialect: str, sql: str) -> None:
    capabilities = Capabilities(
        engine=dialect, dialect=dialect, read_only_enforced=False, can_cancel=False, can_explain=False, lists_read_tables=False
    )  # fmt: skip
    with pytest.raises(QueryRejected):
        admit(sql, capabilities, EVERYTHING)


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("SELECT CAST(tons AS SIGNED), CAST(tons AS UNSIGNED) FROM ships", ("AS SIGNED", "AS UNSIGNED")),
        ("SELECT name FROM ships WHERE name REGEXP '^M'", ("ships.name REGEXP '^M'",)),
        ("SELECT YEAR(launched) AS y, COUNT(*) FROM ships GROUP BY y WITH ROLLUP", ("GROUP BY y WITH ROLLUP",)),
        ("(SELECT name FROM ships LIMIT 1) UNION (SELECT name FROM crew) ORDER BY name", ("ORDER BY name",)),
    ],
)  # fmt: skip
def test_what_mysql_and_mariadb_both_understand_is_written(sql: str, written: tuple[str, ...]) -> None:
    again = to_sql(from_sql(sql, "mysql"), "mysql")
    assert all(part in again for part in written), again
