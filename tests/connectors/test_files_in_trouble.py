"""Files that other programs hold, that are encoded otherwise, that are half there."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors.base import Connector, Limits
from connectors.errors import EngineUnavailable, QueryRejected, SourceInvalid
from connectors.registry import open_connector
from tests.connectors.harness import safe


async def value(source: Connector, sql: str, *tables: str) -> Any:
    statement = safe(sql, source.capabilities.dialect, frozenset(tables))
    return (await source.run(statement, Limits(seconds=5))).rows[0][0]


def sqlite_file(path: Path, *statements: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    return connection


async def test_a_sqlite_file_that_another_program_locked(tmp_path: Path) -> None:
    path = tmp_path / "till.sqlite"
    with contextlib.closing(sqlite_file(path, "CREATE TABLE t (v)", "INSERT INTO t VALUES (1)")) as other:
        source = await open_connector("sqlite", {"path": str(path)})
        other.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        with pytest.raises(EngineUnavailable, match="locked by another program"):
            await value(source, "SELECT v FROM t", "t")
        with pytest.raises(EngineUnavailable, match="locked by another program"):
            await open_connector("sqlite", {"path": str(path)})
        assert not (await source.test()).ok
        assert time.monotonic() - started < 20
        other.execute("ROLLBACK")
        assert await value(source, "SELECT v FROM t", "t") == 1
        await source.close()


async def test_a_sqlite_file_that_is_written_to_meanwhile(tmp_path: Path) -> None:
    """With a write-ahead log, readers see what was committed, and neither side waits."""
    path = tmp_path / "live.sqlite"
    begun = ("PRAGMA journal_mode = wal", "CREATE TABLE t (v)", "INSERT INTO t VALUES (1)")
    with contextlib.closing(sqlite_file(path, *begun)) as other:
        source = await open_connector("sqlite", {"path": str(path)})
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO t VALUES (2)")
        assert await value(source, "SELECT count(*) FROM t", "t") == 1
        other.execute("COMMIT")
        assert await value(source, "SELECT count(*) FROM t", "t") == 2
        other.execute("CREATE TABLE later (v)")
        other.execute("INSERT INTO later VALUES (7)")
        assert (await source.schema()).table("later") is not None
        assert await value(source, "SELECT v FROM later", "later") == 7
        await source.close()


async def test_text_that_is_no_utf8_and_a_file_in_utf16(tmp_path: Path) -> None:
    wide, odd = tmp_path / "wide.sqlite", tmp_path / "odd.sqlite"
    sqlite_file(
        wide, "PRAGMA encoding = 'UTF-16le'", "CREATE TABLE \"straße\" (größe TEXT)", "INSERT INTO \"straße\" VALUES ('Łódź 山')"
    ).close()  # fmt: skip
    sqlite_file(
        odd, "CREATE TABLE t (name TEXT)", "INSERT INTO t VALUES (CAST(x'4dfc6c6c6572' AS TEXT))"
    ).close()
    source = await open_connector("sqlite", {"path": str(wide)})
    assert await value(source, 'SELECT größe FROM "straße"', "straße") == "Łódź 山"
    await source.close()
    source = await open_connector("sqlite", {"path": str(odd)})
    assert await value(source, "SELECT name FROM t", "t") == "M\ufffdller"
    await source.close()


async def test_a_sqlite_file_damaged_in_the_middle(tmp_path: Path) -> None:
    """The first pages are well, so the file opens; what reads on must be told, not given half an answer."""
    path = tmp_path / "torn.sqlite"
    with contextlib.closing(sqlite_file(path, "CREATE TABLE t (v TEXT)", "BEGIN")) as made:
        made.executemany("INSERT INTO t VALUES (?)", [("x" * 300,) for _ in range(3_000)])
        made.execute("COMMIT")
    with path.open("r+b") as file:
        file.seek(20 * 4096)
        file.write(b"\xff" * 4096 * 20)
    source = await open_connector("sqlite", {"path": str(path)})
    with pytest.raises((QueryRejected, SourceInvalid), match=r"damaged|malformed"):
        await value(source, "SELECT sum(length(v)) FROM t", "t")
    await source.close()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """Another process that holds a DuckDB file open for writing."""
    path = tmp_path / "held.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute("CREATE TABLE t AS SELECT 5 AS v")
    program = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None and process.stdin is not None
    process.stdout.readline()
    with process:
        yield path, process
        process.kill()


async def test_a_duckdb_file_that_another_process_writes(
    writer: tuple[Path, subprocess.Popen[bytes]],
) -> None:
    path, process = writer
    with pytest.raises(EngineUnavailable, match="another program") as caught:
        await open_connector("duckdb", {"path": str(path)})
    assert str(path.parent) not in str(caught.value), "no path of the server"
    assert process.stdin is not None
    process.stdin.close()
    process.wait(20)
    source = await open_connector("duckdb", {"path": str(path)})
    assert await value(source, "SELECT v FROM t", "t") == 5
    await source.close()


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
async def test_a_view_over_something_that_is_gone(engine: str, tmp_path: Path) -> None:
    """It must not hide the other tables, and asking it says what is wrong."""
    path = tmp_path / f"views.{engine}"
    connect: Any = sqlite3.connect if engine == "sqlite" else duckdb.connect
    with contextlib.closing(connect(str(path))) as made:
        for statement in ("CREATE TABLE t (v integer)", "CREATE TABLE gone (w integer)", "CREATE VIEW good AS SELECT v FROM t",
                          "CREATE VIEW broken AS SELECT w FROM gone", "DROP TABLE gone"):  # fmt: skip
            made.execute(statement)
        made.commit()
    source = await open_connector(engine, {"path": str(path)})
    names = {table.name for table in (await source.schema()).tables}
    assert {"t", "good"} <= names
    assert (await source.test()).ok
    with pytest.raises(QueryRejected, match="gone"):
        await value(source, "SELECT w FROM broken", "broken")
    await source.close()


async def test_folders_of_parquet_files(tmp_path: Path) -> None:
    """A file is a table, a folder inside is one too, split by a column or not; a file cut short stops none of them."""
    lake = tmp_path / "lake"
    with duckdb.connect() as made:
        for place, size in (
            ("orders", 10),
            ("trips/year=2023/a", 20),
            ("trips/year=2024/b", 30),
            ("stops/a", 1),
            ("stops/b", 2),
        ):
            (lake / place).parent.mkdir(parents=True, exist_ok=True)
            made.execute(
                f"COPY (SELECT range AS id, 'x' AS t FROM range({size})) TO '{lake}/{place}.parquet'"
            )
    whole = (lake / "orders.parquet").read_bytes()
    (lake / "torn.parquet").write_bytes(whole[: len(whole) // 2])
    source = await open_connector("duckdb", {"path": str(lake)})
    tables = {table.name for table in (await source.schema()).tables}
    assert tables == {"orders", "trips", "stops"}
    assert await value(source, "SELECT count(*) FROM trips WHERE year = 2024", "trips") == 30
    assert await value(source, "SELECT count(*) FROM stops", "stops") == 3
    (lake / "stops" / "b.parquet").unlink()
    await source.schema()
    assert await value(source, "SELECT count(*) FROM stops", "stops") == 1
    await source.close()
    split = await open_connector("duckdb", {"path": str(lake / "trips")})
    assert await value(split, "SELECT count(DISTINCT year) FROM trips", "trips") == 2
    await split.close()
