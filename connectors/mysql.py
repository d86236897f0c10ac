"""MySQL and MariaDB through PyMySQL in threads: read-only sessions, streamed rows, KILL QUERY to stop."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, ClassVar, TypeVar

import pymysql

from connectors import mysql_schema
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
)  # fmt: skip
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
from connectors.limits import Meter, collect, timed_out
from connectors.mysql_session import MySqlSession
from connectors.pool import Pool
from connectors.threads import run_blocking

Result = TypeVar("Result")
SCHEMA_SECONDS = 60.0
ENCRYPTION = ("prefer", "verify-full", "disable")


class MySqlConnector:
    """One MySQL or MariaDB database."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        engine="MySQL", dialect="mysql", read_only_enforced=True, can_cancel=True, can_explain=True,
        lists_read_tables=False,
    )  # fmt: skip

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._pool: Pool[MySqlSession] = Pool(self._connect)

    @classmethod
    async def open(cls, config: dict[str, Any]) -> MySqlConnector:
        """`config`: host, port, database, user, password, encryption."""
        encryption = text_setting(config, "encryption", "prefer")
        if encryption not in ENCRYPTION:
            raise SourceInvalid(f"The setting “encryption” must be one of: {', '.join(ENCRYPTION)}.")
        host = text_setting(config, "host")
        if not re.fullmatch(r"[\w.:-]+", host):
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
        async with connector._pool.session():
            return connector

    async def _connect(self) -> MySqlSession:
        def connect() -> MySqlSession:
            try:
                return MySqlSession(self._settings)
            except (pymysql.Error, OSError) as error:
                raise _connect_error(error, self._settings) from error

        return await run_blocking(connect)

    async def test(self) -> ProbeReport:
        steps = [
            ProbeStep("reach", True, f"{self._settings['host']}:{self._settings['port']}"),
            ProbeStep("sign in", True, self._settings["user"]),
        ]
        try:
            async with self._pool.session() as session:
                able = await _within(
                    session, session.may_write, time.monotonic() + SCHEMA_SECONDS, SCHEMA_SECONDS
                )
            hint = "Every query runs in a read-only session, yet this account may do more than read: better use one that may only SELECT."
            steps.append(ProbeStep("read only", True, "read-only sessions", hint if able else ""))
            tables = (await self.schema()).tables
        except ConnectorError as error:
            return ProbeReport((*steps, ProbeStep("list tables", False, str(error))))
        hint = "" if tables else "The account may read no table. Grant it SELECT on the tables."
        return ProbeReport(
            (*steps, ProbeStep("list tables", bool(tables), f"{len(tables)} tables and views", hint))
        )

    async def schema(self) -> Schema:
        deadline = time.monotonic() + SCHEMA_SECONDS
        async with self._pool.session() as session:
            return await _within(
                session,
                lambda: mysql_schema.read(session.connection, self._settings["database"]),
                deadline,
                SCHEMA_SECONDS,
            )

    async def stream(self, sql: SafeSql, limits: Limits) -> AsyncIterator[RowBatch]:
        deadline = time.monotonic() + limits.seconds
        meter = Meter(limits)
        async with self._pool.session() as session:
            cursor = await _within(session, lambda: session.start(sql.text, limits), deadline, limits.seconds)
            columns: tuple[ResultColumn, ...] = mysql_schema.result_columns(cursor)
            while True:
                raw = await _within(session, lambda: cursor.fetchmany(meter.wanted), deadline, limits.seconds)
                rows = meter.take(mysql_schema.typed(columns, raw))
                if not raw or meter.cut_by:
                    yield RowBatch(columns, rows, meter.cut_by)
                    return
                yield RowBatch(columns, rows)

    async def run(self, sql: SafeSql, limits: Limits) -> QueryResult:
        return await collect(self.stream(sql, limits))

    async def explain(self, sql: SafeSql, seconds: float = 5.0) -> CostEstimate:
        """The rows that the server expects to look at, summed over the tables."""
        async with self._pool.session() as session:
            steps = await _within(
                session, lambda: session.explained(sql.text, seconds), time.monotonic() + seconds, seconds
            )
        rows = sum(count for _, count in steps if count is not None)
        return CostEstimate(rows=rows, text="\n".join(f"{table}: {count} rows" for table, count in steps))

    async def tables_read(self, sql: SafeSql, seconds: float = 5.0) -> frozenset[str]:
        raise UnsupportedByEngine("MySQL does not say which tables a statement reads.")

    async def close(self) -> None:
        await self._pool.close()


async def _within(
    session: MySqlSession, step: Callable[[], Result], deadline: float, seconds: float
) -> Result:
    """`step` in a thread until `deadline`; `seconds` is what the person is told."""

    def call() -> Result:
        try:
            return step()
        except (pymysql.Error, OSError, ValueError) as error:
            raise _query_error(error, seconds) from error

    try:
        return await run_blocking(call, cancel=session.cancel, deadline=deadline)
    except QueryTimedOut as error:
        raise timed_out(seconds) from error


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
        return timed_out(seconds)
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
