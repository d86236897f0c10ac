"""PostgreSQL through psycopg 3: natively async, read-only transactions, server-side cursors."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Any, ClassVar, TypeVar

import psycopg

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
    SignInRefused,
    SourceInvalid,
    SourceMissing,
)  # fmt: skip
from connectors.limits import Meter, collect, timed_out
from connectors.pool import Pool

Connection = psycopg.AsyncConnection[tuple[Any, ...]]
Result = TypeVar("Result")
CONNECT_SECONDS = 8
SCHEMA_SECONDS = 60.0
ENCRYPTION = ("prefer", "require", "verify-full", "disable")
SESSION_SETTINGS = {
    "default_transaction_read_only": "on",
    "search_path": "public",
    "lock_timeout": "500",
    "idle_in_transaction_session_timeout": "120000",
    "cursor_tuple_fraction": "1",
    "datestyle": "ISO",
    "intervalstyle": "iso_8601",
}
"""Given at sign-in, so that they are what DISCARD ALL returns to."""


class _Session:
    """A pool session: one connection, and one read-only transaction at a time."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def begin(self, seconds: float) -> None:
        """A read-only transaction that cannot be made writable any more: a statement has already run in it.

        The engine's own timeout is only a second watch: a statement may switch it off.
        """
        await self.connection.execute(
            f"BEGIN READ ONLY; SELECT 1; SET LOCAL statement_timeout = {max(int(seconds * 1000), 1)}".encode()
        )

    async def within(self, work: Coroutine[Any, Any, Result], deadline: float, seconds: float) -> Result:
        """Await `work` until `deadline`; psycopg stops the statement in the engine when it is cancelled."""
        try:
            async with asyncio.timeout(max(deadline - time.monotonic(), 0)):
                return await work
        except TimeoutError as error:
            raise timed_out(seconds) from error
        except (psycopg.Error, UnicodeError) as error:
            raise _query_error(error, seconds) from error

    async def alive(self) -> bool:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self.connection.execute(b"SELECT 1")
        except (psycopg.Error, TimeoutError):
            return False
        return True

    async def reset(self) -> bool:
        """Undo everything the statement may have left in the session, advisory locks and settings included."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self.connection.rollback()
                await self.connection.execute(b"DISCARD ALL")
        except (psycopg.Error, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        await self.connection.close()


class PostgresConnector:
    """One PostgreSQL database."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        engine="PostgreSQL", dialect="postgres", read_only_enforced=True, can_cancel=True, can_explain=True,
        lists_read_tables=True, default_schema="public",
    )  # fmt: skip

    def __init__(self, settings: dict[str, Any], schemas: tuple[str, ...]) -> None:
        self._settings = settings
        self._schemas = schemas
        self._type_names: dict[int, tuple[str, str]] = {}
        self._pool: Pool[_Session] = Pool(self._connect)

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
        if encryption == "verify-full":
            settings["sslrootcert"] = "system"
        schemas = tuple(
            name.strip() for name in text_setting(config, "schemas", "").split(",") if name.strip()
        )
        connector = cls(settings, schemas)
        async with connector._pool.session():
            return connector

    async def _connect(self) -> _Session:
        options = " ".join(f"-c {name}={value}" for name, value in SESSION_SETTINGS.items())
        try:
            connection = await psycopg.AsyncConnection.connect(
                **self._settings, connect_timeout=CONNECT_SECONDS, autocommit=True, application_name="datachat",
                options=options, passfile="/dev/null", gssencmode="disable", client_encoding="UTF8",
            )  # fmt: skip
        except (psycopg.Error, OSError, UnicodeError) as error:
            raise _connect_error(error, self._settings) from error
        connection.prepare_threshold = None
        postgres_schema.register_loaders(connection)
        return _Session(connection)

    async def test(self) -> ProbeReport:
        steps = [
            ProbeStep("reach", True, f"{self._settings['host']}:{self._settings['port']}"),
            ProbeStep("sign in", True, str(self._settings["user"])),
        ]
        try:
            async with self._pool.session() as session:
                deadline = time.monotonic() + CONNECT_SECONDS
                able = await session.within(_may_write(session.connection), deadline, CONNECT_SECONDS)
            hint = "Every query runs in a read-only transaction, yet this account may do more than read: better use one that may only SELECT."
            steps.append(ProbeStep("read only", True, "read-only transactions", hint if able else ""))
            tables = (await self.schema()).tables
        except ConnectorError as error:
            return ProbeReport((*steps, ProbeStep("list tables", False, str(error))))
        hint = "The account may read no table. Grant it USAGE on the schema and SELECT on its tables."
        return ProbeReport(
            (
                *steps,
                ProbeStep(
                    "list tables", bool(tables), f"{len(tables)} tables and views", "" if tables else hint
                ),
            )
        )

    async def schema(self) -> Schema:
        deadline = time.monotonic() + SCHEMA_SECONDS
        async with self._pool.session() as session:
            reading = postgres_schema.read(session.connection, self._schemas)
            return await session.within(reading, deadline, SCHEMA_SECONDS)

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

    async def _declare(self, session: _Session, sql: SafeSql, limits: Limits) -> None:
        """Asking for a binary answer makes psycopg use the extended protocol, which takes one statement only."""
        await session.begin(limits.seconds)
        declare = b"DECLARE answer NO SCROLL CURSOR FOR " + sql.text.encode()
        await session.connection.execute(declare, binary=True)

    async def run(self, sql: SafeSql, limits: Limits) -> QueryResult:
        return await collect(self.stream(sql, limits))

    async def _plan(self, sql: SafeSql, seconds: float) -> dict[str, Any]:
        async def ask(session: _Session) -> Any:
            await session.begin(seconds)
            explain = b"EXPLAIN (VERBOSE, FORMAT JSON) " + sql.text.encode()
            cursor = await session.connection.execute(explain, binary=True)
            return await cursor.fetchone()

        async with self._pool.session() as session:
            row = await session.within(ask(session), time.monotonic() + seconds, seconds)
        explained = json.loads(row[0]) if isinstance(row[0], str) else row[0]
        plan: dict[str, Any] = explained[0]["Plan"]
        return plan

    async def explain(self, sql: SafeSql, seconds: float = 5.0) -> CostEstimate:
        plan = await self._plan(sql, seconds)
        rows, width = float(plan.get("Plan Rows", 0)), float(plan.get("Plan Width", 0))
        return CostEstimate(
            rows=rows, bytes=rows * width, engine_cost=float(plan.get("Total Cost", 0)), text=json.dumps(plan)
        )

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
        await self._pool.close()


async def _may_write(connection: Connection) -> bool:
    """Whether the account is more than a reader: superuser, or able to change a table."""
    cursor = await connection.execute(
        b"SELECT rolsuper OR rolcreatedb OR EXISTS (SELECT 1 FROM information_schema.role_table_grants"
        b" WHERE grantee = current_user AND privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'))"
        b" FROM pg_roles WHERE rolname = current_user"
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


def _host(host: str) -> str:
    """A name or address only: a leading slash would mean a socket folder, a comma several hosts."""
    if host.startswith(("/", "@")) or any(sign in host for sign in (",", "=", " ", "\\")):
        raise SourceInvalid("The host must be a name or an address.")
    return host


def _connect_error(error: Exception, settings: dict[str, Any]) -> ConnectorError:
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
            return timed_out(seconds)
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
