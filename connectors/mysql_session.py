"""One MySQL or MariaDB connection that can only read."""

from __future__ import annotations

import contextlib
import re
import ssl
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.constants import CLIENT, FIELD_TYPE
from pymysql.converters import conversions
from pymysql.cursors import Cursor, SSCursor

from connectors.base import Limits
from connectors.errors import UnsupportedByEngine
from connectors.mysql_plan import Step
from connectors.mysql_tables import tables_in
from connectors.server_settings import CONNECT_SECONDS, ServerSettings
from connectors.threads import run_blocking

COM_RESET_CONNECTION = 0x1F
"""Gives back locks, temporary tables, user variables and settings (MySQL protocol, since 5.7.3 and MariaDB 10.2.4)."""
RESOLVED_STATEMENT = 1003
"""The note that EXPLAIN leaves: the statement as the server understood it."""
SEQUENCE = re.compile(r"seq_\d+_to_\d+(_step_\d+)?", re.IGNORECASE)
"""MariaDB makes a table of numbers of any name like this; none is stored."""
SETTINGS = (
    "SET SESSION TRANSACTION READ ONLY",
    "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
    "SET SESSION lock_wait_timeout = 1",
    "SET SESSION max_join_size = 10000000000",
    "SET SESSION sql_big_selects = 0",
    "SET NAMES utf8mb4",
)
_AS_TEXT = (FIELD_TYPE.TIME,)
"""MySQL's TIME goes from -838 to 838 hours; it is taken as the server writes it."""
_CONVERSIONS = {key: value for key, value in conversions.items() if key not in _AS_TEXT}


