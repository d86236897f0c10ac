"""How the contract suite meets each engine: make a database, open it, look at it from outside."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


def safe(sql: str, dialect: str) -> SafeSql:
    """Past the guard, to show what stands behind it."""
    return SafeSql(sql, hashlib.sha256(sql.encode()).hexdigest(), dialect, frozenset(), _key=_GUARD_KEY)


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
    wrong_password: dict[str, Any] | None = None
    unreachable: dict[str, Any] | None = None


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) FROM n"


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
        "sqlite", "sqlite", {"path": str(path)}, {"path": str(folder / "nothing.sqlite")}, count, lambda: 0, ENDLESS,
        (
            "DELETE FROM books", "DROP TABLE books", "CREATE TABLE x (a)", "CREATE TEMP TABLE x (a)",
            f"ATTACH '{folder}/other.db' AS other", f"VACUUM INTO '{folder}/copy.db'", "PRAGMA query_only = off",
            "PRAGMA writable_schema = on", "SELECT load_extension('x')", "BEGIN EXCLUSIVE",
        ),
    )  # fmt: skip


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
        {**config, "password": "wrong"}, {**config, "port": 1},
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
        {**config, "password": "wrong"}, {**config, "port": 1},
    )  # fmt: skip
