"""MySQL and MariaDB through PyMySQL in threads: read-only sessions, streamed rows, KILL QUERY to stop."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, ClassVar, TypeVar

import pymysql
from pymysql.connections import Connection
from pymysql.constants import CLIENT
from pymysql.cursors import Cursor, SSCursor

from connectors import mysql_schema
from connectors.base import (
    Capabilities,
    CostEstimate,
    Limits,
    ProbeReport,
    ProbeStep,
    QueryResult,
    RowBatch,
    SafeSql,
    Schema,
)
from connectors.config import number_setting, text_setting
from connectors.errors import (
    ConnectorError,
    EngineUnavailable,
    FailureKind,
    QueryCancelled,
    QueryRejected,
    QueryTimedOut,
    SignInRefused,
    SourceInvalid,
    SourceMissing,
    UnsupportedByEngine,
)  # fmt: skip
from connectors.limits import Meter, collect
from connectors.threads import run_blocking

Result = TypeVar("Result")
Session = Connection[Cursor]
POOL = 4
CONNECT_SECONDS = 8
ENCRYPTION = ("prefer", "verify-full", "disable")
GRACE = 1.0
COMMON_SETTINGS = (
    "SET SESSION TRANSACTION READ ONLY",
    "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
    "SET SESSION lock_wait_timeout = 1",
    "SET SESSION max_join_size = 1000000000000",
    "SET SESSION sql_big_selects = 0",
)


class MySqlConnector:
    """One MySQL or MariaDB database."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        engine="MySQL",
        dialect="mysql",
        read_only_enforced=True,
        can_cancel=True,
        can_explain=True,
        lists_read_tables=False,
    )

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._idle: list[Session] = []
        self._closed = False

    @classmethod
    async def open(cls, config: dict[str, Any]) -> MySqlConnector:
        """`config`: host, port, database, user, password, encryption."""
        encryption = text_setting(config, "encryption", "prefer")
        if encryption not in ENCRYPTION:
            raise SourceInvalid(f"The setting “encryption” must be one of: {', '.join(ENCRYPTION)}.")
        host = text_setting(config, "host")
        if host.startswith(("/", "@")) or " " in host:
            raise SourceInvalid("The host must be a name or an address.")
        settings: dict[str, Any] = {
            "host": host,
            "port": number_setting(config, "port", 3306, 1, 65535),
            "database": text_setting(config, "database"),
            "user": text_setting(config, "user"),
            "password": text_setting(config, "password", ""),
        }
        if encryption == "verify-full":
            settings["ssl"] = ssl.create_default_context()
        elif encryption == "disable":
            settings["ssl_disabled"] = True
        connector = cls(settings)
        connector._idle.append(await asyncio.to_thread(connector._connect))
        return connector

    def _connect(self) -> Session:
        try:
            connection: Session = pymysql.connect(
                **self._settings, connect_timeout=CONNECT_SECONDS, local_infile=False, autocommit=True, charset="utf8mb4",
                client_flag=CLIENT.FOUND_ROWS & ~CLIENT.MULTI_STATEMENTS, read_default_file=None,
            )  # fmt: skip
            self._prepare(connection)
        except pymysql.Error as error:
            raise _connect_error(error, self._settings) from error
        return connection

    def _prepare(self, connection: Session) -> None:
        with connection.cursor() as cursor:
            for setting in COMMON_SETTINGS:
                cursor.execute(setting)

    def _take(self) -> Session:
        if self._closed:
            raise EngineUnavailable("The source has been closed.")
        while self._idle:
            connection = self._idle.pop()
            with contextlib.suppress(pymysql.Error, OSError):
                connection.ping(reconnect=False)
                return connection
        return self._connect()

    def _give_back(self, connection: Session, clean: bool) -> None:
        """GET_LOCK and session variables outlive a rollback, so only sessions that ran to the end are kept."""
        if clean and not self._closed and len(self._idle) < POOL:
            with contextlib.suppress(pymysql.Error, OSError):
                connection.rollback()
                with connection.cursor() as cursor:
                    cursor.execute("SELECT RELEASE_ALL_LOCKS()")
                self._prepare(connection)
                self._idle.append(connection)
                return
        with contextlib.suppress(pymysql.Error, OSError):
            connection.close()

    def _kill(self, thread: int) -> None:
        """KILL QUERY ends the statement and leaves the session (manual, KILL Statement)."""
        with contextlib.suppress(pymysql.Error, OSError, ConnectorError):
            helper = self._connect()
            try:
                with helper.cursor() as cursor:
                    cursor.execute(f"KILL QUERY {int(thread)}")
            finally:
                helper.close()

    async def _within(
        self, connection: Session, seconds: float, limit: float, step: Callable[[], Result]
    ) -> Result:
        def call() -> Result:
            try:
                return step()
            except (pymysql.Error, OSError, ValueError) as error:
                raise _query_error(error, limit) from error

        thread: int = connection.thread_id()  # type: ignore[no-untyped-call]
        return await run_blocking(call, cancel=lambda: self._kill(thread), seconds=max(seconds, 0.05))

    async def test(self) -> ProbeReport:
        steps = [
            ProbeStep("reach", True, f"{self._settings['host']}:{self._settings['port']}"),
            ProbeStep("sign in", True),
        ]
        try:
            tables = (await self.schema()).tables
        except ConnectorError as error:
            return ProbeReport((*steps, ProbeStep("list tables", False, str(error))))
        steps.append(ProbeStep("read only", True, "read-only transactions"))
        hint = "" if tables else "The account may read no table. Grant it SELECT on the tables."
        return ProbeReport(
            (*steps, ProbeStep("list tables", bool(tables), f"{len(tables)} tables and views", hint))
        )

    async def schema(self) -> Schema:
        connection = await asyncio.to_thread(self._take)
        clean = False
        try:
            found = await self._within(
                connection, 60, 60, lambda: mysql_schema.read(connection, self._settings["database"])
            )
            clean = True
            return found
        finally:
            await asyncio.to_thread(self._give_back, connection, clean)

    async def stream(self, sql: SafeSql, limits: Limits) -> AsyncIterator[RowBatch]:
        connection = await asyncio.to_thread(self._take)
        deadline = time.monotonic() + limits.seconds
        meter = Meter(limits)
        clean = False
        cursor = SSCursor(connection)

        def begin() -> None:
            with connection.cursor() as control:
                for statement in mysql_schema.time_limit(connection, limits.seconds):
                    control.execute(statement)
                control.execute("START TRANSACTION READ ONLY")
            cursor.execute(sql.text)

        try:
            await self._within(connection, limits.seconds + GRACE, limits.seconds, begin)
            columns = mysql_schema.result_columns(cursor)
            while True:
                left = deadline - time.monotonic() + GRACE
                raw = await self._within(
                    connection, left, limits.seconds, lambda: cursor.fetchmany(meter.wanted)
                )
                rows = meter.take(raw)
                if not raw or meter.cut_by:
                    clean = meter.cut_by is None
                    yield RowBatch(columns, rows, meter.cut_by)
                    return
                yield RowBatch(columns, rows)
        finally:
            await asyncio.to_thread(self._finish, connection, cursor, clean)

    def _finish(self, connection: Session, cursor: SSCursor, clean: bool) -> None:
        """An unread stream is dropped with its connection: closing the cursor would read it to the end."""
        if clean:
            cursor.close()
            self._give_back(connection, clean)
        else:
            self._kill(connection.thread_id())  # type: ignore[no-untyped-call]
            connection._force_close()  # type: ignore[attr-defined]

    async def run(self, sql: SafeSql, limits: Limits) -> QueryResult:
        return await collect(self.stream(sql, limits))

    async def explain(self, sql: SafeSql, seconds: float = 5.0) -> CostEstimate:
        connection = await asyncio.to_thread(self._take)
        clean = False

        def ask() -> list[tuple[Any, ...]]:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql.text}")
                places = [described[0].lower() for described in cursor.description or ()]
                return [
                    tuple(dict(zip(places, row, strict=True)).get(key) for key in ("table", "rows"))
                    for row in cursor.fetchall()
                ]

        try:
            rows = await self._within(connection, seconds, seconds, ask)
            clean = True
        finally:
            await asyncio.to_thread(self._give_back, connection, clean)
        estimate = sum(float(count) for _, count in rows if count is not None)
        return CostEstimate(rows=estimate, text="\n".join(f"{table}: {count} rows" for table, count in rows))

    async def tables_read(self, sql: SafeSql, seconds: float = 5.0) -> frozenset[str]:
        raise UnsupportedByEngine("MySQL does not say which tables a statement reads.")

    async def close(self) -> None:
        self._closed = True
        while self._idle:
            connection = self._idle.pop()
            with contextlib.suppress(pymysql.Error, OSError):
                await asyncio.to_thread(connection.close)


