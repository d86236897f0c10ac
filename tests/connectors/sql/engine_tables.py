"""What each engine itself says a statement reads and does, to hold against the guard's own reading."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import psycopg

from tests.connectors.sql.corpus_schema import statements

READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


@dataclass(frozen=True, slots=True)
class Seen:
    """What an engine saw in a statement; functions and other actions are known of SQLite only."""

    tables: frozenset[str]
    functions: frozenset[str] = frozenset()
    others: frozenset[int] = frozenset()


Ask = Callable[[str], Seen | None]
"""None where the engine does not accept the statement."""


def ask_sqlite() -> Ask:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statement in statements("sqlite"):
        connection.execute(statement)
    connection.execute(
        "SELECT * FROM json_each('[]'), json_tree('[]'), logbook"
    )  # their first use is written down
    tables: set[str] = set()
    functions: set[str] = set()
    others: set[int] = set()

    def authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if (
            action == sqlite3.SQLITE_READ and second
        ):  # without a column it may be a CTE whose rows are counted
            tables.add(str(first).lower())
        elif action == sqlite3.SQLITE_FUNCTION:
            functions.add(str(second).lower())
        if action not in READING:
            others.add(action)
        return sqlite3.SQLITE_OK

    roots = {
        row[0]: row[1].lower() for row in connection.execute("SELECT rootpage, tbl_name FROM sqlite_master")
    }
    connection.set_authorizer(authorize)

    def ask(sql: str) -> Seen | None:
        for found in (tables, functions, others):
            found.clear()
        try:
            program = connection.execute(f"EXPLAIN {sql}").fetchall()
        except sqlite3.Error:
            return None
        opened = {roots[step[3]] for step in program if step[1] == "OpenRead" and step[3] in roots}
        return Seen(frozenset(tables | opened), frozenset(functions), frozenset(others))

    return ask


def ask_duckdb() -> Ask:
    connection = duckdb.connect(":memory:")
    for statement in statements("duckdb"):
        connection.execute(statement)

    def ask(sql: str) -> Seen | None:
        try:
            connection.execute(f"EXPLAIN {sql}").fetchall()
            names = connection.get_table_names(sql, qualified=True)
        except duckdb.Error:
            return None
        return Seen(frozenset(_bare(name) for name in names))

    return ask


def _bare(name: str) -> str:
    """`main.ships AS s` and `ships TABLESAMPLE …` are ships."""
    stored = re.split(r" AS | TABLESAMPLE ", name, maxsplit=1)[0]
    return stored.rpartition(".")[2].strip('"').lower()


def ask_postgres(connection: psycopg.Connection[Any]) -> Ask:
    def ask(sql: str) -> Seen | None:
        try:
            row = connection.execute(f"EXPLAIN (VERBOSE, FORMAT JSON) {sql}".encode()).fetchone()
        except psycopg.Error:
            return None
        plan = row[0] if row is not None else []
        return Seen(frozenset(_relations(plan if not isinstance(plan, str) else json.loads(plan))))

    return ask


def _relations(node: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(node, dict):
        if "Relation Name" in node:
            found.add(str(node["Relation Name"]).lower())
        for value in node.values():
            found |= _relations(value)
    elif isinstance(node, list):
        for value in node:
            found |= _relations(value)
    return found
