"""Sessions: what a statement leaves behind, connections that die, large and empty sources."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors.duckdb import DuckDbConnector
from connectors.errors import (
    ConnectorError,
    QueryRejected,
    QueryTimedOut,
    SourceInvalid,
    SourceMissing,
)
from connectors.mysql import MySqlConnector
from connectors.postgres import PostgresConnector
from connectors.registry import open_connector
from connectors.sqlite import SqliteConnector
from tests.connectors.access import mariadb, one, postgres, resident, settings
from tests.connectors.harness import safe
from tests.servers import DatabaseServer


async def test_postgres_session_forgets_what_a_statement_did(postgres_server: DatabaseServer) -> None:
    name = postgres_server.database()
    source = await PostgresConnector.open(settings(postgres_server, name))
    pid = await one(source, "SELECT pg_backend_pid()")
    await one(source, "SELECT pg_advisory_lock(7)::text")
    await one(source, "SELECT set_config('statement_timeout', '0', false)")
    await one(source, "SELECT set_config('search_path', 'pg_temp', false)")
    await one(source, "SELECT lo_from_bytea(4711, 'x')")
    assert await one(source, "SELECT pg_backend_pid()") == pid, "the same session is used again"
    assert await one(source, "SELECT current_setting('search_path')") == "public"
    assert await one(source, "SELECT current_setting('transaction_read_only')") == "on"
    with postgres(postgres_server, name) as outside:
        assert outside.execute("SELECT pg_try_advisory_lock(7)").fetchone() == (True,)
        assert outside.execute("SELECT count(*) FROM pg_largeobject_metadata").fetchone() == (0,)
    await source.close()


async def test_a_statement_cannot_escape_our_watch_by_switching_the_engines_off(
    postgres_server: DatabaseServer,
) -> None:
    source = await PostgresConnector.open(settings(postgres_server, postgres_server.database()))
    started = time.monotonic()
    with pytest.raises(ConnectorError):
        await one(
            source, "SELECT set_config('statement_timeout', '0', false) || pg_sleep(60)::text", seconds=0.5
        )
    assert time.monotonic() - started < 3
    await source.close()


async def test_mariadb_session_forgets_what_a_statement_did(mariadb_server: DatabaseServer) -> None:
    name = mariadb_server.database()
    source = await MySqlConnector.open(settings(mariadb_server, name))
    thread = await one(source, "SELECT connection_id()")
    assert await one(source, "SELECT get_lock('datachat', 1)") == 1
    await one(source, "SELECT @left := 5")
    assert await one(source, "SELECT connection_id()") == thread, "the same session is used again"
    assert await one(source, "SELECT is_free_lock('datachat')") == 1
    assert await one(source, "SELECT @left") is None
    await source.close()


async def test_duckdb_session_forgets_what_a_statement_did(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS v")
    source = await DuckDbConnector.open({"path": str(tmp_path / "a.duckdb")})
    for left in (
        "ATTACH ':memory:' AS other",
        "CREATE TEMP TABLE t AS SELECT 2 AS v",
        "CREATE TEMP MACRO answer() AS 42",
        "SET VARIABLE hidden = 7",
        "SET schema = 'temp.main'",
    ):
        with contextlib.suppress(ConnectorError, IndexError):
            await one(source, left, "t")
    assert await one(source, "SELECT count(*) FROM duckdb_databases() WHERE NOT internal") == 1
    assert await one(source, "SELECT v FROM t", "t") == 1
    assert await one(source, "SELECT getvariable('hidden')") is None
    with pytest.raises(QueryRejected):
        await one(source, "SELECT answer()")
    await source.close()


async def test_a_postgres_connection_that_died_is_replaced(postgres_server: DatabaseServer) -> None:
    name = postgres_server.database()
    source = await PostgresConnector.open(settings(postgres_server, name))
    pid = await one(source, "SELECT pg_backend_pid()")
    with postgres(postgres_server, name) as outside:
        outside.execute("SELECT pg_terminate_backend(%s)", (pid,))
    assert await one(source, "SELECT 1 AS one") == 1
    await source.close()


async def test_a_mariadb_connection_that_died_is_replaced(mariadb_server: DatabaseServer) -> None:
    name = mariadb_server.database()
    source = await MySqlConnector.open(settings(mariadb_server, name))
    thread = await one(source, "SELECT connection_id()")
    with mariadb(mariadb_server, name) as outside, outside.cursor() as cursor:
        cursor.execute(f"KILL {thread}")
    assert await one(source, "SELECT 1 AS one") == 1
    await source.close()


async def test_a_duckdb_child_that_died_is_replaced(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "a.duckdb")).close()
    source = await DuckDbConnector.open({"path": str(tmp_path / "a.duckdb")})
    async with source._pool.session() as child:
        os.kill(child.worker.pid, signal.SIGKILL)
    assert await one(source, "SELECT 1 AS one") == 1
    await source.close()


async def test_duckdb_memory_bomb_is_stopped_and_the_source_lives_on(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "a.duckdb")).close()
    source = await DuckDbConnector.open({"path": str(tmp_path / "a.duckdb")})
    before = resident()
    for bomb in ("SELECT length(repeat('a', 4000000000))", "SELECT array_agg(n) FROM range(3000000000) r(n)"):
        with pytest.raises(ConnectorError):
            await one(source, bomb, seconds=2)
    assert await one(source, "SELECT 1 AS one") == 1
    assert resident() - before < 50_000_000
    await source.close()


async def test_duckdb_child_has_no_secret_in_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATACHAT_LLM_API_KEY", "canary-5512")
    duckdb.connect(str(tmp_path / "a.duckdb")).close()
    source = await DuckDbConnector.open({"path": str(tmp_path / "a.duckdb")})
    async with source._pool.session() as child:
        environment = await asyncio.to_thread(Path(f"/proc/{child.worker.pid}/environ").read_bytes)
    assert b"canary" not in environment
    await source.close()


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
async def test_a_replaced_file_is_opened_anew(tmp_path: Path, engine: str) -> None:
    path = tmp_path / f"a.{engine}"

    def make(value: int, place: Path) -> None:
        connect: Any = sqlite3.connect if engine == "sqlite" else duckdb.connect
        with contextlib.closing(connect(str(place))) as connection:
            connection.execute("CREATE TABLE t (v integer)")
            connection.execute(f"INSERT INTO t VALUES ({value})")
            connection.commit()

    make(1, path) if engine == "sqlite" else None
    if engine == "duckdb":
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE TABLE t AS SELECT 1 AS v")
    source = await open_connector(engine, {"path": str(path)})
    assert await one(source, "SELECT v FROM t", "t") == 1
    other = tmp_path / f"b.{engine}"
    if engine == "sqlite":
        make(2, other)
    else:
        with duckdb.connect(str(other)) as connection:
            connection.execute("CREATE TABLE t AS SELECT 2 AS v")
    other.replace(path)
    assert await one(source, "SELECT v FROM t", "t") == 2
    path.unlink()
    with pytest.raises(SourceMissing):
        await one(source, "SELECT v FROM t", "t")
    await source.close()


async def test_sqlite_reads_only_the_tables_that_were_admitted(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as made:
        made.executescript(
            "CREATE TABLE open (a); CREATE TABLE hidden (a); INSERT INTO hidden VALUES (1); INSERT INTO open VALUES (5);"
            "CREATE VIEW inner_view AS SELECT a FROM hidden; CREATE VIEW shown AS SELECT a FROM inner_view;"
            "CREATE VIEW broken AS SELECT a FROM gone; CREATE VIRTUAL TABLE notes USING fts5(body);"
            "INSERT INTO notes VALUES ('green tea')"
        )
    source = await SqliteConnector.open({"path": str(path)})
    for statement in (
        "SELECT * FROM hidden",
        "SELECT count(*) FROM hidden",
        "SELECT * FROM open WHERE a IN hidden",
        "WITH shown AS (SELECT a FROM hidden) SELECT * FROM shown",
        "SELECT * FROM shown",
        "SELECT count(*) FROM open JOIN hidden USING (a)",
        "SELECT 1 FROM open NATURAL JOIN hidden",
        "SELECT count(*) FROM sqlite_master",
    ):
        with pytest.raises(QueryRejected):
            await one(source, statement, "open")
    assert await one(source, "WITH hidden AS (SELECT a FROM open) SELECT count(*) FROM hidden", "open") == 1
    for _ in range(3):
        assert await one(source, "SELECT a FROM shown", "shown") == 1
    with pytest.raises(QueryRejected):
        await one(source, "SELECT a FROM shown", "open")
    assert (await source.explain(safe("SELECT a FROM shown", "sqlite", frozenset({"shown"})))).text
    assert await one(source, "SELECT body FROM notes WHERE notes MATCH 'tea'", "notes") == "green tea"
    assert await one(source, "SELECT count(*) FROM json_each('[1, 2]'), open", "open") == 2
    assert await source.tables_read(safe("SELECT * FROM shown, open", "sqlite")) == {"hidden", "open"}
    assert {table.name for table in (await source.schema()).tables} == {
        "open",
        "hidden",
        "inner_view",
        "shown",
        "notes",
    }
    await source.close()


async def test_sqlite_does_not_wait_for_an_instruction_that_cannot_be_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that takes several seconds: the answer is that time is up, and the source goes on with another connection."""
    monkeypatch.setattr("connectors.threads.PATIENCE_SECONDS", 0.3)
    path = tmp_path / "a.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE t (v)")
    source = await SqliteConnector.open({"path": str(path)})
    started = time.monotonic()
    with pytest.raises(QueryTimedOut):
        await one(source, "SELECT printf('%.*c', 300000000, 'x')", seconds=0.2)
    assert time.monotonic() - started < 3
    assert await one(source, "SELECT count(*) FROM t", "t") == 0
    await source.close()


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
@pytest.mark.parametrize("content", [b"this is not a database, whatever its name says. " * 50, b""])
async def test_a_file_that_is_no_database(tmp_path: Path, engine: str, content: bytes) -> None:
    path = tmp_path / f"fake.{engine}"
    path.write_bytes(content)
    if not content and engine == "sqlite":
        source = await open_connector(engine, {"path": str(path)})
        assert not (await source.test()).ok
        return await source.close()
    with pytest.raises(SourceInvalid, match="not a"):
        await open_connector(engine, {"path": str(path)})
    return None
