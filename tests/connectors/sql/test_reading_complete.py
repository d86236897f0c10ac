"""Nothing of a statement is lost in its reading: made-up statements, and the guard's ordinary corpus on real engines."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from connectors.base import Schema
from connectors.sql.grammar import reader
from connectors.sql.readings.date_forms import match_date
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql
from connectors.sql.readings.scope import NotReadable
from connectors.sqlite_schema import read
from tests.connectors.sql.corpus_schema import DIALECTS, corpus, statements

CHANCE = ("random(", "sample", "uuid(", "now(", "current_", "today(", "unixepoch(", "'now'")
ENGINE_QUIRKS = ("mod(", "0x1F", "date_sub(")
"""SQLite's mod() gives 1.0 where % gives 1; DuckDB reads hexadecimal and counts date parts in its own way."""


@pytest.fixture(scope="module")
def lite() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    for statement in statements("sqlite"):
        connection.execute(statement)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(":memory:")
    for statement in statements("duckdb"):
        connection.execute(statement)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def schema(lite: sqlite3.Connection) -> Schema:
    return read(lite)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_ordinary_statements_are_read_whole(dialect: str, schema: Schema) -> None:
    for item in corpus("ordinary", dialect):
        reading = from_sql(item["sql"], dialect, schema)
        if item["sql"].startswith("VALUES"):
            continue  # kept as text in a sub-query, where the parser does not know VALUES … ORDER BY
        lost = _words(item["sql"], dialect) - _words(to_sql(reading, dialect), dialect)
        assert not lost, (item["sql"], lost)


def test_ordinary_statements_keep_their_rows_on_sqlite(lite: sqlite3.Connection, schema: Schema) -> None:
    _rows_stay("sqlite", schema, lambda sql: lite.execute(sql).fetchall())


def test_ordinary_statements_keep_their_rows_on_duckdb(
    duck: duckdb.DuckDBPyConnection, schema: Schema
) -> None:
    _rows_stay("duckdb", schema, lambda sql: duck.execute(sql).fetchall())


def _rows_stay(dialect: str, schema: Schema, run: Callable[[str], list[tuple[object, ...]]]) -> None:
    compared = 0
    for item in corpus("ordinary", dialect):
        sql = item["sql"]
        if any(word in sql.lower() for word in CHANCE) or any(word in sql for word in ENGINE_QUIRKS):
            continue
        try:
            reading = from_sql(sql, dialect, schema)
        except NotReadable:
            continue
        again = to_sql(reading, dialect)
        compared += 1
        assert Counter(map(repr, run(again))) == Counter(map(repr, run(sql))), (sql, again)
    assert compared > 150


def _words(sql: str, dialect: str) -> set[str]:
    """The tables, columns and literals of a statement. Places in ORDER BY, aliases, date formats, OFFSET 0 and the
    `$.` of a JSON path are spelling."""
    tree = sqlglot.parse_one(sql, read=reader(dialect))
    ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    aliases = {alias.alias.lower() for alias in tree.find_all(exp.Alias)}
    spelled = {
        id(part) for node in tree.walk() if match_date(node, dialect) for part in node.find_all(exp.Literal)
    }
    words = {table.name.lower() for table in tree.find_all(exp.Table)} - ctes
    words |= {c.name.lower() for c in tree.find_all(exp.Column) if c.table or c.name.lower() not in aliases}
    words |= {key.name for key in tree.find_all(exp.JSONPathKey)}
    for literal in tree.find_all(exp.Literal):
        if isinstance(literal.parent, exp.Ordered | exp.Group | exp.Extract) or id(literal) in spelled:
            continue
        number = re.fullmatch(r"\d+(\.\d+)?", literal.name)
        words.add(
            repr(float(literal.name)) if number or not literal.is_string else literal.name.removeprefix("$.")
        )
    return words - {"*", "", "0.0"}


NUMBERS = st.integers(min_value=2, max_value=3000)
COLUMNS = {
    "s": ("name", "flag", "built", "tons"),
    "c": ("name", "role", "ship_id"),
    "v": ("port_to", "cargo_tons"),
}


