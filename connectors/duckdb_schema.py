"""DuckDB's catalog in a handful of statements, its types and its estimates."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from connectors.base import Column, CostEstimate, ForeignKey, Schema, Table, TypeFamily
from connectors.errors import QueryRejected

Rows = Callable[[str], Awaitable[list[list[Any]]]]

_HERE = "database_name = current_database() AND NOT internal"
_TABLES = f"""SELECT schema_name, table_name, false, estimated_size, comment FROM duckdb_tables() WHERE {_HERE}
UNION ALL SELECT schema_name, view_name, true, NULL, comment FROM duckdb_views() WHERE {_HERE} ORDER BY 1, 2"""  # noqa: S608 - constants
_COLUMNS = f"""SELECT schema_name, table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns() WHERE {_HERE}
ORDER BY schema_name, table_name, column_index"""  # noqa: S608 - constants
_KEYS = """SELECT schema_name, table_name, constraint_type, constraint_column_names, referenced_table, referenced_column_names
FROM duckdb_constraints() WHERE database_name = current_database() AND constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY')"""

_FAMILIES = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "BIGNUM"), TypeFamily.integer),
    **dict.fromkeys(("DECIMAL", "FLOAT", "DOUBLE"), TypeFamily.decimal),
    **dict.fromkeys(("VARCHAR", "UUID", "ENUM", "BIT"), TypeFamily.text),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"), TypeFamily.timestamp),
    **dict.fromkeys(("TIME", "TIME_NS", "TIME WITH TIME ZONE"), TypeFamily.time),
    **dict.fromkeys(("STRUCT", "MAP", "UNION", "JSON", "LIST", "ARRAY", "VARIANT"), TypeFamily.json),
    "BOOLEAN": TypeFamily.boolean, "DATE": TypeFamily.date, "INTERVAL": TypeFamily.interval, "BLOB": TypeFamily.binary,
}  # fmt: skip


def family_of(declared: str) -> TypeFamily:
    if declared.endswith("]"):
        return TypeFamily.json
    return _FAMILIES.get(declared.partition("(")[0].strip(), TypeFamily.other)


async def read(rows: Rows) -> Schema:
    """`rows` runs a statement and returns all its rows."""
    tables = await rows(_TABLES)
    for space, name, is_view, _, _ in tables:
        if is_view:
            await _bind(rows, space, name)
    columns: dict[tuple[str, str], list[Column]] = defaultdict(list)
    primary, foreign = await _keys(rows)
    for space, table, name, declared, nullable, comment in await rows(_COLUMNS):
        key = name in primary[space, table]
        columns[space, table].append(
            Column(name, declared, family_of(declared), bool(nullable), key, comment or "")
        )
    return Schema(
        tuple(
            Table(
                name, tuple(columns[space, name]), None if space == "main" else space, is_view, comment or "",
                tuple(foreign[space, name]), estimate,
            )
            for space, name, is_view, estimate, comment in tables
            if columns[space, name] and not columns[space, name][0].name.startswith("__dummy_col")
        )
    )  # fmt: skip


async def _bind(rows: Rows, space: str, name: str) -> None:
    """DuckDB knows a view's columns only after its first use; a view over something that is gone keeps none."""
    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in (space, name))
    try:
        await rows(f"SELECT * FROM {quoted} LIMIT 0")  # noqa: S608 - names come from the catalog, quoted
    except QueryRejected:
        return


async def _keys(
    rows: Rows,
) -> tuple[dict[tuple[str, str], set[str]], dict[tuple[str, str], list[ForeignKey]]]:
    primary: dict[tuple[str, str], set[str]] = defaultdict(set)
    foreign: dict[tuple[str, str], list[ForeignKey]] = defaultdict(list)
    for space, table, kind, own, ref_table, refs in await rows(_KEYS):
        if kind == "PRIMARY KEY":
            primary[space, table].update(own)
        else:
            ref_space = None if space == "main" else space
            foreign[space, table].append(ForeignKey(tuple(own), ref_table, tuple(refs), ref_space))
    return primary, foreign


_NAME = re.compile(r'"(?:[^"]|"")*"|[^".\s]+')


def table_name(listed: str) -> str:
    """`schema.table`, or `table` in the default schema, of a name in DuckDB's plans.

    >>> table_name('shop.main."Big Table"')
    'big table'
    """
    parts: list[str] = []
    place = 0
    while found := _NAME.match(listed, place):
        part = found.group()
        parts.append(part[1:-1].replace('""', '"') if part.startswith('"') else part)
        place = found.end() + 1
        if listed[found.end() : place] != ".":
            break
    schema, name = ("main", *parts)[-2:]
    return (name if schema == "main" else f"{schema}.{name}").lower()


def estimate(explained: Sequence[Sequence[Any]]) -> CostEstimate:
    """The rows of the plan's widest step."""
    text = next((str(row[1]) for row in explained if row[0] == "physical_plan"), "[]")
    widest = max((_widest(node)[1] for node in json.loads(text)), default=0.0)
    return CostEstimate(rows=widest, text=text)


_EVERY_PAIR = frozenset({"CROSS_PRODUCT", "NESTED_LOOP_JOIN", "BLOCKWISE_NL_JOIN"})
"""Steps that look at each row of one side with each row of the other."""


def _widest(node: Mapping[str, Any]) -> tuple[float, float]:
    """Rows that the step puts out, and rows of the widest step at or below it."""
    below = [_widest(child) for child in node.get("children", ())]
    guess = str(node.get("extra_info", {}).get("Estimated Cardinality", ""))
    pairs = math.prod(rows for rows, _ in below) if node.get("name") in _EVERY_PAIR else 0.0
    rows = float(guess) if guess.isdigit() else max([pairs, *(rows for rows, _ in below)], default=1.0)
    return rows, max([rows, pairs, *(widest for _, widest in below)])
