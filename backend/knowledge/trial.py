"""A statement tried before it counts for anything: guarded, checked, read-only, few rows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.schema import MappingSchema

from backend.datasources.library import Library
from backend.datasources.models import DatasourceRow
from backend.reviews.schemas import SqlTrial
from connectors.base import Limits, QueryResult, Schema
from connectors.errors import FailureKind, QueryRejected
from knowledge.base import Pattern
from knowledge.patterns import dependencies_fingerprint

if TYPE_CHECKING:
    from agents.checks.base import Statement

LIMITS = Limits(rows=50, bytes=2_000_000, seconds=15, cell_bytes=10_000)


@dataclass(frozen=True, slots=True)
class Uses:
    """What a pattern rests on; it expires when that changes."""

    tables: list[str]
    columns: list[str]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Trial:
    statement: Statement
    result: QueryResult
    uses: Uses

    def view(self) -> SqlTrial:
        from agents.checks import check_statement

        return SqlTrial(
            columns=[column.name for column in self.result.columns],
            rows=[list(row) for row in self.result.rows],
            truncated=self.result.truncated,
            back_translation=self.statement.back_translation,
            checks=list(check_statement(self.statement)),
        )


async def try_sql(library: Library, row: DatasourceRow, reader_id: str, sql: str) -> Trial:
    """As one reader may run it. Raises `QueryRejected` when the guard, the schema or the engine says no, and other `ConnectorError`s."""
    from agents.budget import Budget
    from agents.plan import PlanQuery, PlanStep
    from agents.plans.derivation import CannotDerive, derive_query
    from agents.statements import inspect

    source = await library.open(row, reader_id)
    knowledge = source.knowledge
    await asyncio.to_thread(source.admit, sql)  # before anything parses it
    try:
        query = derive_query(sql, knowledge)
    except (CannotDerive, QueryRejected):
        query = PlanQuery(tables=())
    step = PlanStep(id="trial", source_id=row.id, source_name=row.name, query=query)
    statement = await asyncio.to_thread(inspect, sql, step, "person", source, Budget())
    if statement.safe is None:
        raise statement.refusal or QueryRejected("This statement cannot be allowed.")
    if statement.unknown_names:
        raise QueryRejected(" ".join(statement.unknown_names), kind=FailureKind.schema)
    try:
        result = await source.connector.run(statement.safe, LIMITS)
    except QueryRejected as error:
        raise source.discreet(error, sql, statement.safe) from None
    return Trial(statement, result, uses_of(sql, knowledge.dialect, knowledge.schema))


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
        tree = qualify(
            parse_one(sql, dialect=dialect), dialect=dialect, schema=mapping, validate_qualify_columns=False
        )
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