@st.composite
def conditions(draw: st.DrawFn, aliases: tuple[str, ...], depth: int = 2) -> str:
    """A condition in which every piece can be told from every other."""
    alias = draw(st.sampled_from(aliases))
    column = f"{alias}.{draw(st.sampled_from(COLUMNS[alias]))}"
    a, b = sorted((draw(NUMBERS), draw(NUMBERS)))
    plain = [
        f"{column} {draw(st.sampled_from(('=', '<>', '<', '<=', '>', '>=')))} {a}",
        f"{column} {draw(st.sampled_from(('BETWEEN', 'NOT BETWEEN')))} {a} AND {b}",
        f"{column} {draw(st.sampled_from(('IN', 'NOT IN')))} ({a}, {b}, 'NO')",
        f"{column} {draw(st.sampled_from(('LIKE', 'NOT LIKE')))} '%{a}%'",
        f"{column} {draw(st.sampled_from(('IS NULL', 'IS NOT NULL')))}",
        f"{column} / {a} > {b} / 7",
        f"abs({column}) + {a} * -{b} < CASE {column} WHEN {a} THEN 5 ELSE {b} END",
        f"{column} || 'x{a}' LIKE 'A!%%' ESCAPE '!'",
    ]
    if depth:
        left, right = (draw(conditions(aliases, depth - 1)) for _ in range(2))
        word = draw(st.sampled_from(("AND", "OR")))
        inner = draw(conditions(("v",), 0))
        plain += [
            f"({left} {word} {right})",
            f"NOT ({left})",
            f"EXISTS (SELECT 1 FROM voyages AS v WHERE v.ship_id = {alias}.{'id' if alias == 's' else 'ship_id'} AND {inner})",
            f"{column} IN (SELECT v.ship_id FROM voyages v WHERE {inner} ORDER BY v.id LIMIT {a})",
        ]
    return draw(st.sampled_from(plain))


@st.composite
def selects(draw: st.DrawFn) -> str:
    join = draw(st.sampled_from(("JOIN", "LEFT JOIN", "FULL JOIN", ", ")))
    on = f" ON s.id = c.ship_id AND {draw(conditions(('s', 'c'), 0))}" if join != ", " else ""
    where = draw(conditions(("s", "c")))
    grouped = draw(st.booleans())
    number = draw(NUMBERS)
    shown = draw(
        st.sampled_from(
            (
                "s.flag, count(*) AS n",
                "s.flag AS f, sum(s.tons) / count(c.id)",
                "s.flag, max(DISTINCT c.name)",
            )
        )
        if grouped
        else st.sampled_from(
            ("s.*, c.role", "DISTINCT s.name, c.role AS r", f"s.name || '{number}', row_number() OVER w")
        )
    )
    sql = f"SELECT {shown} FROM ships AS s {join} crew AS c{on} WHERE {where}"
    if grouped:
        sql += f" GROUP BY s.flag HAVING count(*) > {draw(st.integers(0, 1))} AND min(s.tons) < {number}"
    if "OVER w" in shown:
        sql += " WINDOW w AS (PARTITION BY s.flag ORDER BY s.id, c.id)"
    sql += draw(st.sampled_from((" ORDER BY s.flag DESC NULLS FIRST", " ORDER BY 1, 2 DESC NULLS LAST", "")))
    sql += draw(st.sampled_from((" LIMIT 2000 OFFSET 0", f" LIMIT (SELECT {number} + 2000)", "")))
    shape = draw(
        st.sampled_from(("{}", "WITH x AS ({}) SELECT * FROM x", "SELECT * FROM ({}) AS t LIMIT 1000"))
    )
    return shape.format(sql)


@settings(max_examples=250)
@given(sql=selects())
def test_a_made_up_statement_is_read_whole_and_keeps_its_rows(sql: str) -> None:
    connection, schema = _fleet()
    reading = from_sql(sql, "sqlite", schema)
    again = to_sql(reading, "sqlite")
    assert not _words(sql, "sqlite") - _words(again, "sqlite"), again
    assert Counter(map(repr, connection.execute(again))) == Counter(map(repr, connection.execute(sql))), again
    assert from_sql(again, "sqlite", schema) == reading, again


@cache
def _fleet() -> tuple[sqlite3.Connection, Schema]:
    connection = sqlite3.connect(":memory:")
    for statement in statements("sqlite"):
        connection.execute(statement)
    return connection, read(connection)
