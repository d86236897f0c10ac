"""SQLite files, opened read-only behind an authorizer."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote

from connectors import sqlite_schema
from connectors.base import (
    Capabilities,
    CostEstimate,
    Limits,
    ProbeReport,
    ProbeStep,
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
    SourceInvalid,
    SourceMissing,
)  # fmt: skip
from connectors.limits import Meter, collect
from connectors.threads import run_blocking

Result = TypeVar("Result")
POOL = 4
STEPS_BETWEEN_CHECKS = 1000
"""Virtual machine steps between two looks at the clock (sqlite3_progress_handler)."""
ENGINE_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 10_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 2_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 250_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 64,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
DENIED_FUNCTIONS = frozenset(
    {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "zeroblob", "randomblob"}
)


def _authorize(
    action: int, first: str | None, second: str | None, database: str | None, inner: str | None
) -> int:
    """Reading is allowed and nothing else, whatever the statement says."""
    if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ:
        return sqlite3.SQLITE_DENY if (first or "").lower().startswith("sqlite_") else sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_DENY if (second or "").lower() in DENIED_FUNCTIONS else sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first == "data_version":
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


@dataclass
class _Session:
    """One connection and the time at which its statement must end."""

    connection: sqlite3.Connection
    deadline: float = float("inf")

    def overdue(self) -> int:
        return int(time.monotonic() > self.deadline)


class SqliteConnector:
    """One SQLite file."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        engine="SQLite",
        dialect="sqlite",
        read_only_enforced=True,
        can_cancel=True,
        can_explain=True,
        lists_read_tables=True,
    )

    def __init__(self, path: Path) -> None:
        self._path = path.expanduser()
        self._idle: list[_Session] = []
        self._closed = False

    @classmethod
    async def open(cls, config: dict[str, Any]) -> SqliteConnector:
        """`config`: {"path": file}."""
        connector = cls(Path(text_setting(config, "path")))
        session = await asyncio.to_thread(connector._take)
        connector._give_back(session)
        return connector

    def _connect(self) -> sqlite3.Connection:
        if not self._path.is_file():
            raise SourceMissing(f"There is no file {self._path.name} at that place. Check the path.")
        try:
            connection = sqlite3.connect(
                f"file:{quote(str(self._path.resolve()))}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            for setting in ("query_only=on", "trusted_schema=off", "cell_size_check=on", "mmap_size=0"):
                connection.execute(f"PRAGMA {setting}")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.DatabaseError as error:
            raise _source_error(error, self._path.name) from error
        return connection

    def _take(self) -> _Session:
        """A connection ready for a statement; its virtual tables are opened before the authorizer closes the door."""
        if self._closed:
            raise EngineUnavailable("The source has been closed.")
        with contextlib.suppress(IndexError):
            return self._idle.pop()
        session = _Session(self._connect())
        for warm_up in sqlite_schema.virtual_table_probes(session.connection):
            with contextlib.suppress(sqlite3.Error):
                session.connection.execute(warm_up).fetchall()
        for limit, size in ENGINE_LIMITS.items():
            session.connection.setlimit(limit, size)
        session.connection.set_authorizer(_authorize)
        session.connection.set_progress_handler(session.overdue, STEPS_BETWEEN_CHECKS)
        return session

    def _give_back(self, session: _Session) -> None:
        session.deadline = float("inf")
        if self._closed or len(self._idle) >= POOL:
            session.connection.close()
        else:
            self._idle.append(session)

    async def test(self) -> ProbeReport:
        steps = [ProbeStep("reach", True, self._path.name)]
        try:
            tables = (await self.schema()).tables
        except ConnectorError as error:
            return ProbeReport(
                (*steps, ProbeStep("list tables", False, str(error), "Choose a file that SQLite can open."))
            )
        steps.append(ProbeStep("read only", True, "opened read-only"))
        hint = "" if tables else "The file is a database without tables."
        return ProbeReport(
            (*steps, ProbeStep("list tables", bool(tables), f"{len(tables)} tables and views", hint))
        )

    async def schema(self) -> Schema:
        def read() -> Schema:
            connection = self._connect()
            try:
                return sqlite_schema.read(connection)
            except sqlite3.Error as error:
                raise _source_error(error, self._path.name) from error
            finally:
                connection.close()

        return await asyncio.to_thread(read)

    async def stream(self, sql: SafeSql, limits: Limits) -> AsyncIterator[RowBatch]:
        session = await asyncio.to_thread(self._take)
        session.deadline = time.monotonic() + limits.seconds
        meter = Meter(limits)
        healthy = False
        try:
            cursor = await self._within(session, lambda: session.connection.execute(sql.text), limits)
            columns: tuple[ResultColumn, ...] | None = None
            while True:
                raw = await self._within(session, lambda: cursor.fetchmany(meter.wanted), limits)
                columns = columns or _columns(cursor, raw)
                rows = meter.take(raw)
                if not raw or meter.cut_by:
                    break
                yield RowBatch(columns, rows)
            healthy = True
            cursor.close()
            yield RowBatch(columns, rows, meter.cut_by)
        finally:
            if healthy:
                self._give_back(session)
            else:
                session.connection.close()

    async def _within(self, session: _Session, step: Callable[[], Result], limits: Limits) -> Result:
        def call() -> Result:
            try:
                return step()
            except (sqlite3.Error, sqlite3.Warning, MemoryError) as error:
                raise _query_error(error, session.overdue() == 1, limits.seconds) from error

        left = max(session.deadline - time.monotonic(), 0.0)
        return await run_blocking(call, cancel=session.connection.interrupt, seconds=left + 1.0)

    async def run(self, sql: SafeSql, limits: Limits) -> QueryResult:
        return await collect(self.stream(sql, limits))

    async def explain(self, sql: SafeSql, seconds: float = 5.0) -> CostEstimate:
        """SQLite foretells no numbers, only its way through the tables."""
        connection = await asyncio.to_thread(self._connect)
        try:
            rows = await asyncio.wait_for(
                asyncio.to_thread(lambda: connection.execute(f"EXPLAIN QUERY PLAN {sql.text}").fetchall()),
                seconds,
            )
        except sqlite3.Error as error:
            raise _query_error(error, False, seconds) from error
        finally:
            connection.close()
        return CostEstimate(text="\n".join(str(row[3]) for row in rows))

    async def tables_read(self, sql: SafeSql, seconds: float = 5.0) -> frozenset[str]:
        read: set[str] = set()

        def note(
            action: int, first: str | None, second: str | None, database: str | None, inner: str | None
        ) -> int:
            if action == sqlite3.SQLITE_READ and first:
                read.add(first.lower())
            return _authorize(action, first, second, database, inner)

        connection = await asyncio.to_thread(self._connect)
        try:
            connection.set_authorizer(note)
            await asyncio.to_thread(lambda: connection.execute(f"EXPLAIN {sql.text}").close())
        except sqlite3.Error as error:
            raise _query_error(error, False, seconds) from error
        finally:
            connection.close()
        return frozenset(read)

    async def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().connection.close()


def _columns(cursor: sqlite3.Cursor, rows: list[tuple[object, ...]]) -> tuple[ResultColumn, ...]:
    """SQLite types values, not columns: a column's family is that of its first values."""
    found = []
    for place, described in enumerate(cursor.description or ()):
        kinds = {type(row[place]) for row in rows if row[place] is not None}
        family = TypeFamily.other
        if kinds == {int}:
            family = TypeFamily.integer
        elif kinds and kinds <= {int, float}:
            family = TypeFamily.decimal
        elif kinds == {bytes}:
            family = TypeFamily.binary
        elif str in kinds:
            family = TypeFamily.text
        found.append(ResultColumn(described[0], family.value, family))
    return tuple(found)


def _source_error(error: sqlite3.Error, name: str) -> ConnectorError:
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return SourceInvalid(f"{name} is not a SQLite database, or it is damaged.")
    if "unable to open" in text or "readonly" in text:
        return SourceMissing(
            f"{name} cannot be opened. Check that the server may read the file and its folder."
        )
    if "locked" in text or "busy" in text:
        return EngineUnavailable(f"{name} is locked by another program. Try again in a moment.")
    return SourceInvalid(f"{name} cannot be used: {text}")


def _query_error(error: Exception, overdue: bool, seconds: float) -> ConnectorError:
    text = str(error)
    if "interrupted" in text:
        if overdue:
            return QueryTimedOut(
                f"The query was stopped after {seconds:g} seconds. Narrow it or raise the limit."
            )
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
