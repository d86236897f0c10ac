"""PostgreSQL through psycopg 3: natively async, read-only transactions, server-side cursors."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from connectors import postgres_schema
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
from connectors.limits import Meter, collect
from connectors.pool import Pool
from connectors.postgres_session import PostgresSession
from connectors.probing import probe_server
from connectors.server_settings import CONNECT_SECONDS, ServerSettings

SCHEMA_SECONDS = 60.0
READING_ACCOUNT = (
    "CREATE ROLE datachat LOGIN NOINHERIT CONNECTION LIMIT 20 PASSWORD '…'; GRANT USAGE ON SCHEMA public TO datachat; "
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO datachat;"
)
ENCRYPTION = ("prefer", "require", "verify-full", "disable")


CAPABILITIES = Capabilities(
    engine="PostgreSQL", dialect="postgres", read_only_enforced=True, can_cancel=True, can_explain=True,
    lists_read_tables=True, default_schema="public",
)  # fmt: skip


class PostgresConnector:
    """One PostgreSQL database."""

    def __init__(self, settings: ServerSettings, schemas: tuple[str, ...] = ()) -> None:
        self._settings = settings
        self.capabilities = replace(CAPABILITIES, catalog=settings.database)
        self._schemas = schemas
        self._type_names: dict[int, tuple[str, str]] = {}
        self._pool: Pool[PostgresSession] = Pool(lambda: PostgresSession.open(settings))

    @classmethod
    async def open(cls, config: dict[str, Any]) -> PostgresConnector:
        """`config`: host, port, database, user, password, encryption, schemas."""
        named = (name.strip() for name in text_setting(config, "schemas", "").split(","))
        connector = cls(ServerSettings.read(config, 5432, ENCRYPTION), tuple(filter(None, named)))
        async with connector._pool.session():
            return connector

    async def test(self) -> ProbeReport:
        return await probe_server(
            self._settings, "read-only transactions", READING_ACCOUNT, self._may_write, self.schema
        )

    async def _may_write(self) -> bool:
        async with self._pool.session() as session:
            deadline = time.monotonic() + CONNECT_SECONDS
            return await session.within(session.may_write(), deadline, CONNECT_SECONDS)

    async def schema(self) -> Schema:
        deadline = time.monotonic() + SCHEMA_SECONDS
        async with self._pool.session() as session:
            reading = postgres_schema.read(session.connection, self._schemas)
            found = await session.within(reading, deadline, SCHEMA_SECONDS)
        return replace(found, home=self.capabilities.home)

    async def stream(self, sql: SafeSql, limits: Limits) -> AsyncIterator[RowBatch]:
        deadline = time.monotonic() + limits.seconds
        meter = Meter(limits)
        async with self._pool.session() as session:
            await session.within(self._declare(session, sql, limits), deadline, limits.seconds)
            columns: tuple[ResultColumn, ...] | None = None
            while True:
                fetching = session.connection.execute(f"FETCH {meter.wanted} FROM answer".encode())
                cursor = await session.within(fetching, deadline, limits.seconds)
                raw = await cursor.fetchall()
                if columns is None:
                    described = postgres_schema.result_columns(cursor, self._type_names)
                    columns = await session.within(described, deadline, limits.seconds)
                rows = meter.take(raw)
                if not raw or meter.cut_by:
                    yield RowBatch(columns, rows, meter.cut_by)
                    return
                yield RowBatch(columns, rows)

    async def _declare(self, session: PostgresSession, sql: SafeSql, limits: Limits) -> None:
        """Asking for a binary answer makes psycopg use the extended protocol, which takes one statement only."""
        await session.begin(limits.seconds)
        declare = b"DECLARE answer NO SCROLL CURSOR FOR " + sql.text.encode()
        await session.connection.execute(declare, binary=True)

    async def run(self, sql: SafeSql, limits: Limits) -> QueryResult:
        return await collect(self.stream(sql, limits))

    async def explain(self, sql: SafeSql, seconds: float = 5.0) -> CostEstimate:
        async with self._pool.session() as session:
            asking = session.foretold(sql.text, seconds)
            return await session.within(asking, time.monotonic() + seconds, seconds)

    async def tables_read(self, sql: SafeSql, seconds: float = 5.0) -> frozenset[str]:
        async with self._pool.session() as session:
            asking = session.tables_read(sql.text, seconds)
            return await session.within(asking, time.monotonic() + seconds, seconds)

    async def close(self) -> None:
        await self._pool.close()
