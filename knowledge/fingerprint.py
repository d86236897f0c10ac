"""Short names for the state of a schema: equal when nothing changed, different when something did."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from connectors.base import Column, Schema, Table

_LENGTH = 16


def table_fingerprint(table: Table) -> str:
    """Of a table's columns, types, keys and comments; not of its rows."""
    return _digest(
        [
            table.full_name,
            table.is_view,
            table.comment,
            [_column(column) for column in table.columns],
            sorted(
                [list(key.columns), key.ref_schema or "", key.ref_table, list(key.ref_columns)]
                for key in table.foreign_keys
            ),
        ]
    )


def table_fingerprints(schema: Schema) -> dict[str, str]:
    return {table.full_name: table_fingerprint(table) for table in schema.tables}


def source_fingerprint(tables: Mapping[str, str]) -> str:
    """Of a whole source, from the fingerprints of its tables, in whatever order they come."""
    return _digest(sorted(tables.items()))


def columns_fingerprint(schema: Schema, columns: Iterable[str]) -> str:
    """Of some `table.column` names with their types: what a stored statement depends on.

    A name that the schema does not have makes the fingerprint differ from the one taken while it had it.
    """
    found: list[object] = []
    for name in sorted({name.lower() for name in columns}):
        table_name, _, column_name = name.rpartition(".")
        table = schema.table(table_name)
        column = table.column(column_name) if table else None
        found.append([name, [column.type.lower(), column.family] if column else None])
    return _digest(found)


def changed_tables(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """Tables that are new, gone or different."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def text_fingerprint(*parts: str) -> str:
    return _digest(parts)


def _column(column: Column) -> list[object]:
    return [column.name, column.type, column.family, column.nullable, column.primary_key, column.comment]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()[:_LENGTH]
