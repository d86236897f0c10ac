"""Large results, wide tables, many tables, and connections that die in the middle."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors.base import Limits
from connectors.errors import (
    EngineUnavailable,
)
from connectors.registry import open_connector
from connectors.sqlite import SqliteConnector
from tests.connectors.access import mariadb, one, postgres, resident, settings
from tests.connectors.harness import safe
from tests.servers import DatabaseServer


@pytest.mark.parametrize("engine", ["sqlite", "duckdb", "postgres", "mysql"])
async def test_wide_empty_and_many(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A database without tables, then one with 500 columns and 1,000 tables, listed in one go."""
    config, execute = _blank(engine, tmp_path, request)
    source = await open_connector(engine, config)
    assert (await source.schema()).tables == ()
    report = await source.test()
    assert not report.ok and report.steps[-1].hint
    await source.close()
    columns = ", ".join(f"c{n} integer" for n in range(500))
    count = 200 if engine == "mysql" else 1000
    execute([f"CREATE TABLE wide ({columns})", "INSERT INTO wide (c499) VALUES (7)"])
    execute([f"CREATE TABLE t{n} (id integer PRIMARY KEY, name varchar(10))" for n in range(count)])
    source = await open_connector(engine, config)
    started = time.monotonic()
    schema = await source.schema()
    assert time.monotonic() - started < 4
    assert len(schema.tables) == count + 1
    wide = schema.table("wide")
    assert wide is not None and len(wide.columns) == 500
    result = await source.run(
        safe("SELECT * FROM wide", source.capabilities.dialect, frozenset({"wide"})), Limits()
    )
    assert len(result.columns) == 500 and result.rows[0][499] == 7
    await source.close()


def _blank(engine: str, folder: Path, request: pytest.FixtureRequest) -> tuple[dict[str, Any], Any]:
    if engine in ("sqlite", "duckdb"):
        path = folder / f"blank.{engine}"
        connect: Any = sqlite3.connect if engine == "sqlite" else duckdb.connect

        def in_file(statements: list[str]) -> None:
            with contextlib.closing(connect(str(path))) as connection:
                for statement in ["BEGIN", *statements, "COMMIT"]:
                    connection.execute(statement)

        if engine == "sqlite":
            in_file(["CREATE TABLE gone (a)", "DROP TABLE gone"])
        else:
            in_file([])
        return {"path": str(path)}, in_file
    server: DatabaseServer = request.getfixturevalue(
        "postgres_server" if engine == "postgres" else "mariadb_server"
    )
    name = server.database()

    def on_server(statements: list[str]) -> None:
        with contextlib.ExitStack() as stack:
            opened: Any = postgres(server, name) if engine == "postgres" else mariadb(server, name)
            connection = stack.enter_context(opened)
            cursor: Any = stack.enter_context(connection.cursor())
            for statement in statements:
                cursor.execute(statement)

    return settings(server, name), on_server


async def test_a_long_stream_does_not_gather_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as made:
        made.execute(
            "CREATE TABLE t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT i, printf('%.500c', 'x') AS w FROM n"
        )
        made.commit()
    source = await SqliteConnector.open({"path": str(path)})
    before = most = resident()
    seen = 0
    statement = safe("SELECT * FROM t", "sqlite", frozenset({"t"}))
    async for batch in source.stream(statement, Limits(rows=10**9, bytes=10**12, seconds=60)):
        seen += len(batch.rows)
        most = max(most, resident())
    assert seen == 200_000
    assert most - before < 30_000_000, "of 100 MB of rows"
    await source.close()


@pytest.mark.parametrize("engine", ["duckdb", "postgres", "mysql"])
async def test_a_connection_that_dies_in_the_middle_of_a_stream(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The reader is told that trying again may help, and the next statement gets a new connection."""
    config, execute = _blank(engine, tmp_path, request)
    execute(
        [
            "CREATE TABLE n (i integer)",
            "INSERT INTO n VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)",
        ]
    )
    source = await open_connector(engine, config)
    crossed = ", ".join(f"n a{place}" for place in range(7))
    statement = safe(f"SELECT a0.i FROM {crossed}", source.capabilities.dialect, frozenset({"n"}))
    killed = False
    with pytest.raises(EngineUnavailable):
        async for batch in source.stream(statement, Limits(rows=10**8, bytes=10**9, seconds=20)):
            if batch.rows and not killed:
                _kill(engine, config, execute)
                killed = True
    assert await one(source, "SELECT count(*) FROM n", "n") == 10
    await source.close()


def _kill(engine: str, config: dict[str, Any], execute: Any) -> None:
    """End whatever of ours works for the source, from outside."""
    if engine == "postgres":
        execute(["SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"])  # fmt: skip
    elif engine == "mysql":
        execute([f"SELECT group_concat(id) INTO @id FROM information_schema.processlist WHERE db = '{config['database']}' AND id <> connection_id()", "EXECUTE IMMEDIATE concat('KILL ', @id)"])  # fmt: skip
    else:
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                child = b"connectors.duckdb_child" in (place / "cmdline").read_bytes()
                if child and (place / "stat").read_text().rpartition(")")[2].split()[1] == str(os.getpid()):
                    os.kill(int(place.name), signal.SIGKILL)
