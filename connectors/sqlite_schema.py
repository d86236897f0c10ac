"""Tables, columns and keys of a SQLite file, in a handful of statements."""

from __future__ import annotations

import dataclasses
import re
import sqlite3
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from connectors.base import Column, ForeignKey, Schema, Table, TypeFamily

# https://www.sqlite.org/datatype3.html section 3.1, with the date-like names that people declare
_FAMILIES = (
    ("BOOL", TypeFamily.boolean),
    ("DATETIME", TypeFamily.timestamp),
    ("TIMESTAMP", TypeFamily.timestamp),
    ("DATE", TypeFamily.date),
    ("TIME", TypeFamily.time),
    ("JSON", TypeFamily.json),
    ("INT", TypeFamily.integer),
    ("CHAR", TypeFamily.text),
    ("CLOB", TypeFamily.text),
    ("TEXT", TypeFamily.text),
    ("STRING", TypeFamily.text),
    ("BLOB", TypeFamily.binary),
    ("REAL", TypeFamily.decimal),
    ("FLOA", TypeFamily.decimal),
    ("DOUB", TypeFamily.decimal),
    ("NUM", TypeFamily.decimal),
    ("DEC", TypeFamily.decimal),
    ("MONEY", TypeFamily.decimal),
    ("YEAR", TypeFamily.integer),
)

LOOK_SECONDS = 0.2
"""How long the first rows of a view without declared types may take."""


def family_of(declared: str) -> TypeFamily:
    """What a declared type says its values are like; SQLite itself does not hold them to it."""
    upper = declared.upper()
    return next(
        (family for sign, family in _FAMILIES if sign in upper),
        TypeFamily.other if upper else TypeFamily.text,
    )


def read(connection: sqlite3.Connection) -> Schema:
    listed = connection.execute(
        "SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND type <> 'shadow'"
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    ).fetchall()
    columns = _columns(connection, [name for name, _ in listed])
    columns = {name: _seen(connection, name, listed) for name, listed in columns.items()}
    keys = _foreign_keys(connection, columns)
    estimates = _estimates(connection)
    return Schema(
        tuple(
            Table(
                name,
                columns[name],
                is_view=kind == "view",
                foreign_keys=tuple(keys[name]),
                row_estimate=estimates.get(name),
            )
            for name, kind in sorted(listed, key=lambda entry: entry[0].lower())
            if columns.get(name)
        )
    )


def _columns(connection: sqlite3.Connection, names: list[str]) -> dict[str, tuple[Column, ...]]:
    found: dict[str, list[Column]] = defaultdict(list)
    for name in names:
        try:
            rows = connection.execute(
                'SELECT name, type, "notnull", pk, hidden FROM pragma_table_xinfo(?)', (name,)
            ).fetchall()
        except sqlite3.DatabaseError:
            continue  # a view over something that is gone
        for column, declared, required, key, hidden in rows:
            if hidden != 1:
                found[name].append(
                    Column(column, declared, family_of(declared), not required and not key, bool(key))
                )
    return {name: tuple(listed) for name, listed in found.items()}


def _seen(connection: sqlite3.Connection, name: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Computed columns of a view have no declared type; their first values tell what they are like."""
    if all(column.type for column in columns):
        return columns
    quoted = '"' + name.replace('"', '""') + '"'
    deadline = time.monotonic() + LOOK_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 5_000)
    try:
        rows = connection.execute(f"SELECT * FROM {quoted} LIMIT 20").fetchall()  # noqa: S608 - from the catalog, quoted
    except sqlite3.Error:
        return columns  # slow or broken: the columns stay without a known type
    finally:
        connection.set_progress_handler(None, 0)
    found = [widened(None, place, rows) for place in range(len(columns))] if rows else [None] * len(columns)
    return tuple(
        column if column.type or family is None else dataclasses.replace(column, family=family)
        for column, family in zip(columns, found, strict=True)
    )


def _foreign_keys(
    connection: sqlite3.Connection, columns: dict[str, tuple[Column, ...]]
) -> dict[str, list[ForeignKey]]:
    spelled = {name.lower(): name for name in columns}
    keys: dict[str, list[ForeignKey]] = defaultdict(list)
    for name in columns:
        parts: dict[int, list[tuple[str, str, str | None]]] = defaultdict(list)
        listed = connection.execute(
            'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq', (name,)
        )
        for number, target, column, ref in listed:
            parts[number].append((target, column, ref))
        for pieces in parts.values():
            target = spelled.get(pieces[0][0].lower())
            if target is None:
                continue
            primary = [c.name for c in columns[target] if c.primary_key]
            refs = [ref or (primary[i] if i < len(primary) else "") for i, (_, _, ref) in enumerate(pieces)]
            if all(refs):
                keys[name].append(ForeignKey(tuple(c for _, c, _ in pieces), target, tuple(refs)))
    return keys


def _estimates(connection: sqlite3.Connection) -> dict[str, int]:
    """Row counts that ANALYZE left behind; most files have none."""
    try:
        rows = connection.execute("SELECT tbl, stat FROM sqlite_stat1").fetchall()
    except sqlite3.DatabaseError:
        return {}
    return {table: int(stat.split()[0]) for table, stat in rows if stat and stat.split()[0].isdigit()}


_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TIMESTAMP = re.compile(_DATE.pattern + r"[ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")


def widened(family: TypeFamily | None, place: int, rows: Sequence[Sequence[Any]]) -> TypeFamily | None:
    """The narrowest family that holds the values seen before and these."""
    for row in rows:
        value = row[place]
        if value is None or family in (TypeFamily.text, TypeFamily.other):
            continue
        found = _family(value)
        if family is None or found is family:
            family = found
        elif {family, found} == {TypeFamily.integer, TypeFamily.decimal}:
            family = TypeFamily.decimal
        elif {family, found} == {TypeFamily.date, TypeFamily.timestamp}:
            family = TypeFamily.timestamp
        else:
            textual = (TypeFamily.text, TypeFamily.date, TypeFamily.timestamp)
            family = TypeFamily.text if family in textual and found in textual else TypeFamily.other
    return family


def _family(value: object) -> TypeFamily:
    if isinstance(value, int):
        return TypeFamily.integer
    if isinstance(value, float):
        return TypeFamily.decimal
    if isinstance(value, bytes):
        return TypeFamily.binary
    text = str(value)
    if len(text) >= 10 and text[4:5] == "-":
        if _DATE.fullmatch(text):
            return TypeFamily.date
        if _TIMESTAMP.fullmatch(text):
            return TypeFamily.timestamp
    return TypeFamily.text
