"""Every ordinary statement of the corpus runs on its real engine; what was not admitted never gets there.

The connections are made as all-powerful accounts, so nothing but the guard protects the bystanders.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pymysql
import pytest

from connectors.base import Capabilities
from connectors.errors import QueryRejected
from connectors.sql.dialects import DIALECTS as ALL_DIALECTS
from connectors.sql.guard import admit
from connectors.sql.policy import EVERYTHING, ReadPolicy
from tests.connectors.sql.corpus_schema import DIALECTS, corpus, statements
from tests.servers import DatabaseServer

Execute = Callable[[str], list[Any]]
ERRORS = (sqlite3.Error, duckdb.Error, psycopg.Error, pymysql.Error)


def capabilities(dialect: str) -> Capabilities:
    return Capabilities(
        engine=dialect, dialect=dialect, read_only_enforced=False, can_cancel=False, can_explain=False, lists_read_tables=False
    )  # fmt: skip


def admitted(sql: str, dialect: str, policy: ReadPolicy = EVERYTHING) -> str | None:
    """The text that may run, or None."""
    try:
        return admit(sql, capabilities(dialect), policy).text
    except QueryRejected:
        return None


FLEET = ReadPolicy(
    tables=frozenset({"ships", "crew", "voyages", "port calls", "busy_ships", "logbook"}), any_schema=True
)
POLICIES = {"any table": EVERYTHING, "the fleet only": FLEET}


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize("dialect", ALL_DIALECTS)
def test_nothing_hostile_is_admitted(dialect: str, policy: ReadPolicy) -> None:
    assert [
        item["sql"] for item in corpus("hostile", dialect) if admitted(item["sql"], dialect, policy)
    ] == []


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_ordinary_is_refused(dialect: str, policy: ReadPolicy) -> None:
    assert [
        item["sql"] for item in corpus("ordinary", dialect) if not admitted(item["sql"], dialect, policy)
    ] == []


@pytest.mark.parametrize("dialect", sorted(set(ALL_DIALECTS) - set(DIALECTS)))
def test_nothing_ordinary_is_refused_where_no_engine_is_at_hand(dialect: str) -> None:
    items = corpus("ordinary", dialect)
    assert len(items) > 30
    assert [item["sql"] for item in items if not admitted(item["sql"], dialect)] == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_hidden_table_is_read(dialect: str) -> None:
    """Every way to name a table that this reader may not read."""
    items = corpus("hidden", dialect)
    assert len(items) > 20
    assert [item["sql"] for item in items if admitted(item["sql"], dialect, FLEET)] == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_same_forms_read_no_hidden_table(dialect: str) -> None:
    """Every ordinary form of FROM, turned to a table that the reader may not read."""
    turned = [
        re.sub(r"(?i)\b(FROM|JOIN|PIVOT) ships\b", r"\1 secrets", item["sql"])
        for item in corpus("ordinary", dialect)
    ]
    turned = [sql for sql in turned if "secrets" in sql and "'select" not in sql]
    assert len(turned) > 100
    assert [sql for sql in turned if admitted(sql, dialect, FLEET)] == []


def test_the_corpus_is_large_and_explained() -> None:
    for name in ("hostile", "ordinary"):
        items = [item for dialect in DIALECTS for item in corpus(name, dialect)]
        assert len(items) >= 300
        assert all(item["why"] for item in items)
        assert all(len({i["id"] for i in corpus(name, d)}) == len(corpus(name, d)) for d in DIALECTS)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_corpus_runs_and_the_bystanders_stay(
    dialect: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    execute, close = open_engine(dialect, tmp_path, request)
    try:
        for statement in statements(dialect):
            execute(statement)
        before = _bystanders(execute)
        failed = []
        for name in ("hostile", "ordinary"):
            for item in corpus(name, dialect):
                text = admitted(item["sql"], dialect)
                if text is None:
                    continue
                try:
                    rows = execute(text)
                except ERRORS as error:
                    failed.append((item["sql"], str(error)))
                    continue
                if "marker-5512" in str(rows):
                    failed.append((item["sql"], "shows a secret"))
        assert failed == []
        assert _bystanders(execute) == before
    finally:
        close()


def _bystanders(execute: Execute) -> list[Any]:
    return [execute("SELECT * FROM ledger ORDER BY id"), execute("SELECT * FROM secrets")]


def open_engine(
    dialect: str, folder: Path, request: pytest.FixtureRequest
) -> tuple[Execute, Callable[[], object]]:
    connection: Any
    if dialect == "sqlite":
        connection = sqlite3.connect(folder / "fleet.db", isolation_level=None)
        return lambda sql: connection.execute(sql).fetchall(), connection.close
    if dialect == "duckdb":
        connection = duckdb.connect(str(folder / "fleet.duckdb"))
        return lambda sql: connection.execute(sql).fetchall(), connection.close
    if dialect == "postgres":
        server: DatabaseServer = request.getfixturevalue("postgres_server")
        connection = psycopg.connect(
            host=server.host, port=server.port, user=server.user, password=server.password, dbname=server.database(), autocommit=True
        )  # fmt: skip

        def run_postgres(sql: str) -> list[Any]:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

        return run_postgres, connection.close
    server = request.getfixturevalue("mariadb_server")
    connection = pymysql.connect(
        host=server.host, port=server.port, user=server.user, password=server.password, database=server.database(),
        charset="utf8mb4", autocommit=True,
    )  # fmt: skip

    def run_mariadb(sql: str) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    return run_mariadb, connection.close
