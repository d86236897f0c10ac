"""MySQL's and MariaDB's catalog in three statements, and their result types."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from pymysql.connections import Connection
from pymysql.constants import FIELD_TYPE
from pymysql.cursors import Cursor

from connectors.base import Column, ForeignKey, ResultColumn, Schema, Table, TypeFamily
from connectors.errors import FailureKind, QueryRejected

_TABLES = "SELECT table_name, table_type, table_rows, table_comment FROM information_schema.tables WHERE table_schema = %s ORDER BY 1"
_COLUMNS = """SELECT table_name, column_name, column_type, data_type, is_nullable, column_key, column_comment
FROM information_schema.columns WHERE table_schema = %s ORDER BY table_name, ordinal_position"""
_KEYS = """SELECT table_name, constraint_name, column_name, referenced_table_name, referenced_column_name
FROM information_schema.key_column_usage
WHERE table_schema = %s AND referenced_table_schema = %s ORDER BY table_name, constraint_name, ordinal_position"""
_FAMILIES = {
    "tinyint": TypeFamily.integer, "smallint": TypeFamily.integer, "mediumint": TypeFamily.integer, "int": TypeFamily.integer,
    "bigint": TypeFamily.integer, "year": TypeFamily.integer, "decimal": TypeFamily.decimal, "float": TypeFamily.decimal,
    "double": TypeFamily.decimal, "date": TypeFamily.date, "datetime": TypeFamily.timestamp, "timestamp": TypeFamily.timestamp,
    "time": TypeFamily.time, "json": TypeFamily.json, "binary": TypeFamily.binary, "varbinary": TypeFamily.binary,
    "blob": TypeFamily.binary, "tinyblob": TypeFamily.binary, "mediumblob": TypeFamily.binary, "longblob": TypeFamily.binary,
    "bit": TypeFamily.binary, "char": TypeFamily.text, "varchar": TypeFamily.text, "text": TypeFamily.text,
    "tinytext": TypeFamily.text, "mediumtext": TypeFamily.text, "longtext": TypeFamily.text, "enum": TypeFamily.text,
    "set": TypeFamily.text, "uuid": TypeFamily.text, "inet6": TypeFamily.text,
}  # fmt: skip
_CODES = {
    FIELD_TYPE.TINY: TypeFamily.integer, FIELD_TYPE.SHORT: TypeFamily.integer, FIELD_TYPE.INT24: TypeFamily.integer,
    FIELD_TYPE.LONG: TypeFamily.integer, FIELD_TYPE.LONGLONG: TypeFamily.integer, FIELD_TYPE.YEAR: TypeFamily.integer,
    FIELD_TYPE.DECIMAL: TypeFamily.decimal, FIELD_TYPE.NEWDECIMAL: TypeFamily.decimal, FIELD_TYPE.FLOAT: TypeFamily.decimal,
    FIELD_TYPE.DOUBLE: TypeFamily.decimal, FIELD_TYPE.DATE: TypeFamily.date, FIELD_TYPE.NEWDATE: TypeFamily.date,
    FIELD_TYPE.DATETIME: TypeFamily.timestamp, FIELD_TYPE.TIMESTAMP: TypeFamily.timestamp, FIELD_TYPE.TIME: TypeFamily.time,
    FIELD_TYPE.JSON: TypeFamily.json, FIELD_TYPE.BIT: TypeFamily.binary, FIELD_TYPE.GEOMETRY: TypeFamily.binary,
}  # fmt: skip


BINARY_CHARSET = 63
_TEXT_OR_BINARY = (
    FIELD_TYPE.VAR_STRING, FIELD_TYPE.STRING, FIELD_TYPE.VARCHAR, FIELD_TYPE.BLOB, FIELD_TYPE.TINY_BLOB,
    FIELD_TYPE.MEDIUM_BLOB, FIELD_TYPE.LONG_BLOB,
)  # fmt: skip
_NAMES = {
    code: name
    for name, code in vars(FIELD_TYPE).items()
    if name.isupper() and name not in ("CHAR", "INTERVAL")
}


def family_of(data_type: str, column_type: str) -> TypeFamily:
    if column_type.lower() == "tinyint(1)":
        return TypeFamily.boolean
    return _FAMILIES.get(data_type.lower(), TypeFamily.other)


def read(connection: Connection[Cursor], database: str) -> Schema:
    """Tables and views of one database."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, (database,))
        tables = cursor.fetchall()
        cursor.execute(_COLUMNS, (database,))
        columns: dict[str, list[Column]] = defaultdict(list)
        for table, name, declared, data_type, nullable, key, comment in cursor.fetchall():
            family = family_of(data_type, declared)
            columns[table].append(
                Column(name, declared, family, nullable == "YES", key == "PRI", comment or "")
            )
        cursor.execute(_KEYS, (database, database))
        pieces: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
        for table, constraint, column, ref_table, ref_column in cursor.fetchall():
            pieces[table, constraint].append((column, ref_table, ref_column))
    keys: dict[str, list[ForeignKey]] = defaultdict(list)
    for (table, _), parts in pieces.items():
        keys[table].append(ForeignKey(tuple(p[0] for p in parts), parts[0][1], tuple(p[2] for p in parts)))
    return Schema(
        tuple(
            Table(
                name, tuple(columns[name]), is_view="VIEW" in kind, comment="" if "VIEW" in kind else comment or "",
                foreign_keys=tuple(keys[name]), row_estimate=int(rows) if rows is not None else None,
            )
            for name, kind, rows, comment in tables
            if columns[name]
        )
    )  # fmt: skip


def result_columns(cursor: Cursor) -> tuple[ResultColumn, ...]:
    if not cursor.description:
        raise QueryRejected("The statement returns no rows.", kind=FailureKind.permission)
    fields = cursor._result.fields  # type: ignore[attr-defined]
    return tuple(ResultColumn(field.name, *_type_of(field)) for field in fields)


def _type_of(field: Any) -> tuple[str, TypeFamily]:
    """The protocol tells binary from text by the character set only."""
    if field.type_code in _TEXT_OR_BINARY:
        binary = field.charsetnr == BINARY_CHARSET
        return ("BLOB", TypeFamily.binary) if binary else ("VARCHAR", TypeFamily.text)
    name = _NAMES.get(field.type_code, "VARCHAR")
    return name, _CODES.get(field.type_code, TypeFamily.text)


def typed(columns: tuple[ResultColumn, ...], rows: Iterable[tuple[Any, ...]]) -> Iterable[Sequence[object]]:
    """Rows whose JSON texts are read as JSON, their numbers unrounded."""
    places = [place for place, column in enumerate(columns) if column.family is TypeFamily.json]
    if not places:
        return rows
    return [[_json(cell) if place in places else cell for place, cell in enumerate(row)] for row in rows]


def _json(cell: object) -> object:
    try:
        return json.loads(cell, parse_float=Decimal) if isinstance(cell, str) else cell
    except ValueError:
        return cell
