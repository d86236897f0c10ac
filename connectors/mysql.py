"""MySQL and MariaDB through PyMySQL in threads: read-only sessions, streamed rows, KILL QUERY to stop."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, TypeVar

import pymysql

from connectors import mysql_schema
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
from connectors.errors import QueryTimedOut
from connectors.limits import Meter, collect, timed_out
from connectors.mysql_errors import connect_error, query_error
from connectors.mysql_plan import foretold
from connectors.mysql_session import MySqlSession
from connectors.pool import Pool
from connectors.probing import probe_server
from connectors.server_settings import CONNECT_SECONDS, ServerSettings
from connectors.threads import run_blocking

Result = TypeVar("Result")
SCHEMA_SECONDS = 60.0
READING_ACCOUNT = "CREATE USER datachat IDENTIFIED BY '…'; GRANT SELECT ON `{}`.* TO datachat;"
ENCRYPTION = ("prefer", "verify-full", "disable")


CAPABILITIES = Capabilities(
    engine="MySQL", dialect="mysql", read_only_enforced=True, can_cancel=True, can_explain=True, lists_read_tables=True
)  # fmt: skip


class MySqlConnector:
    """One MySQL or MariaDB database."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self.capabilities = replace(CAPABILITIES, default_schema=settings.database)
        self._pool: Pool[MySqlSession] = Pool(self._connect)

    @classmethod
    async def open(cls, config: dict[str, Any]) -> MySqlConnector:
        """`config`: host, port, database, user, password, encryption."""
        connector = cls(ServerSettings.read(config, 3306, ENCRYPTION))
        async with connector._pool.session():
            return connector

    async def _connect(self) -> MySqlSession:
        def connect() -> MySqlSession:
            try:
                return MySqlSession(self._settings)
            except (pymysql.Error, OSError) as error:
                raise connect_error(error, self._settings) from error

        return await run_blocking(connect)

    async def test(self) -> ProbeReport:
        account = READING_ACCOUNT.format(self._settings.database.replace("`", "``"))
        return await probe_server(self._settings, "read-only sessions", account, self._may_write, self.schema)

    async def _may_write(self) -> bool:
        async with self._pool.session() as session:
            return await _within(
                session, session.may_write, time.monotonic() + CONNECT_SECONDS, CONNECT_SECONDS
            )

    async def schema(self) -> Schema:
        deadline = time.monotonic() + SCHEMA_SECONDS
        async with self._pool.session() as session:
            found = await _within(
                session,
                lambda: mysql_schema.read(session.connection, self._settings.database),
                deadline,
                SCHEMA_SECONDS,
            )
        return replace(found, home=self.capabilities.home)

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
        async with self._pool.session() as session:
            steps = await _within(
                session, lambda: session.explained(sql.text, seconds), time.monotonic() + seconds, seconds
            )
        return foretold(steps)

    async def tables_read(self, sql: SafeSql, seconds: float = 5.0) -> frozenset[str]:
        async with self._pool.session() as session:
            found = await _within(
                session, lambda: session.base_tables(sql.text, seconds), time.monotonic() + seconds, seconds
            )
        return frozenset(f"{database}.{table}".lower() for database, table in found)

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
            raise query_error(error, seconds) from error

    try:
        return await run_blocking(call, cancel=session.cancel, deadline=deadline)
    except QueryTimedOut as error:
        raise timed_out(seconds) from error
