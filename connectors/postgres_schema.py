"""PostgreSQL's catalog in three statements, and its result types."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import psycopg

from connectors.base import Column, ForeignKey, ResultColumn, Schema, Table, TypeFamily

_COLUMNS = b"""
SELECT n.nspname, c.relname, c.relkind::text, greatest(c.reltuples, -1)::bigint, obj_description(c.oid, 'pg_class'),
       a.attname, format_type(a.atttypid, a.atttypmod), t.typcategory::text, NOT a.attnotnull,
       col_description(c.oid, a.attnum),
       EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey))
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (cardinality(%s::text[]) = 0 OR n.nspname = ANY (%s::text[]))
  AND has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT')
ORDER BY n.nspname, c.relname, a.attnum
"""
_KEYS = b"""
SELECT n.nspname, c.relname, rn.nspname, rc.relname,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(num, place)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.place),
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(num, place)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.place)
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class rc ON rc.oid = k.confrelid JOIN pg_namespace rn ON rn.oid = rc.relnamespace
WHERE k.contype = 'f'
ORDER BY k.conname
"""
_CATEGORIES = {"S": TypeFamily.text, "B": TypeFamily.boolean, "A": TypeFamily.json, "C": TypeFamily.json, "T": TypeFamily.interval, "E": TypeFamily.text, "I": TypeFamily.text}  # fmt: skip
_OIDS = {
    16: TypeFamily.boolean, 17: TypeFamily.binary, 20: TypeFamily.integer, 21: TypeFamily.integer, 23: TypeFamily.integer,
    25: TypeFamily.text, 114: TypeFamily.json, 700: TypeFamily.decimal, 701: TypeFamily.decimal, 790: TypeFamily.decimal,
    1042: TypeFamily.text, 1043: TypeFamily.text, 1082: TypeFamily.date, 1083: TypeFamily.time, 1114: TypeFamily.timestamp,
    1184: TypeFamily.timestamp, 1186: TypeFamily.interval, 1266: TypeFamily.time, 1700: TypeFamily.decimal, 2950: TypeFamily.text,
    3802: TypeFamily.json, 19: TypeFamily.text,
}  # fmt: skip
TEXT_OIDS = (1082, 1114, 1184, 1083, 1266)
"""Dates and times are taken as PostgreSQL writes them (ISO): Python has no year 0, 24:00 or infinity."""


async def read(connection: psycopg.AsyncConnection[Any], schemas: tuple[str, ...]) -> Schema:
    """Tables and views that the account may read, in `schemas` or in all of them."""
    rows = await (await connection.execute(_COLUMNS, (list(schemas), list(schemas)))).fetchall()
    columns: dict[tuple[str, str], list[Column]] = defaultdict(list)
    about: dict[tuple[str, str], tuple[str, int, str]] = {}
    for (
        space,
        name,
        kind,
        estimate,
        table_comment,
        column,
        declared,
        category,
        nullable,
        comment,
        primary,
    ) in rows:
        about[space, name] = (kind, estimate, table_comment or "")
        columns[space, name].append(
            Column(column, declared, family_of(declared, category), nullable, primary, comment or "")
        )
    keys: dict[tuple[str, str], list[ForeignKey]] = defaultdict(list)
    for space, name, ref_space, ref_name, own, ref in await (await connection.execute(_KEYS)).fetchall():
        if (ref_space, ref_name) in about:
            keys[space, name].append(ForeignKey(tuple(own), ref_name, tuple(ref), _outside(ref_space)))
    return Schema(
        tuple(
            Table(
                name, tuple(columns[space, name]), _outside(space), kind in ("v", "m"), comment, tuple(keys[space, name]),
                estimate if estimate >= 0 else None,
            )
            for (space, name), (kind, estimate, comment) in about.items()
        )
    )  # fmt: skip


def _outside(space: str) -> str | None:
    return None if space == "public" else space


def family_of(declared: str, category: str) -> TypeFamily:
    """`category` is pg_type.typcategory (PostgreSQL manual, table 53.65)."""
    if category == "N":
        return (
            TypeFamily.integer if declared in ("smallint", "integer", "bigint", "oid") else TypeFamily.decimal
        )
    if category == "D":
        if declared == "date":
            return TypeFamily.date
        return TypeFamily.timestamp if declared.startswith("timestamp") else TypeFamily.time
    if declared in ("json", "jsonb"):
        return TypeFamily.json
    if declared == "bytea":
        return TypeFamily.binary
    if declared == "uuid":
        return TypeFamily.text
    return _CATEGORIES.get(category, TypeFamily.other)


def result_column(described: psycopg.Column) -> ResultColumn:
    family = _OIDS.get(described.type_code, TypeFamily.other)
    return ResultColumn(described.name, described.type_display or family.value, family)
