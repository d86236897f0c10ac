"""One SQLite connection that can only read, and only the tables its statement was admitted for."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from connectors.errors import ConnectorError, EngineUnavailable, SourceInvalid, SourceMissing

STEPS_BETWEEN_CHECKS = 20_000
"""Virtual machine steps between two looks at the clock, a few milliseconds (sqlite3_progress_handler)."""
LOCK_SECONDS = 2.0
"""How long a file that another program has locked is waited for."""
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
TABLE_FUNCTIONS = frozenset({"json_each", "json_tree"})
OPENING = frozenset({"OpenRead", "ReopenIdx", "OpenWrite"})
"""Instructions of SQLite's virtual machine whose second operand is the first page of a table or index."""


class SqliteSession:
    """A pool session. `connection` may be used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity = identity(path)
        self.deadline = float("inf")
        self.cursor: sqlite3.Cursor | None = None
        self._recorded: set[str] | None = None
        self._allowed: frozenset[str] = frozenset()
        self._shadowed: tuple[str, ...] = ()
        self._own = False
        self._given_up = False
        self._version: int | None = None
        self.connection = connect(path)
        try:
            self._lock_down()
        except sqlite3.Error as error:
            self.connection.close()
            raise source_error(error, path.name) from error

    def _lock_down(self) -> None:
        self._read_catalog()
        for table in self._virtual:
            # opened now, because opening counts as writing to the authorizer
            with contextlib.suppress(sqlite3.Error):
                self.connection.execute(f"SELECT * FROM {_quoted(table)} LIMIT 0").close()  # noqa: S608 - from the catalog, quoted
        for function in TABLE_FUNCTIONS:
            self.connection.execute(f"SELECT 1 FROM {function}('[]')").close()  # noqa: S608 - constants
        for limit, size in ENGINE_LIMITS.items():
            self.connection.setlimit(limit, size)
        self.connection.set_authorizer(self._authorize)
        self.connection.set_progress_handler(self.overdue, STEPS_BETWEEN_CHECKS)

    def _read_catalog(self) -> None:
        """What the file holds, read again only when another program changed it."""
        self._own = True
        try:
            (version,) = self.connection.execute("PRAGMA schema_version").fetchone()
            if version == self._version:
                return
            listed = self.connection.execute(
                "SELECT lower(name), type FROM pragma_table_list WHERE schema = 'main'"
            ).fetchall()
            self._views = {name for name, kind in listed if kind == "view"}
            self._virtual = frozenset(name for name, kind in listed if kind == "virtual")
            stored = self.connection.execute("SELECT rootpage, lower(tbl_name) FROM sqlite_master").fetchall()
            self._roots = {**dict(stored), 1: "sqlite_master"}
            self._version = version
        finally:
            self._own = False

    def overdue(self) -> bool:
        return time.monotonic() > self.deadline

    def permit(self, sql: str, tables: Iterable[str]) -> None:
        """Let this statement read `tables`: tables and views, and what the views are made of."""
        self._read_catalog()
        named = {name.rpartition(".")[2].lower() for name in tables}
        behind = {table for view in named & self._views for table in self._made_of(view)}
        self._allowed = frozenset(named | behind)
        self._shadowed = tuple(f"{table}_" for table in self._allowed & self._virtual)
        if not all(map(self._may_read, self._opened(sql))):
            raise sqlite3.DatabaseError("not authorized")

    def execute(self, sql: str, tables: Iterable[str]) -> sqlite3.Cursor:
        self.permit(sql, tables)
        self.cursor = self.connection.execute(sql)
        return self.cursor

    def _made_of(self, view: str) -> frozenset[str]:
        try:
            return self.reads(f"SELECT * FROM {_quoted(view)}")  # noqa: S608 - from the catalog, quoted
        except sqlite3.Error:
            return frozenset()  # a view over something that is gone: the statement itself will say so

    def reads(self, sql: str) -> frozenset[str]:
        """Every table and view that SQLite touches for the statement, in lower case."""
        self._read_catalog()
        self._recorded = set()
        try:
            opened = self._opened(sql)
            return frozenset(self._recorded | opened) - TABLE_FUNCTIONS
        finally:
            self._recorded = None

    def _opened(self, sql: str) -> set[str]:
        """Tables whose pages the statement's program opens: the authorizer is not asked for those of which no column is named."""
        program = self.connection.execute(f"EXPLAIN {sql}").fetchall()
        return {self._roots[step[3]] for step in program if step[1] in OPENING and step[3] in self._roots}

    def base_tables(self, sql: str) -> frozenset[str]:
        return self.reads(sql) - self._views

    def _authorize(
        self, action: int, first: str | None, second: str | None, database: str | None, inner: str | None
    ) -> int:
        """SQLite asks this for everything it prepares (sqlite3_set_authorizer)."""
        if self._own or action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ:
            # without a column it may be a CTE of that name; `_opened` tells
            allowed = not second or self._may_read((first or "").lower())
            return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION:
            return sqlite3.SQLITE_DENY if (second or "").lower() in DENIED_FUNCTIONS else sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_PRAGMA and first == "data_version":
            return sqlite3.SQLITE_OK  # full-text search asks for it
        return sqlite3.SQLITE_DENY

    def _may_read(self, table: str) -> bool:
        if table.startswith("sqlite_"):
            return False
        if self._recorded is not None:
            self._recorded.add(table)
            return True
        return table in self._allowed or table in TABLE_FUNCTIONS or table.startswith(self._shadowed)

    async def alive(self) -> bool:
        return identity(self._path) == self._identity

    def give_up(self, running: asyncio.Future[Any]) -> None:
        """A single instruction of SQLite's machine cannot be interrupted; the connection is closed when it has ended."""
        self._given_up = True
        running.add_done_callback(lambda _: self.connection.close())

    async def reset(self) -> bool:
        if self._given_up:
            return False
        self.deadline = float("inf")
        self._allowed, self._shadowed = frozenset(), ()
        if self.cursor is not None:
            self.cursor.close()
            self.cursor = None
        return True

    async def close(self) -> None:
        if not self._given_up:
            self.connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def connect(path: Path) -> sqlite3.Connection:
    """Open the file read-only. Raises `SourceMissing`, `SourceInvalid` or `EngineUnavailable`."""
    if not path.is_file():
        raise SourceMissing(f"There is no file {path.name} at that place. Check the path.")
    connection = None
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path.resolve()))}?mode=ro", uri=True, isolation_level=None, check_same_thread=False,
            timeout=LOCK_SECONDS, cached_statements=0,  # a cached statement would not be shown to the authorizer again
        )  # fmt: skip
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        for setting in ("query_only=on", "trusted_schema=off", "cell_size_check=on", "mmap_size=0"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise source_error(error, path.name) from error
    return connection


def identity(path: Path) -> tuple[int, ...]:
    """Which file lies at the path; empty when none does. A replaced file must be opened anew."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_dev, found.st_ino)


def source_error(error: sqlite3.Error, name: str) -> ConnectorError:
    """Why a file cannot be opened, in the words a person needs."""
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
