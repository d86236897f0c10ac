"""PostgreSQL through psycopg 3: natively async, read-only transactions, server-side cursors."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import psycopg
from psycopg import sql as pgsql
from psycopg.rows import tuple_row

from connectors import postgres_schema
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
)  # fmt: skip
from connectors.limits import Meter, collect

Connection = psycopg.AsyncConnection[tuple[Any, ...]]
POOL = 4
CONNECT_SECONDS = 8
ENCRYPTION = ("prefer", "require", "verify-full", "disable")
WATCHDOG_GRACE = 1.0
"""Seconds after the engine's own timeout at which we cancel: a session may have switched its timeout off."""


class PostgresConnector:
    """One PostgreSQL database."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        engine="PostgreSQL", dialect="postgres", read_only_enforced=True, can_cancel=True, can_explain=True,
        lists_read_tables=True, default_schema="public",
    )  # fmt: skip

    def __init__(self, settings: dict[str, Any], schemas: tuple[str, ...]) -> None:
        self._settings = settings
        self._schemas = schemas
        self._idle: list[Connection] = []
        self._closed = False

    @classmethod
    async def open(cls, config: dict[str, Any]) -> PostgresConnector:
        """`config`: host, port, database, user, password, encryption, schemas."""
        encryption = text_setting(config, "encryption", "prefer")
        if encryption not in ENCRYPTION:
            raise SourceInvalid(f"The setting “encryption” must be one of: {', '.join(ENCRYPTION)}.")
        settings = {
            "host": _host(text_setting(config, "host")),
            "port": number_setting(config, "port", 5432, 1, 65535),
            "dbname": text_setting(config, "database"),
            "user": text_setting(config, "user"),
            "password": text_setting(config, "password", ""),
            "sslmode": encryption,
        }
        schemas = tuple(
            name.strip() for name in text_setting(config, "schemas", "").split(",") if name.strip()
        )
        connector = cls(settings, schemas)
        connector._idle.append(await connector._connect())
        return connector

    async def _connect(self) -> Connection:
        try:
            connection = await psycopg.AsyncConnection.connect(
                **self._settings, connect_timeout=CONNECT_SECONDS, autocommit=True, application_name="datachat",
                options="-c datestyle=ISO -c default_transaction_read_only=on -c idle_in_transaction_session_timeout=60s -c lock_timeout=500ms",
            )  # fmt: skip
        except psycopg.Error as error:
            raise _connect_error(error, self._settings) from error
        for oid in postgres_schema.TEXT_OIDS:
            connection.adapters.register_loader(oid, psycopg.types.string.TextLoader)
        return connection

    async def _take(self) -> Connection:
        if self._closed:
            raise EngineUnavailable("The source has been closed.")
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed:
                return connection
        return await self._connect()

    async def _give_back(self, connection: Connection) -> None:
        """Undo everything the statement may have left in the session, locks included."""
        try:
            await connection.rollback()
            await connection.execute("DISCARD ALL")
            await connection.execute("SET default_transaction_read_only = on")
        except psycopg.Error:
            await connection.close()
            return
        if self._closed or len(self._idle) >= POOL:
            await connection.close()
        else:
            self._idle.append(connection)

    async def test(self) -> ProbeReport:
        steps = [
            ProbeStep("reach", True, f"{self._settings['host']}:{self._settings['port']}"),
            ProbeStep("sign in", True),
        ]
        try:
            writable = await self._one(
                "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
            )
            hint = "Use an account that may only read: this one may do more than that." if writable else ""
            steps.append(ProbeStep("read only", True, "read-only transactions", hint))
            tables = (await self.schema()).tables
        except ConnectorError as error:
            return ProbeReport((*steps, ProbeStep("list tables", False, str(error))))
        empty = (
            ""
            if tables
            else "The account may read no table. Grant it SELECT on the tables, and USAGE on their schema."
        )
        return ProbeReport(
            (*steps, ProbeStep("list tables", bool(tables), f"{len(tables)} tables and views", empty))
        )

    async def _one(self, query: str) -> Any:
        connection = await self._take()
        try:
            cursor = await connection.execute(query.encode())
            row = await cursor.fetchone()
            return row[0] if row else None
        except psycopg.Error as error:
            raise _query_error(error, CONNECT_SECONDS) from error
        finally:
            await self._give_back(connection)

    async def schema(self) -> Schema:
        connection = await self._take()
        try:
            async with asyncio.timeout(60):
                return await postgres_schema.read(connection, self._schemas)
        except psycopg.Error as error:
            raise _query_error(error, 60) from error
        except TimeoutError as error:
            await connection.close()
            raise QueryTimedOut("Reading the schema took longer than a minute.") from error
        finally:
            await self._give_back(connection)

    async def stream(self, sql: SafeSql, limits: Limits) -> AsyncIterator[RowBatch]:
        connection = await self._take()
        meter = Meter(limits)
        try:
            async with asyncio.timeout(limits.seconds + WATCHDOG_GRACE):
                await self._begin(connection, limits.seconds)
                await connection.execute(
                    b"DECLARE answer NO SCROLL CURSOR FOR " + sql.text.encode(), prepare=False
                )
            columns: tuple[ResultColumn, ...] = ()
            while True:
                async with asyncio.timeout(limits.seconds + WATCHDOG_GRACE):
                    cursor = await connection.execute(f"FETCH {meter.wanted} FROM answer".encode())
                    raw = await cursor.fetchall()
                columns = columns or tuple(postgres_schema.result_column(c) for c in cursor.description or ())
                rows = meter.take(raw)
                if not raw or meter.cut_by:
                    yield RowBatch(columns, rows, meter.cut_by)
                    return
                yield RowBatch(columns, rows)
        except (asyncio.CancelledError, GeneratorExit):
            await self._stop(connection)
            raise
        except TimeoutError as error:
            await self._stop(connection)
            raise QueryTimedOut(
                f"The query was stopped after {limits.seconds:g} seconds. Narrow it or raise the limit."
            ) from error
        except (psycopg.Error, UnicodeError) as error:
            raise _query_error(error, limits.seconds) from error
        finally:
            await asyncio.shield(self._give_back(connection))

    async def _begin(self, connection: Connection, seconds: float) -> None:
        """A read-only transaction that can no longer be made writable: a statement has already run in it."""
        await connection.execute(b"BEGIN READ ONLY")
        await connection.execute(pgsql.SQL("SET LOCAL statement_timeout = {}").format(int(seconds * 1000)))
        await connection.execute(b"SET LOCAL lock_timeout = 500")
        await connection.execute(b"SELECT 1")

    async def _stop(self, connection: Connection) -> None:
        with contextlib.suppress(psycopg.Error, OSError):
            await asyncio.shield(connection.cancel_safe(timeout=3))

    async def run(self, sql: SafeSql, limits: Limits) -> QueryResult:
        return await collect(self.stream(sql, limits))

    async def _plan(self, sql: SafeSql, seconds: float) -> dict[str, Any]:
        connection = await self._take()
        try:
            async with asyncio.timeout(seconds + WATCHDOG_GRACE):
                await self._begin(connection, seconds)
                cursor = connection.cursor(row_factory=tuple_row)
                await cursor.execute(b"EXPLAIN (VERBOSE, FORMAT JSON) " + sql.text.encode(), prepare=True)
                row = await cursor.fetchone()
        except TimeoutError as error:
            await self._stop(connection)
            raise QueryTimedOut("EXPLAIN took too long.") from error
        except psycopg.Error as error:
            raise _query_error(error, seconds) from error
        finally:
            await self._give_back(connection)
        explained = row[0] if row else []
        plans = json.loads(explained) if isinstance(explained, str) else explained
        plan: dict[str, Any] = plans[0]["Plan"]
        return plan

    async def explain(self, sql: SafeSql, seconds: float = 5.0) -> CostEstimate:
        plan = await self._plan(sql, seconds)
        rows, width = float(plan.get("Plan Rows", 0)), float(plan.get("Plan Width", 0))
        return CostEstimate(rows=rows, bytes=rows * width, engine_cost=float(plan.get("Total Cost", 0)))

    async def tables_read(self, sql: SafeSql, seconds: float = 5.0) -> frozenset[str]:
        found: set[str] = set()
        waiting = [await self._plan(sql, seconds)]
        while waiting:
            node = waiting.pop()
            if "Relation Name" in node:
                found.add(f"{node.get('Schema', 'public')}.{node['Relation Name']}".lower())
            waiting.extend(node.get("Plans", ()))
        return frozenset(found)

    async def close(self) -> None:
        self._closed = True
        while self._idle:
            await self._idle.pop().close()


def _host(host: str) -> str:
    """A name or address only: a leading slash would mean a socket folder, a comma several hosts."""
    if host.startswith(("/", "@")) or any(sign in host for sign in (",", "=", " ", "\\")):
        raise SourceInvalid("The host must be a name or an address.")
    return host


def _connect_error(error: psycopg.Error, settings: dict[str, Any]) -> ConnectorError:
    text, state = str(error).lower(), getattr(error, "sqlstate", None) or ""
    place = f"{settings['host']}:{settings['port']}"
    if state == "3D000" or ("database" in text and "does not exist" in text):
        return SourceMissing(f"{place} has no database “{settings['dbname']}”.")
    if (
        state.startswith("28")
        or "authentication failed" in text
        or "no password supplied" in text
        or ("role" in text and "does not exist" in text)
    ):
        return SignInRefused(f"{place} refused the user “{settings['user']}” or its password.")
    if "ssl" in text:
        return EngineUnavailable(
            f"{place} does not offer the encryption asked for. Check the setting “encryption”."
        )
    if "too many connections" in text or "too many clients" in text:
        return EngineUnavailable(f"{place} has no free connection. Try again in a moment.")
    if "could not translate" in text or "resolve" in text or "name or service" in text:
        return EngineUnavailable(f"There is no host “{settings['host']}”. Check its spelling.")
    return EngineUnavailable(f"{place} cannot be reached. Check host, port and firewall.")


def _query_error(error: Exception, seconds: float) -> ConnectorError:
    state = getattr(error, "sqlstate", None) or ""
    diagnostic = getattr(error, "diag", None)
    text = (getattr(diagnostic, "message_primary", None) or "PostgreSQL refused the statement.").strip()
    if state == "57014":
        if "statement timeout" in text:
            return QueryTimedOut(
                f"The query was stopped after {seconds:g} seconds. Narrow it or raise the limit."
            )
        return QueryCancelled("The query was stopped.")
    if state == "42501" or state.startswith(("25", "0A", "2F")):
        return QueryRejected(text, kind=FailureKind.permission)
    if state == "42601":
        return QueryRejected(text, kind=FailureKind.syntax)
    if state.startswith("42"):
        return QueryRejected(text, kind=FailureKind.schema)
    if state.startswith(("22", "21")):
        return QueryRejected(text, kind=FailureKind.data)
    if state.startswith(("53", "54")):
        return QueryRejected(text, kind=FailureKind.resource)
    if state.startswith(("08", "57")) or isinstance(error, psycopg.OperationalError):
        return EngineUnavailable("The connection to PostgreSQL was lost. Try again.")
    return QueryRejected(text, kind=FailureKind.other)
