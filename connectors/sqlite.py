"""SQLite files, opened read-only behind an authorizer."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from connectors import sqlite_schema
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
    TypeFamily,
)  # fmt: skip
from connectors.config import text_setting
from connectors.errors import (
    ConnectorError,
    EngineUnavailable,
    FailureKind,
    QueryCancelled,
    QueryRejected,
    QueryTimedOut,
)  # fmt: skip
from connectors.limits import Meter, collect, timed_out
from connectors.pool import Pool
from connectors.probing import probe_file
from connectors.sqlite_session import SqliteSession, connect, source_error
from connectors.threads import run_blocking

Result = TypeVar("Result")
SCHEMA_SECONDS = 60.0
PROTECTION = "opened read-only, other files are out of reach"


class SqliteConnector:
    """One SQLite file."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        engine="SQLite", dialect="sqlite", read_only_enforced=True, can_cancel=True, can_explain=True,
        lists_read_tables=True, default_schema="main",
    )  # fmt: skip

    def __init__(self, path: Path) -> None:
        self._path = path.expanduser()
        self._pool: Pool[SqliteSession] = Pool(self._connect)

    @classmethod
    async def open(cls, config: dict[str, Any]) -> SqliteConnector:
        """`config`: {"path": file}."""
        connector = cls(Path(text_setting(config, "path")))
        async with connector._pool.session():
            return connector

    async def _connect(self) -> SqliteSession:
        return await run_blocking(lambda: SqliteSession(self._path))

    async def test(self) -> ProbeReport:
        return await probe_file(self._path.name, PROTECTION, self.schema, "SQLite")

    async def schema(self) -> Schema:
        connection = await run_blocking(lambda: connect(self._path))

        def read() -> Schema:
            try:
                return sqlite_schema.read(connection)
            except sqlite3.Error as error:
                raise source_error(error, self._path.name) from error

        try:
            found = await run_blocking(
                read, cancel=connection.interrupt, deadline=time.monotonic() + SCHEMA_SECONDS
            )
        finally:
            connection.close()
        return replace(found, home=self.capabilities.home)

    async def stream(self, sql: SafeSql, limits: Limits) -> AsyncIterator[RowBatch]:
        """Each batch carries the families of the values seen so far: SQLite types values, not columns."""
        meter = Meter(limits)
        async with self._pool.session() as session:
            session.deadline = time.monotonic() + limits.seconds
            cursor = await _within(session, lambda: session.execute(sql.text, sql.tables), limits.seconds)
            names = [described[0] for described in cursor.description or ()]
            families: list[TypeFamily | None] = [None] * len(names)
            while True:
                raw = await _within(session, lambda: cursor.fetchmany(meter.wanted), limits.seconds)
                rows = meter.take(raw)
                families = [
                    sqlite_schema.widened(family, place, raw) for place, family in enumerate(families)
                ]
                columns = tuple(
                    ResultColumn(name, (family or TypeFamily.other).value, family or TypeFamily.other)
                    for name, family in zip(names, families, strict=True)
                )
                if not raw or meter.cut_by:
                    yield RowBatch(columns, rows, meter.cut_by)
                    return
                yield RowBatch(columns, rows)

    async def run(self, sql: SafeSql, limits: Limits) -> QueryResult:
        return await collect(self.stream(sql, limits))

    async def explain(self, sql: SafeSql, seconds: float = 5.0) -> CostEstimate:
        """SQLite foretells no numbers, only its way through the tables."""
        async with self._pool.session() as session:
            session.deadline = time.monotonic() + seconds

            def ask() -> list[tuple[Any, ...]]:
                session.permit(sql.text, sql.tables)
                return session.connection.execute(f"EXPLAIN QUERY PLAN {sql.text}").fetchall()

            rows = await _within(session, ask, seconds)
        return CostEstimate(text="\n".join(str(row[3]) for row in rows))

    async def tables_read(self, sql: SafeSql, seconds: float = 5.0) -> frozenset[str]:
        async with self._pool.session() as session:
            session.deadline = time.monotonic() + seconds
            return await _within(session, lambda: session.base_tables(sql.text), seconds)

    async def close(self) -> None:
        await self._pool.close()


async def _within(session: SqliteSession, step: Callable[[], Result], seconds: float) -> Result:
    """`step` in a thread, until the session's deadline; `seconds` is what the person is told."""

    def call() -> Result:
        try:
            return step()
        except (sqlite3.Error, sqlite3.Warning, MemoryError) as error:
            raise _query_error(error, session.overdue(), seconds) from error

    try:
        return await run_blocking(
            call, cancel=session.connection.interrupt, deadline=session.deadline, give_up=session.give_up
        )
    except QueryTimedOut as error:
        raise timed_out(seconds) from error


def _query_error(error: Exception, overdue: bool, seconds: float) -> ConnectorError:
    text = str(error)
    if "interrupted" in text:
        if overdue:
            return timed_out(seconds)
        return QueryCancelled("The query was stopped.")
    if isinstance(error, MemoryError) or "too big" in text or "too many" in text or "too large" in text:
        return QueryRejected(
            f"SQLite's limits refused it: {text or 'out of memory'}", kind=FailureKind.resource
        )
    if any(sign in text for sign in ("not authorized", "prohibited", "readonly")):
        return QueryRejected("SQLite refused it: only reading is allowed.", kind=FailureKind.permission)
    if any(
        sign in text
        for sign in ("no such", "ambiguous", "misuse of", "wrong number of arguments", "has no column")
    ):
        return QueryRejected(text, kind=FailureKind.schema)
    if "syntax error" in text or "incomplete input" in text or "unrecognized token" in text:
        return QueryRejected(text, kind=FailureKind.syntax)
    if "locked" in text or "busy" in text:
        return EngineUnavailable("The file is locked by another program. Try again in a moment.")
    return QueryRejected(text, kind=FailureKind.data)
