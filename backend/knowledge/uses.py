"""Which tables and columns a statement reads: what a pattern expires with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.schema import MappingSchema

from connectors.base import Schema
from connectors.sql.home import leave_out
from knowledge.base import Pattern
from knowledge.patterns import dependencies_fingerprint


@dataclass(frozen=True, slots=True)
class Uses:
    """What a pattern rests on; it expires when that changes."""

    tables: list[str]
    columns: list[str]
    fingerprint: str


def uses_of(sql: str, dialect: str, schema: Schema) -> Uses:
    """Tables and columns that a statement reads, as the schema spells them."""
    mapping = MappingSchema(dialect=dialect)
    deep = any(table.schema for table in schema.tables)
    for table in schema.tables:
        if deep == bool(
            table.schema
        ):  # sqlglot wants one depth; unqualified names then resolve by their columns
            space = exp.to_identifier(table.schema, quoted=True) if deep else None
            name = exp.Table(this=exp.to_identifier(table.name, quoted=True), db=space)
            mapping.add_table(name, {column.name: column.type for column in table.columns}, dialect=dialect)
    try:
        tree = parse_one(sql, dialect=dialect)
        leave_out(tree, dialect, schema)
        tree = qualify(tree, dialect=dialect, schema=mapping, validate_qualify_columns=False)
        pairs = {pair for scope in traverse_scope(tree) for pair in _read_in(scope.sources, scope.columns)}
    except SqlglotError:
        pairs = set()
    tables, columns = set(), set()
    for table_name, column_name in pairs:
        found = schema.table(table_name)
        if found is None:
            continue
        tables.add(found.full_name)
        if (column := found.column(column_name)) is not None:
            columns.add(f"{found.full_name}.{column.name}")
    pattern = Pattern("", "", sql, "", tables=tuple(sorted(tables)), columns=tuple(sorted(columns)))
    return Uses(list(pattern.tables), list(pattern.columns), dependencies_fingerprint(pattern, schema))


def _read_in(sources: Mapping[str, object], columns: list[exp.Column]) -> set[tuple[str, str]]:
    read = {
        (f"{source.db}.{source.name}" if source.db else source.name, "")
        for source in sources.values()
        if isinstance(source, exp.Table)
    }
    for column in columns:
        source = sources.get(column.table)
        if isinstance(source, exp.Table):
            read.add((f"{source.db}.{source.name}" if source.db else source.name, column.name))
    return read
