"""DuckDB: a .duckdb file, or CSV, Parquet, JSON and Excel files that are first loaded into one.

Every statement runs in a child process that can be killed, because neither DuckDB's memory limit
nor its interruption reaches into a single scalar function.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors import duckdb_schema
from connectors.base import (
    Capabilities,
    CostEstimate,
    Limits,
    ProbeReport,
    QueryResult,
    ResultColumn,
    RowBatch,
    SafeSql,
    Schema,
)  # fmt: skip
from connectors.config import text_setting
from connectors.duckdb_errors import query_error, source_error
from connectors.errors import ConnectorError, EngineUnavailable, QueryTimedOut, SourceMissing
from connectors.files import is_database, landed
from connectors.limits import Meter, collect, timed_out
from connectors.pool import Pool, finish
from connectors.probing import probe_file
from connectors.worker import START_SECONDS, Worker, WorkerDied

CHILD = "connectors.duckdb_child"
SCHEMA_SECONDS = 60.0
PROTECTION = "opened read-only, no access to other files or the network"


class _Child:
    """A pool session: one child process with the file open."""

    def __init__(self, worker: Worker, path: Path, identity: tuple[int, ...], catalog: str) -> None:
        self.worker = worker
        self.catalog = catalog
        self._path = path
        self._identity = identity

    @classmethod
    async def open(cls, path: Path) -> _Child:
        identity = _identity(path)
        if not identity:
            raise SourceMissing(f"There is no file {path.name} at that place. Check the path.")
        worker = await Worker.start(CHILD)
        try:
            answer = await worker.ask({"op": "open", "path": str(path)}, START_SECONDS)
        except BaseException:
            await finish(worker.close())
            raise
        if "error" in answer:
            await worker.close()
            raise source_error(answer, path.name)
        return cls(worker, path, identity, answer["catalog"])

    async def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Raises what the child's error means."""
        answer = await self.worker.ask(request, max(seconds, 0.0))
        if "error" in answer:
            raise query_error(answer)
        return answer

    async def alive(self) -> bool:
        return self.worker.usable and _identity(self._path) == self._identity

    async def reset(self) -> bool:
        if not self.worker.usable:
            return False
        try:
            answer = await self.worker.ask({"op": "rest"}, 2.0)
        except ConnectorError:
            return False
        return self.worker.usable and bool(answer.get("clean"))

    async def close(self) -> None:
        await self.worker.close()


def _identity(path: Path) -> tuple[int, ...]:
    """Which file lies at the path; empty when none does. A replaced file must be opened anew."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)


CAPABILITIES = Capabilities(
    engine="DuckDB", dialect="duckdb", read_only_enforced=True, can_cancel=True, can_explain=True,
    lists_read_tables=True, default_schema="main",
)  # fmt: skip


class DuckDbConnector:
    """One DuckDB file, or a set of data files loaded into one."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.capabilities = CAPABILITIES
        self._path = Path(target).expanduser().absolute()
        self._pool: Pool[_Child] = Pool(self._connect)

    @classmethod
    async def open(cls, config: dict[str, Any]) -> DuckDbConnector:
        """`config`: {"path": a .duckdb file, a data file, a folder of them, or a glob pattern}."""
        connector = cls(text_setting(config, "path"))
        await connector._load()
        async with connector._pool.session():
            return connector

    async def _load(self) -> None:
        """Load data files that were added or changed since they were last read."""
        if not is_database(self._target):
            self._path = await landed(self._target)

    async def _connect(self) -> _Child:
        child = await _Child.open(self._path)
        self.capabilities = replace(CAPABILITIES, catalog=child.catalog)
        return child

    async def test(self) -> ProbeReport:
        return await probe_file(Path(self._target).name, PROTECTION, self.schema, "DuckDB")

    async def schema(self) -> Schema:
        await self._load()
        deadline = time.monotonic() + SCHEMA_SECONDS
        async with self._pool.session() as child:

            async def rows(query: str) -> list[list[Any]]:
                await child.ask({"op": "execute", "sql": query}, deadline - time.monotonic())
                found: list[list[Any]] = []
                while True:
                    left = deadline - time.monotonic()
                    batch = (await child.ask({"op": "fetch", "rows": 10_000}, left))["rows"]
                    if not batch:
                        return found
                    found.extend(batch)

            found = await duckdb_schema.read(rows)
        return replace(found, home=self.capabilities.home)

    async def stream(self, sql: SafeSql, limits: Limits) -> AsyncIterator[RowBatch]:
        deadline = time.monotonic() + limits.seconds
        meter = Meter(limits)
        request = {"op": "execute", "sql": sql.text, "cell_bytes": limits.cell_bytes}
        async with self._pool.session() as child:
            described = await self._answer(child, request, deadline, limits)
            columns = tuple(
                ResultColumn(name, declared, duckdb_schema.family_of(declared))
                for name, declared in described["columns"]
            )
            while True:
                fetch = {"op": "fetch", "rows": meter.wanted}
                raw = (await self._answer(child, fetch, deadline, limits))["rows"]
                rows = meter.take(raw)
                if not raw or meter.cut_by:
                    yield RowBatch(columns, rows, meter.cut_by)
                    return
                yield RowBatch(columns, rows)

    async def _answer(
        self, child: _Child, request: dict[str, Any], deadline: float, limits: Limits
    ) -> dict[str, Any]:
        try:
            return await child.ask(request, deadline - time.monotonic())
        except QueryTimedOut as error:
            raise timed_out(limits.seconds) from error
        except WorkerDied as error:
            raise EngineUnavailable(
                "DuckDB's process ended while it worked on the query, most likely for want of memory. Narrow the query."
            ) from error

    async def run(self, sql: SafeSql, limits: Limits) -> QueryResult:
        return await collect(self.stream(sql, limits))

    async def explain(self, sql: SafeSql, seconds: float = 5.0) -> CostEstimate:
        deadline = time.monotonic() + seconds
        async with self._pool.session() as child:
            await child.ask({"op": "execute", "sql": f"EXPLAIN (FORMAT JSON) {sql.text}"}, seconds)
            answer = await child.ask({"op": "fetch", "rows": 10}, deadline - time.monotonic())
        return duckdb_schema.estimate(answer["rows"])

    async def tables_read(self, sql: SafeSql, seconds: float = 5.0) -> frozenset[str]:
        async with self._pool.session() as child:
            answer = await child.ask({"op": "tables", "sql": sql.text}, seconds)
        return frozenset(map(duckdb_schema.table_name, answer["tables"]))

    async def close(self) -> None:
        await self._pool.close()
