"""What a connector costs above its bare driver: rows a second, one small statement, the schema of a thousand tables.

usage: python -m tests.benchmarks.connectors [--rows 200000] [--tables 1000] [--json]

The bare driver only fetches; the connector also checks that the session reads only, keeps limits, and turns every
cell into JSON. Each figure is the best of three, on servers of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pymysql
from pymysql.cursors import SSCursor

from connectors.base import Connector, Limits
from connectors.registry import open_connector
from tests import servers
from tests.connectors.harness import safe

FETCH = 500
SMALL_STATEMENTS = 200
STREAMED = "SELECT id, name, amount, made, active, note FROM numbers"
TABLE = "CREATE TABLE numbers (id integer, name varchar(40), amount decimal(10, 2), made timestamp, active boolean, note varchar(80))"


@dataclass
class Bench:
    """One engine: its bare driver and its connector on the same data."""

    engine: str
    config: dict[str, Any]
    connect: Callable[[], Any]
    cursor: Callable[[Any], Any]
    """A cursor that streams."""


@contextlib.contextmanager
def engines(folder: Path) -> Iterator[list[Bench]]:
    lite, duck = str(folder / "bench.sqlite"), str(folder / "bench.duckdb")
    with servers.postgres() as pg, servers.mariadb() as my:
        post, maria = pg.database(), my.database()
        access = {"host": pg.host, "port": pg.port, "user": pg.user, "password": pg.password}
        other = {"host": my.host, "port": my.port, "user": my.user, "password": my.password}
        yield [
            Bench("sqlite", {"path": lite}, lambda: sqlite3.connect(lite, isolation_level=None), lambda c: c.cursor()),
            Bench("duckdb", {"path": duck}, lambda: duckdb.connect(duck), lambda c: c.cursor()),
            Bench(
                "postgres", {**access, "database": post},
                lambda: psycopg.connect(**access, dbname=post, autocommit=True),  # type: ignore[arg-type]
                lambda c: c.cursor("bench", withhold=True),
            ),
            Bench(
                "mysql", {**other, "database": maria},
                lambda: pymysql.connect(**other, database=maria, autocommit=True, charset="utf8mb4"),  # type: ignore[call-overload]
                lambda c: c.cursor(SSCursor),
            ),
        ]  # fmt: skip


def fill(bench: Bench, rows: int, tables: int) -> None:
    connection = bench.connect()
    cursor = connection.cursor()
    cursor.execute(TABLE)
    mark = "%s" if bench.engine in ("postgres", "mysql") else "?"
    values = [
        (n, f"name {n}", f"{n % 977}.25", f"2024-01-{n % 28 + 1:02d} 10:11:12", n % 2 == 0, f"a note about {n % 50}")
        for n in range(1000)
    ]  # fmt: skip
    cursor.executemany(f"INSERT INTO numbers VALUES ({', '.join([mark] * 6)})", values)
    copies = f"SELECT n.* FROM numbers n, (SELECT id FROM numbers WHERE id < {rows // 1000 - 1}) m"
    cursor.execute(f"INSERT INTO numbers {copies}")
    for number in range(tables):
        cursor.execute(
            f"CREATE TABLE t{number} (id integer PRIMARY KEY, name varchar(20), amount decimal(10, 2), made timestamp NULL, t_id integer)"
        )
    connection.close()


def bare_stream(bench: Bench) -> int:
    connection = bench.connect()
    cursor = bench.cursor(connection)
    cursor.execute(STREAMED)
    count = 0
    while batch := cursor.fetchmany(FETCH):
        count += len(batch)
    connection.close()
    return count


async def stream(source: Connector, rows: int) -> int:
    statement = safe(STREAMED, source.capabilities.dialect, frozenset({"numbers"}))
    count = 0
    async for batch in source.stream(statement, Limits(rows=rows * 2, bytes=10**10, seconds=600)):
        count += len(batch.rows)
    return count


async def best(work: Callable[[], Awaitable[object]], rounds: int = 3) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        await work()
        times.append(time.perf_counter() - began)
    return min(times)


async def measure(bench: Bench, rows: int, tables: int) -> dict[str, float]:
    await asyncio.to_thread(fill, bench, rows, tables)
    count = await asyncio.to_thread(bare_stream, bench)
    bare = await best(lambda: asyncio.to_thread(bare_stream, bench))
    source = await open_connector(bench.engine, bench.config)
    assert await stream(source, rows) == count
    ours = await best(lambda: stream(source, rows))

    def small_bare() -> None:
        connection = bench.connect()
        cursor = connection.cursor()
        for number in range(SMALL_STATEMENTS):
            cursor.execute(f"SELECT {number}")
            cursor.fetchall()
        connection.close()

    async def small() -> None:
        for number in range(SMALL_STATEMENTS):
            await source.run(safe(f"SELECT {number}", source.capabilities.dialect), Limits())

    ours_small = await best(small) / SMALL_STATEMENTS
    schema = await best(source.schema)
    await source.close()
    bare_small = await best(lambda: asyncio.to_thread(small_bare)) / SMALL_STATEMENTS
    return {
        "rows_per_second_bare": round(count / bare), "rows_per_second": round(count / ours), "stream_ratio": round(ours / bare, 2),
        "statement_ms_bare": round(bare_small * 1000, 3), "statement_ms": round(ours_small * 1000, 3),
        "schema_seconds": round(schema, 3),
    }  # fmt: skip


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--tables", type=int, default=1_000)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder, engines(Path(folder)) as benches:
        for bench in benches:
            found[bench.engine] = await measure(bench, wanted.rows, wanted.tables)
    if wanted.json:
        print(json.dumps(found, indent=2))
        return 0
    for engine, figures in found.items():
        print(
            f"{engine:9} {figures['rows_per_second']:>9,.0f} rows/s ({figures['stream_ratio']:.1f} × the bare driver's time), "
            f"{figures['statement_ms']:.2f} ms a small statement (bare {figures['statement_ms_bare']:.2f}), "
            f"{figures['schema_seconds']:.2f} s for {wanted.tables + 1:,} tables"
        )
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
