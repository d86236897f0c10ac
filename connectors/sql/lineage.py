"""Which source columns make each output column, and which names the schema does not have."""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from connectors.base import Schema, Table
from connectors.sql.admission.sources import is_made_up
from connectors.sql.grammar import reader
from connectors.sql.home import leave_out
from connectors.sql.reading import (
    Arithmetic,
    Case,
    Cast,
    ColumnRef,
    DateBucket,
    DatePart,
    Expression,
    Function,
    Raw,
    Reading,
    Star,
    Subquery,
)  # fmt: skip
from connectors.sql.readings.scope import star_columns
from connectors.sql.scopes import base_tables, resolve


def output_lineage(reading: Reading, schema: Schema | None = None) -> tuple[tuple[str, ...], ...]:
    """`table.column` names behind each output, followed through derived tables and CTEs.

    A `*` gives one entry per column it stands for, when the schema tells them.
    """
    found: list[tuple[str, ...]] = []
    for output in reading.outputs:
        if isinstance(output.expression, Star):
            found += [
                _names(column, reading, schema)
                for column in star_columns(output.expression, reading, schema) or ()
            ]
        else:
            found.append(_names(output.expression, reading, schema))
    return tuple(found)


def _names(expression: Expression, reading: Reading, schema: Schema | None) -> tuple[str, ...]:
    names = [name for column in columns_in(expression) for name in _trace(column, reading, schema)]
    return tuple(dict.fromkeys(names))


def columns_in(expression: Expression) -> Iterator[ColumnRef]:
    """Every column an expression uses, sub-queries' outputs included."""
    match expression:
        case ColumnRef():
            yield expression
        case Function():
            for argument in expression.args:
                yield from columns_in(argument)
        case Arithmetic():
            yield from columns_in(expression.left)
            yield from columns_in(expression.right)
        case DateBucket() | DatePart() | Cast():
            yield from columns_in(expression.value)
        case Case():
            for _, then in expression.branches:
                yield from columns_in(then)
            if expression.otherwise is not None:
                yield from columns_in(expression.otherwise)
        case Raw():
            yield from expression.columns
        case Subquery():
            for output in expression.query.outputs:
                for column in columns_in(output.expression):
                    source = next((s for s in expression.query.sources if s.alias == column.table), None)
                    yield ColumnRef(source.table or column.table, column.name) if source else column
        case _:
            return


def _trace(column: ColumnRef, reading: Reading, schema: Schema | None) -> Iterator[str]:
    source = next((s for s in reading.sources if s.alias.lower() == column.table.lower()), None)
    if source is None:
        yield f"{column.table}.{column.name}" if column.table else column.name
    elif source.query is not None:
        inner = source.query
        for output in inner.outputs:
            name = output.alias or (
                output.expression.name if isinstance(output.expression, ColumnRef) else ""
            )
            if name.lower() == column.name.lower():
                yield from _names(output.expression, inner, schema)
                return
            if isinstance(output.expression, Star):
                for starred in star_columns(output.expression, inner, schema) or ():
                    if starred.name.lower() == column.name.lower():
                        yield from _trace(starred, inner, schema)
                        return
    else:
        yield (
            f"{source.schema}.{source.table}.{column.name}"
            if source.schema
            else f"{source.table}.{column.name}"
        )


def unknown_names(sql: str, dialect: str, schema: Schema) -> tuple[str, ...]:
    """What in the statement the schema does not know, one sentence each; empty when every name resolves."""
    try:
        tree = sqlglot.parse_one(sql, read=reader(dialect))
        leave_out(tree, dialect, schema)
        resolve(tree, dialect)
        stored = (table for table in base_tables(tree) if not is_made_up(table, dialect))
        names = {f"{t.db}.{t.name}" if t.db else t.name for t in stored}
        found = {name: schema.table(name) for name in sorted(names)}
        missing = [name for name, table in found.items() if table is None]
        if missing:
            return tuple(f"Table '{name}' does not exist." for name in missing)
        used = Schema(tuple({table.full_name: table for table in found.values() if table}.values()))
        qualify(
            tree, dialect=dialect, schema=_mapping(used, dialect), quote_identifiers=False, identify=False,
            validate_qualify_columns=True,
        )  # fmt: skip
    except SqlglotError as error:
        return (str(error).partition(". Line")[0].rstrip(".") + ".",)
    return ()


def _mapping(schema: Schema, dialect: str) -> MappingSchema:
    """One depth for all tables, as sqlglot wants it: bare names, or schema-qualified ones when any has a schema."""
    deep = any(table.schema for table in schema.tables)

    def columns(table: Table) -> dict[str, str]:
        return {column.name: "UNKNOWN" for column in table.columns}

    if not deep:
        return MappingSchema({table.name: columns(table) for table in schema.tables}, dialect=dialect)
    nested: dict[str, dict[str, dict[str, str]]] = {}
    for table in schema.tables:
        nested.setdefault(table.schema or "", {})[table.name] = columns(table)
    return MappingSchema({space: tables for space, tables in nested.items() if space}, dialect=dialect)