class MySqlSession:
    """A pool session: one connection, and at most one streaming statement."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._cursor: SSCursor | None = None
        self._cancelled = 0
        self.connection = self._connect()
        try:
            self._prepare()
        except pymysql.Error:
            self.connection.close()
            raise
        self.connection._read_timeout = self.connection._write_timeout = None  # type: ignore[attr-defined]

    def _connect(self) -> Connection[Cursor]:
        """Every read is bounded: whatever takes a connection and then says nothing would keep a thread for ever."""
        wanted = self._settings
        connection: Connection[Cursor] = pymysql.connect(
            host=wanted.host, port=wanted.port, database=wanted.database, user=wanted.user, password=wanted.password,
            **_encryption(wanted.encryption), connect_timeout=CONNECT_SECONDS,
            read_timeout=CONNECT_SECONDS, write_timeout=CONNECT_SECONDS, local_infile=False, autocommit=True, charset="utf8mb4",
            conv=_CONVERSIONS, read_default_file=None, program_name="datachat",
        )  # fmt: skip
        assert not connection.client_flag & (CLIENT.MULTI_STATEMENTS | CLIENT.LOCAL_FILES)
        return connection

    def _prepare(self) -> None:
        with self.connection.cursor() as cursor:
            for setting in SETTINGS:
                cursor.execute(setting)

    @property
    def is_mariadb(self) -> bool:
        return "mariadb" in str(self.connection.get_server_info()).lower()  # type: ignore[no-untyped-call]

    def start(self, sql: str, limits: Limits) -> SSCursor:
        """Send the statement in a read-only transaction; rows are read as they are asked for."""
        with self.connection.cursor() as control:
            control.execute(self._time_limit(limits.seconds))
            control.execute(f"SET SESSION sql_select_limit = {limits.rows + 1}")
            control.execute("START TRANSACTION READ ONLY")
        self._cursor = SSCursor(self.connection)
        self._cursor.execute(sql)
        return self._cursor

    def _time_limit(self, seconds: float) -> str:
        """The engine's own limit is only a second watch: a statement may switch it off."""
        if self.is_mariadb:
            return f"SET SESSION max_statement_time = {seconds + 1:.3f}"
        return f"SET SESSION max_execution_time = {int(seconds * 1000) + 1000}"

    def explained(self, sql: str, seconds: float) -> list[Step]:
        with self.connection.cursor() as cursor:
            cursor.execute(self._time_limit(seconds))
            cursor.execute(f"EXPLAIN {'EXTENDED ' if self.is_mariadb else ''}{sql}")
            places = [described[0].lower() for described in cursor.description or ()]
            return [Step.of(dict(zip(places, row, strict=True))) for row in cursor.fetchall()]

    def base_tables(self, sql: str, seconds: float) -> frozenset[tuple[str, str]]:
        """(database, table) of everything the statement reads; views are followed to what they are made of."""
        with self.connection.cursor() as cursor:
            cursor.execute(self._time_limit(seconds))
            found: set[tuple[str, str]] = set()
            waiting = {*self._named_by(cursor, sql)}
            while waiting:
                place = waiting.pop()
                behind = self._behind(cursor, *place)
                waiting |= behind - found
                if not behind:
                    found.add(place)
        return frozenset(place for place in found if not SEQUENCE.fullmatch(place[1]))

    def _behind(self, cursor: Cursor, database: str, table: str) -> frozenset[tuple[str, str]]:
        """What a view is made of; nothing for a table, and for a view that the account may not look behind."""
        cursor.execute(
            "SELECT view_definition FROM information_schema.views WHERE table_schema = %s AND table_name = %s",
            (database, table),
        )
        row = cursor.fetchone()
        if row is None or not row[0]:
            return frozenset()
        try:
            return self._named_by(cursor, str(row[0]))
        except pymysql.Error:
            return frozenset()

    def _named_by(self, cursor: Cursor, sql: str) -> frozenset[tuple[str, str]]:
        cursor.execute(f"EXPLAIN {'EXTENDED ' if self.is_mariadb else ''}{sql}")
        cursor.execute("SHOW WARNINGS")
        notes = [str(row[2]) for row in cursor.fetchall() if row[1] == RESOLVED_STATEMENT]
        if not notes:
            raise UnsupportedByEngine("The server does not say which tables a statement reads.")
        return tables_in(notes[-1])

    def may_write(self) -> bool:
        """Whether the account is granted more than reading."""
        with self.connection.cursor() as cursor:
            cursor.execute("SHOW GRANTS")
            grants = " ".join(str(row[0]).upper() for row in cursor.fetchall())
        return any(
            right in grants for right in ("ALL PRIVILEGES", "INSERT", "UPDATE", "DELETE", "DROP", "FILE")
        )

    def cancel(self) -> None:
        """KILL QUERY ends the statement and leaves the session; without an answer the connection is cut."""
        self._cancelled += 1
        if self._cancelled <= 3:
            with contextlib.suppress(pymysql.Error, OSError):
                helper = self._connect()
                try:
                    with helper.cursor() as cursor:
                        cursor.execute(f"KILL QUERY {int(self.connection.thread_id())}")  # type: ignore[no-untyped-call]
                    return
                finally:
                    helper.close()
        self.connection._force_close()  # type: ignore[attr-defined]

    async def alive(self) -> bool:
        def ping() -> bool:
            try:
                self.connection.ping(reconnect=False)
            except (pymysql.Error, OSError):
                return False
            return True

        return await run_blocking(ping)

    async def reset(self) -> bool:
        return await run_blocking(self._reset)

    def _reset(self) -> bool:
        """Stop an unread statement, undo its transaction, give back what it took from the server."""
        self._cancelled = 0
        try:
            if self._cursor is not None:
                self._finish(self._cursor)
            self.connection.rollback()
            self.connection._execute_command(COM_RESET_CONNECTION, b"")  # type: ignore[attr-defined]
            self.connection._read_ok_packet()  # type: ignore[attr-defined]
            self._prepare()
        except (pymysql.Error, OSError, AttributeError):
            return False
        return True

    def _finish(self, cursor: SSCursor) -> None:
        """Closing a cursor reads its rows to the end, so a statement with rows left is stopped first."""
        if self.connection._result is not None and self.connection._result.unbuffered_active:  # type: ignore[attr-defined]
            self.cancel()
        try:
            cursor.close()
        except (pymysql.Error, OSError, AttributeError):
            self._forget()
        self._cursor = None

    def _forget(self) -> None:
        """Keep PyMySQL's finalizers from reading on in a connection that is gone."""
        result = self.connection._result  # type: ignore[attr-defined]
        if result is not None:
            result.unbuffered_active = False
            result.connection = None
        if self._cursor is not None:
            self._cursor.connection = None  # type: ignore[assignment]

    async def close(self) -> None:
        def close() -> None:
            self._forget()
            with contextlib.suppress(pymysql.Error, OSError):
                self.connection._force_close()  # type: ignore[attr-defined]

        await run_blocking(close)


def _encryption(wanted: str) -> dict[str, Any]:
    if wanted == "verify-full":
        return {"ssl": ssl.create_default_context()}
    return {"ssl_disabled": True} if wanted == "disable" else {}
