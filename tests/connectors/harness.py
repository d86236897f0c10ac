"""How the contract suite meets each engine: make a database, open it, look at it from outside."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import psycopg
import pymysql

from connectors.base import _GUARD_KEY, SafeSql
from tests.servers import DatabaseServer

ROWS = 3_000
AUTHORS = "CREATE TABLE authors (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, born DATE)"
BOOKS = (
    "CREATE TABLE books (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title VARCHAR(200), price DECIMAL(10, 2), "
    "FOREIGN KEY (author_id) REFERENCES authors (id))"
)
VIEW = "CREATE VIEW titles AS SELECT b.title, a.name FROM books b JOIN authors a ON a.id = b.author_id"
PEOPLE = [(1, "Žofie Ångström 山田", "1901-02-03"), (2, "O'Brien", None), (3, "", "1999-12-31")]


def book_rows() -> list[tuple[object, ...]]:
    return [(n, 1 + n % 3, f"Book {n}" if n % 10 else None, f"{n % 50}.25") for n in range(1, ROWS + 1)]


TABLES = frozenset({"authors", "books", "titles"})


def safe(sql: str, dialect: str, tables: frozenset[str] = TABLES) -> SafeSql:
    """Past the guard, to show what stands behind it."""
    return SafeSql(sql, hashlib.sha256(sql.encode()).hexdigest(), dialect, tables, _key=_GUARD_KEY)


@dataclass
class Harness:
    """One engine with the little library in it."""

    engine: str
    dialect: str
    config: dict[str, Any]
    missing: dict[str, Any]
    """Settings of a source that does not exist."""
    count_rows: Callable[[], int]
    """Books, counted from outside."""
    running: Callable[[], int]
    """Statements of ours that are still at work in the engine, seen from outside."""
    slow: str
    """A statement that would take minutes."""
    hostile: tuple[str, ...]
    """Statements that must not do what they say even when the guard is passed by."""
    many: str = "SELECT b.id FROM books b CROSS JOIN books c CROSS JOIN books d"
    """Far more rows than anybody wants."""
    wide: str = "repeat('x', 1000)"
    """An expression of a thousand characters."""
    forbidden: Path | None = None
    """What the hostile statements would have left behind, as a pattern."""
    wrong_password: dict[str, Any] | None = None
    unreachable: dict[str, Any] | None = None


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) FROM n"


def busy_threads() -> int:
    """Threads that are inside a statement of SQLite right now."""
    busy = 0
    for number, frame in sys._current_frames().items():
        if number != threading.main_thread().ident:
            files = {entry.f_code.co_filename for entry, _ in traceback.walk_stack(frame)}
            busy += any(name.endswith("connectors/sqlite.py") for name in files)
    return busy


def sqlite_harness(folder: Path) -> Harness:
    path = folder / "library.sqlite"
    connection = sqlite3.connect(path)
    for statement in (AUTHORS, BOOKS, VIEW):
        connection.execute(statement)
    connection.executemany("INSERT INTO authors VALUES (?, ?, ?)", PEOPLE)
    connection.executemany("INSERT INTO books VALUES (?, ?, ?, ?)", book_rows())
    connection.commit()
    connection.close()

    def count() -> int:
        outside = sqlite3.connect(path)
        number = int(outside.execute("SELECT count(*) FROM books").fetchone()[0])
        outside.close()
        return number

    return Harness(
        "sqlite", "sqlite", {"path": str(path)}, {"path": str(folder / "nothing.sqlite")}, count, busy_threads, ENDLESS,
        (
            "DELETE FROM books", "DROP TABLE books", "CREATE TABLE x (a)", "CREATE TEMP TABLE x (a)",
            f"ATTACH '{folder}/other.db' AS other", f"VACUUM INTO '{folder}/copy.db'", "PRAGMA query_only = off",
            "PRAGMA writable_schema = on", "SELECT load_extension('x')", "BEGIN EXCLUSIVE", "SELECT * FROM sqlite_master",
            "SELECT 1; DELETE FROM books",
        ),
        wide="printf('%.1000c', 'x')",
    )  # fmt: skip


def _fill_duckdb(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        for statement in (AUTHORS, BOOKS, VIEW):
            connection.execute(statement)
        connection.executemany("INSERT INTO authors VALUES (?, ?, ?)", PEOPLE)
        connection.execute(
            "INSERT INTO books SELECT n, 1 + n % 3, CASE WHEN n % 10 > 0 THEN 'Book ' || n END, n % 50 + 0.25"
            f" FROM range(1, {ROWS + 1}) r(n)"
        )


def _duckdb(path: Path, folder: Path, config: dict[str, Any], missing: dict[str, Any]) -> Harness:
    def count() -> int:
        with duckdb.connect(str(path), read_only=True) as outside:
            row = outside.execute("SELECT count(*) FROM books").fetchone()
            assert row is not None
            return int(row[0])

    return Harness(
        "duckdb", "duckdb", config, missing, count, busy_children, "SELECT count(*) FROM range(9000000000000) r(n) WHERE n % 7 = 1",
        (
            "DELETE FROM books", "DROP TABLE books", "CREATE TABLE x (a int)", f"COPY books TO '{folder}/forbidden.csv'",
            f"ATTACH '{folder}/forbidden.duckdb' AS other", "SELECT * FROM read_text('/etc/passwd')",
            f"WITH c AS (COPY (SELECT 1) TO '{folder}/forbidden.txt') SELECT 1", "SET enable_external_access = true",
            f"EXPORT DATABASE '{folder}/forbidden'", "INSTALL httpfs", "LOAD httpfs", "SET memory_limit = '100GB'",
        ),
        forbidden=folder / "forbidden*",
    )  # fmt: skip


def busy_children() -> int:
    """Child processes of ours that are running right now, as the kernel sees it."""
    busy = 0
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if b"connectors.duckdb_child" not in (place / "cmdline").read_bytes():
                continue
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            ours = int(fields[1]) == os.getpid()
            threads = [
                (task / "stat").read_text().rpartition(")")[2].split()[0]
                for task in (place / "task").iterdir()
            ]
            busy += ours and "R" in threads
    return busy


def duckdb_harness(folder: Path) -> Harness:
    path = folder / "library.duckdb"
    _fill_duckdb(path)
    return _duckdb(path, folder, {"path": str(path)}, {"path": str(folder / "nothing.duckdb")})


def files_harness(folder: Path) -> Harness:
    """The same library as CSV, Parquet and Excel: files have no views and no keys."""
    path, data = folder / "made.duckdb", folder / "data"
    data.mkdir()
    _fill_duckdb(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"COPY books TO '{data}/books.csv' (HEADER)")
        connection.execute(f"COPY (SELECT * FROM titles) TO '{data}/titles.parquet'")
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(["id", "name", "born"])
    for number, name, born in PEOPLE:
        sheet.append([number, name, date.fromisoformat(str(born)) if born else None])
    workbook.save(data / "authors.xlsx")
    return _duckdb(path, folder, {"path": str(data)}, {"path": str(folder / "nothing" / "*.csv")})


def postgres_harness(server: DatabaseServer) -> Harness:
    name = server.database()

    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=server.host,
            port=server.port,
            user=server.user,
            password=server.password,
            dbname=name,
            autocommit=True,
        )

    with connect() as connection:
        for statement in (AUTHORS, BOOKS, VIEW):
            connection.execute(statement.encode())
        connection.execute("COMMENT ON COLUMN books.price IS 'in euro'")
        connection.execute("CREATE TYPE mood AS ENUM ('sad', 'glad')")
        connection.execute("CREATE DOMAIN positive AS integer CHECK (VALUE > 0)")
        cursor = connection.cursor()
        cursor.executemany("INSERT INTO authors VALUES (%s, %s, %s)", PEOPLE)
        cursor.executemany("INSERT INTO books VALUES (%s, %s, %s, %s)", book_rows())

    def scalar(query: str) -> int:
        with connect() as outside:
            row = outside.execute(query.encode()).fetchone()
            assert row is not None
            return int(row[0])

    config = {
        "host": server.host, "port": server.port, "database": name, "user": server.user, "password": server.password,
    }  # fmt: skip
    busy = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND application_name = 'datachat' AND state = 'active'"
    return Harness(
        "postgres", "postgres", config, {**config, "database": "nothing"}, lambda: scalar("SELECT count(*) FROM books"),
        lambda: scalar(busy), "SELECT pg_sleep(120)",
        (
            "DELETE FROM books", "DROP TABLE books", "CREATE TABLE x (a int)", "SELECT 1; DELETE FROM books",
            "WITH d AS (DELETE FROM books RETURNING id) SELECT * FROM d", "SET TRANSACTION READ WRITE",
            "SELECT set_config('transaction_read_only', 'off', false)", "SELECT id INTO x FROM books",
            "COPY books TO '/tmp/datachat-copied'", "SELECT lo_from_bytea(4711, 'x')",
        ),
        wrong_password={**config, "password": "wrong"}, unreachable={**config, "port": 1},
    )  # fmt: skip


def mariadb_harness(server: DatabaseServer) -> Harness:
    name = server.database()

    def connect() -> pymysql.Connection[pymysql.cursors.Cursor]:
        return pymysql.connect(
            host=server.host,
            port=server.port,
            user=server.user,
            password=server.password,
            database=name,
            autocommit=True,
        )

    with connect() as connection, connection.cursor() as cursor:
        for statement in (AUTHORS, BOOKS, VIEW):
            cursor.execute(statement)
        cursor.executemany("INSERT INTO authors VALUES (%s, %s, %s)", PEOPLE)
        cursor.executemany("INSERT INTO books VALUES (%s, %s, %s, %s)", book_rows())

    def scalar(query: str) -> int:
        with connect() as outside, outside.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone()
            assert row is not None
            return int(row[0])

    config = {
        "host": server.host, "port": server.port, "database": name, "user": server.user, "password": server.password,
    }  # fmt: skip
    busy = f"SELECT count(*) FROM information_schema.processlist WHERE db = '{name}' AND info LIKE '%sleep(120)%' AND info NOT LIKE '%processlist%'"
    return Harness(
        "mysql", "mysql", config, {**config, "database": "nothing"}, lambda: scalar("SELECT count(*) FROM books"),
        lambda: scalar(busy), "SELECT sleep(120)",
        (
            "DELETE FROM books", "DROP TABLE books", "CREATE TABLE x (a int)", "SELECT 1; DELETE FROM books", "TRUNCATE books",
            "CREATE TEMPORARY TABLE x (a int)", "SELECT id FROM books INTO OUTFILE '/tmp/datachat-out'",
            "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE books", "INSERT INTO books VALUES (9999, 1, 'x', 1)",
        ),
        wrong_password={**config, "password": "wrong"}, unreachable={**config, "port": 1},
    )  # fmt: skip
