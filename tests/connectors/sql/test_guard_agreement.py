"""The tables that the guard names are those that the engine itself finds, however names are confused."""

from __future__ import annotations

import sqlite3
from random import Random

import psycopg
import pytest

from connectors.errors import QueryRejected
from connectors.sql.dialects import TABLE_FUNCTIONS, functions
from connectors.sql.guard import admit
from connectors.sql.policy import ReadPolicy
from tests.connectors.sql.corpus_schema import corpus, statements
from tests.connectors.sql.engine_tables import Ask, ask_duckdb, ask_postgres, ask_sqlite
from tests.connectors.sql.statements import Statements
from tests.connectors.sql.test_corpus_on_engines import capabilities
from tests.servers import DatabaseServer

POLICY = ReadPolicy()
OPERATORS = frozenset({"match", "regexp", "->", "->>"})
"""What SQLite carries out by a function that the text does not call."""


@pytest.fixture(params=["sqlite", "duckdb", "postgres"])
def engine(request: pytest.FixtureRequest) -> tuple[str, Ask]:
    dialect: str = request.param
    if dialect != "postgres":
        return dialect, ask_sqlite() if dialect == "sqlite" else ask_duckdb()
    server: DatabaseServer = request.getfixturevalue("postgres_server")
    connection = psycopg.connect(
        host=server.host, port=server.port, user=server.user, password=server.password, dbname=server.database(), autocommit=True
    )  # fmt: skip
    request.addfinalizer(connection.close)
    for statement in statements("postgres"):
        connection.execute(statement.encode())
    return dialect, ask_postgres(connection)


def missed(sql: str, dialect: str, ask: Ask) -> list[str] | None:
    """What the engine reads or does and the guard did not name; None where one of them refuses."""
    try:
        named = {name.rpartition(".")[2] for name in admit(sql, capabilities(dialect), POLICY).tables}
    except QueryRejected:
        return None
    seen = ask(sql)
    if seen is None:
        return None
    if "busy_ships" in named:  # engines see through the view
        named |= {"voyages", "ships", "crew"}
    found = [*(seen.tables - named - TABLE_FUNCTIONS[dialect]), *map(str, seen.others)]
    return found + [name for name in seen.functions - OPERATORS if name not in functions(dialect)]


def test_in_random_statements(engine: tuple[str, Ask]) -> None:
    dialect, ask = engine
    compared = 0
    for seed in range(150):
        sql = Statements(Random(seed), dialect).statement()
        found = missed(sql, dialect, ask)
        assert not found, f"seed {seed}: {found} in {sql}"
        compared += found is not None
    assert compared > 25


def test_in_every_ordinary_statement(engine: tuple[str, Ask]) -> None:
    dialect, ask = engine
    verdicts = [(item["sql"], missed(item["sql"], dialect, ask)) for item in corpus("ordinary", dialect)]
    assert [verdict for verdict in verdicts if verdict[1]] == []
    assert len([found for _, found in verdicts if found is not None]) > 150


NAMES_TWICE = [
    "WITH RECURSIVE crew AS (SELECT 5 AS c UNION SELECT id FROM crew WHERE id < 3 UNION SELECT id FROM ships) SELECT * FROM crew",
    "WITH RECURSIVE crew AS (SELECT 5 AS c INTERSECT SELECT id FROM crew) SELECT * FROM crew",
    "WITH RECURSIVE crew AS (SELECT 5 AS c EXCEPT SELECT id FROM crew) SELECT * FROM crew",
    "WITH RECURSIVE crew AS (SELECT 5 AS id UNION ALL BY NAME SELECT id FROM crew) SELECT * FROM crew",
    "WITH RECURSIVE crew AS (SELECT id FROM crew UNION ALL SELECT 5) SELECT * FROM crew",
    "WITH crew AS (SELECT * FROM crew) SELECT * FROM crew",
    "WITH a AS (SELECT * FROM crew), crew AS (SELECT 1) SELECT * FROM a",
    "SELECT * FROM ships WHERE id IN (WITH crew AS (SELECT 1 AS id) SELECT id FROM crew) AND id IN (SELECT id FROM crew)",
    "WITH crew AS (SELECT 1 AS id) SELECT * FROM main.crew",
    'WITH "CREW" AS (SELECT 1 AS id) SELECT * FROM crew',
]


@pytest.mark.parametrize("sql", NAMES_TWICE)
def test_where_duckdb_reads_a_stored_table_behind_a_cte_of_its_name(sql: str) -> None:
    assert not missed(sql, "duckdb", ask_duckdb())


def test_the_comparison_would_notice() -> None:
    """What the guard does not admit is seen as a read, a function or a write."""
    read, written = ask_sqlite()("SELECT max(value) FROM secrets"), ask_sqlite()("DELETE FROM ledger")
    assert read is not None and read.tables == frozenset({"secrets"}) and "max" in read.functions
    assert written is not None and sqlite3.SQLITE_DELETE in written.others