def _connect_error(error: Exception, settings: dict[str, Any]) -> ConnectorError:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    place = f"{settings['host']}:{settings['port']}"
    if code in (1045, 1698, 1130, 1044):
        return SignInRefused(f"{place} refused the user “{settings['user']}” or its password.")
    if code == 1049:
        return SourceMissing(f"{place} has no database “{settings['database']}”.")
    if code == 1040:
        return EngineUnavailable(f"{place} has no free connection. Try again in a moment.")
    return EngineUnavailable(f"{place} cannot be reached. Check host, port and firewall.")


def _query_error(error: Exception, seconds: float) -> ConnectorError:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = str(error.args[1]) if len(error.args) > 1 else "The statement was refused."
    if code in (1969, 3024):
        return QueryTimedOut(
            f"The query was stopped after {seconds:g} seconds. Narrow it or raise the limit."
        )
    if code in (1317, 1927):
        return QueryCancelled("The query was stopped.")
    if code in (1792, 1142, 1143, 1044, 1227, 1290, 1370):
        return QueryRejected(text, kind=FailureKind.permission)
    if code in (1064, 1149):
        return QueryRejected(text.partition("; check")[0] or text, kind=FailureKind.syntax)
    if code in (1054, 1146, 1052, 1305, 1051, 1066, 1109, 1055, 1111, 1140, 1630):
        return QueryRejected(text, kind=FailureKind.schema)
    if code in (1104, 1038, 1114, 1206):
        return QueryRejected(text, kind=FailureKind.resource)
    if code in (2006, 2013, 2055, 0) and not isinstance(error, pymysql.ProgrammingError | ValueError):
        return EngineUnavailable("The connection to the database was lost. Try again.")
    return QueryRejected(text, kind=FailureKind.data)
