"""PostgreSQL's catalog in three statements, and its result types."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.types.string import TextLoader

from connectors.base import Column, ForeignKey, ResultColumn, Schema, Table, TypeFamily

# neither parts of another table, nor tables that an extension brought along
_COLUMNS = b"""
SELECT n.nspname, c.relname, c.relkind::text, greatest(c.reltuples, -1)::bigint, obj_description(c.oid, 'pg_class'),
       a.attname, format_type(a.atttypid, a.atttypmod),
       format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL), t.typcategory::text, NOT a.attnotnull,
       col_description(c.oid, a.attnum),
       EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey))
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND NOT (EXISTS (SELECT 1 FROM pg_inherits i WHERE i.inhrelid = c.oid)
           AND NOT EXISTS (SELECT 1 FROM pg_attribute o WHERE o.attrelid = c.oid AND o.attnum > 0
                           AND o.attinhcount = 0 AND NOT o.attisdropped))
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
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
_AS_TEXT = (
    "date", "timestamp", "timestamptz", "time", "timetz", "interval", "int4range", "int8range", "numrange", "daterange",
    "tsrange", "tstzrange", "int4multirange", "int8multirange", "nummultirange", "datemultirange", "tsmultirange",
    "tstzmultirange",
)  # fmt: skip
_NAMES = b"SELECT t.oid::int8, format_type(t.oid, NULL), t.typcategory::text FROM pg_type t WHERE t.oid = ANY (%s::oid[])"


class _IsoMoment(TextLoader):
    """Moments as PostgreSQL writes them, made ISO 8601: Python has no year 0, 24:00 or infinity."""

    def load(self, data: Buffer) -> str:
        text = bytes(data).decode()
        if text[4:5] == "-" and text[10:11] == " " and not text.endswith("BC"):
            text = f"{text[:10]}T{text[11:]}"
            if re.search(r"[+-]\d\d$", text):
                text += ":00"
        return text


class _ExactJson(TextLoader):
    """JSON with its numbers unrounded."""

    def load(self, data: Buffer) -> Any:
        return json.loads(bytes(data), parse_float=Decimal)


def register_loaders(connection: psycopg.AsyncConnection[Any]) -> None:
    for name in _AS_TEXT:
        loader = _IsoMoment if name.startswith("timestamp") else TextLoader
        connection.adapters.register_loader(name, loader)
    for name in ("json", "jsonb"):
        connection.adapters.register_loader(name, _ExactJson)


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
        base,
        category,
        nullable,
        comment,
        primary,
    ) in rows:
        about[space, name] = (kind, estimate, table_comment or "")
        columns[space, name].append(
            Column(column, declared, family_of(base, category), nullable, primary, comment or "")
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


def family_of(name: str, category: str) -> TypeFamily:
    """`name` without its modifiers, a domain's being that of its base; `category` is pg_type.typcategory."""
    if category == "N":
        return TypeFamily.integer if name in ("smallint", "integer", "bigint", "oid") else TypeFamily.decimal
    if category == "D":
        if name == "date":
            return TypeFamily.date
        return TypeFamily.timestamp if name.startswith("timestamp") else TypeFamily.time
    if name in ("json", "jsonb", "record"):
        return TypeFamily.json
    if name == "bytea":
        return TypeFamily.binary
    if name == "uuid":
        return TypeFamily.text
    return _CATEGORIES.get(category, TypeFamily.other)


async def result_columns(
    cursor: psycopg.AsyncCursor[Any], known: dict[int, tuple[str, str]]
) -> tuple[ResultColumn, ...]:
    """The columns of an answer; `known` remembers name and category of the types met so far."""
    described = cursor.description or []
    missing = [column.type_code for column in described if column.type_code not in known]
    if missing:
        named = await cursor.connection.execute(_NAMES, (missing,))
        known.update({oid: (name, category) for oid, name, category in await named.fetchall()})
    columns = []
    for column in described:
        name, category = known.get(column.type_code, ("", ""))
        columns.append(ResultColumn(column.name, name or column.type_display, family_of(name, category)))
    return tuple(columns)
