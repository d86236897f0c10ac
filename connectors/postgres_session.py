"""One PostgreSQL connection: read-only transactions, time limits, and nothing left behind."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import psycopg

from connectors import postgres_plan, postgres_schema
from connectors.base import CostEstimate
from connectors.limits import timed_out
from connectors.postgres_errors import connect_error, query_error
from connectors.server_settings import CONNECT_SECONDS, ServerSettings

Connection = psycopg.AsyncConnection[tuple[Any, ...]]
Result = TypeVar("Result")
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


class PostgresSession:
    """A pool session: one connection, and one read-only transaction at a time."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @classmethod
    async def open(cls, wanted: ServerSettings) -> PostgresSession:
        options = " ".join(f"-c {name}={value}" for name, value in SESSION_SETTINGS.items())
        certificates: dict[str, Any] = {"sslrootcert": "system"} if wanted.encryption == "verify-full" else {}
        try:
            connection = await psycopg.AsyncConnection.connect(
                host=wanted.host, port=wanted.port, dbname=wanted.database, user=wanted.user, password=wanted.password,
                sslmode=wanted.encryption, **certificates, connect_timeout=CONNECT_SECONDS, autocommit=True,
                application_name="datachat", options=options, passfile="/dev/null", gssencmode="disable",
                client_encoding="UTF8",
            )  # fmt: skip
        except (psycopg.Error, OSError, UnicodeError) as error:
            raise connect_error(error, wanted) from error
        connection.prepare_threshold = None
        postgres_schema.register_loaders(connection)
        return cls(connection)

    async def begin(self, seconds: float) -> None:
        """A read-only transaction that cannot be made writable any more: a statement has already run in it.

        The engine's own timeout is only a second watch: a statement may switch it off.
        """
        await self.connection.execute(
            f"BEGIN READ ONLY; SELECT 1; SET LOCAL statement_timeout = {max(int(seconds * 1000), 1)}".encode()
        )

    async def plan(self, sql: str, seconds: float) -> dict[str, Any]:
        await self.begin(seconds)
        cursor = await self.connection.execute(b"EXPLAIN (VERBOSE, FORMAT JSON) " + sql.encode(), binary=True)
        row = await cursor.fetchone()
        assert row is not None
        explained = json.loads(row[0]) if isinstance(row[0], str) else row[0]
        plan: dict[str, Any] = explained[0]["Plan"]
        return plan

    async def foretold(self, sql: str, seconds: float) -> CostEstimate:
        plan = await self.plan(sql, seconds)
        cursor = await self.connection.execute(
            b"SELECT n.nspname || '.' || c.relname, c.reltuples, c.relpages * current_setting('block_size')::float8"
            b" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            b" WHERE n.nspname || '.' || c.relname = ANY (%s)",
            (list(postgres_plan.relations(plan)),),
        )
        return postgres_plan.foretold(
            plan, {name: (rows, size) for name, rows, size in await cursor.fetchall()}
        )

    async def tables_read(self, sql: str, seconds: float) -> frozenset[str]:
        """The tables that PostgreSQL locked to plan the statement.

        It locks every table that the statement or a view in it names; the plan itself leaves out
        what the optimizer found unnecessary. A partition that is read as part of its table is not named.
        """
        await self.plan(sql, seconds)
        cursor = await self.connection.execute(
            b"SELECT relation FROM pg_catalog.pg_locks"
            b" WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation'"
        )
        locked = [row[0] for row in await cursor.fetchall()]
        cursor = await self.connection.execute(
            b"SELECT lower(n.nspname || '.' || c.relname) FROM pg_catalog.pg_class c"
            b" JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            b" WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.oid = ANY (%(locked)s::oid[]) AND NOT EXISTS"
            b" (SELECT 1 FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid AND i.inhparent = ANY (%(locked)s::oid[]))",
            {"locked": locked},
        )
        return frozenset(row[0] for row in await cursor.fetchall())

    async def within(self, work: Coroutine[Any, Any, Result], deadline: float, seconds: float) -> Result:
        """Await `work` until `deadline`; psycopg stops the statement in the engine when it is cancelled."""
        try:
            async with asyncio.timeout(max(deadline - time.monotonic(), 0)):
                return await work
        except TimeoutError as error:
            raise timed_out(seconds) from error
        except (psycopg.Error, UnicodeError) as error:
            raise query_error(error, seconds) from error

    async def may_write(self) -> bool:
        """Whether the account is more than a reader: superuser, or able to change a table."""
        cursor = await self.connection.execute(
            b"SELECT rolsuper OR rolcreatedb OR EXISTS (SELECT 1 FROM information_schema.role_table_grants"
            b" WHERE grantee = current_user AND privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'))"
            b" FROM pg_roles WHERE rolname = current_user"
        )
        row = await cursor.fetchone()
        return bool(row and row[0])

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
