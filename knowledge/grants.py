"""Cutting what is known down to what one reader may see, before anything is searched or ranked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from connectors.base import ForeignKey, Schema, Table
from connectors.sql.policy import ReadPolicy
from knowledge.base import ColumnProfile, GlossaryTerm, Pattern

MayRead = Callable[[str, str], bool]
"""Whether a reader may read (table full name, column)."""


def everything(table: str, column: str) -> bool:
    return True


def reader_of(policy: ReadPolicy, schema: Schema) -> MayRead:
    """What a policy says about each column of a schema; names the schema does not have are denied."""
    readable = {
        (table.full_name.lower(), column.name.lower())
        for table in schema.tables
        if policy.may_read(table.name, table.schema)
        for allowed in (_columns_of(policy, table),)
        for column in table.columns
        if allowed is None or column.name.lower() in allowed
    }

    def may_read(table: str, column: str) -> bool:
        return (table.lower(), column.lower()) in readable

    return may_read


def values_of(policy: ReadPolicy, schema: Schema) -> MayRead:
    """Columns whose stored values and statistics a reader may know.

    They were taken from all rows, so those of a table with a row filter tell of rows that are hidden, and
    those of a masked column tell what is masked. A view may show either.
    """
    may_read = reader_of(policy, schema)
    if not policy.rewrites:
        return may_read
    whole = {
        table.full_name.lower(): frozenset(policy.masks.get(key, {}))
        for table in schema.tables
        for key in (policy.rewrite_key(table.name, table.schema) or "",)
        if not table.is_view and key not in policy.row_filters
    }

    def may_know(table: str, column: str) -> bool:
        masked = whole.get(table.lower())
        return masked is not None and column.lower() not in masked and may_read(table, column)

    return may_know


def without_figures(profile: ColumnProfile) -> ColumnProfile:
    """What a column is for, and nothing of what is in it."""
    return ColumnProfile(kind=profile.kind, personal=profile.personal)


def without_estimates(schema: Schema, may_know: MayRead) -> Schema:
    """Row counts only of tables that are seen as they are."""
    return replace(
        schema,
        tables=tuple(
            table
            if any(may_know(table.full_name, column.name) for column in table.columns)
            else replace(table, row_estimate=None)
            for table in schema.tables
        ),
    )


def rests_on(pattern: Pattern, schema: Schema, allowed: MayRead) -> bool:
    """Whether everything that a pattern reads is known and allowed: each column, of each table at least one."""
    columns = [name.rpartition(".") for name in pattern.columns]
    tables = [schema.table(name) for name in pattern.tables]
    return (
        bool(tables)
        and all(allowed(table, column) for table, _, column in columns)
        and all(
            table is not None and any(allowed(table.full_name, column.name) for column in table.columns)
            for table in tables
        )
    )


def may_be_told(term: GlossaryTerm, schema: Schema, allowed: MayRead) -> bool:
    """Whether a term's expression may be shown: it may name any column of its tables, and any value in them."""
    if not term.expression:
        return True
    tables = [schema.table(target) or schema.table(target.rpartition(".")[0]) for target in term.targets]
    return bool(tables) and all(
        table is not None and all(allowed(table.full_name, column.name) for column in table.columns)
        for table in tables
    )


def visible_schema(schema: Schema, may_read: MayRead) -> Schema:
    """The tables with at least one readable column, with those columns and the keys between them."""
    tables = []
    for table in schema.tables:
        columns = tuple(column for column in table.columns if may_read(table.full_name, column.name))
        if columns:
            tables.append(replace(table, columns=columns))
    names = {name for table in tables for name in (table.full_name.lower(), table.name.lower())}
    return replace(
        schema,
        tables=tuple(
            replace(
                table,
                foreign_keys=tuple(
                    key for key in table.foreign_keys if _readable_key(schema, table, key, names, may_read)
                ),
            )
            for table in tables
        ),
    )


def visible_terms(
    terms: Mapping[str, GlossaryTerm] | tuple[GlossaryTerm, ...], schema: Schema
) -> tuple[GlossaryTerm, ...]:
    """Terms all of whose targets are in the (already cut down) schema."""
    given = tuple(terms.values()) if isinstance(terms, Mapping) else terms
    return tuple(term for term in given if all(_has(schema, target) for target in term.targets))


def _has(schema: Schema, target: str) -> bool:
    if schema.table(target) is not None:
        return True
    table, _, column = target.rpartition(".")
    found = schema.table(table) if table else None
    return found is not None and found.column(column) is not None


def _readable_key(schema: Schema, table: Table, key: ForeignKey, names: set[str], may_read: MayRead) -> bool:
    target = schema.table(f"{key.ref_schema}.{key.ref_table}" if key.ref_schema else key.ref_table)
    if target is None or target.full_name.lower() not in names:
        return False
    return all(may_read(table.full_name, column) for column in key.columns) and all(
        may_read(target.full_name, column) for column in key.ref_columns
    )


def _columns_of(policy: ReadPolicy, table: Table) -> frozenset[str] | None:
    """The columns a policy limits the reader to, under any name it may give the table; None for all."""
    schema = table.schema or policy.default_schema
    for name in (
        table.full_name,
        table.name if table.schema in (None, policy.default_schema) else "",
        f"{schema}.{table.name}",
    ):
        if name.lower() in policy.columns:
            return policy.columns[name.lower()]
    return None
