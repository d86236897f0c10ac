"""Which names mean what while a statement is read: sources in scope, their columns, and CTEs."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from connectors.base import Schema
from connectors.sql.reading import ColumnRef, Reading, Source, Star

_FOLD_UPPER = frozenset({"snowflake"})
_FOLD_LOWER = frozenset({"postgres"})


class NotReadable(ValueError):
    """The text is not one SELECT of its dialect, or is too large to read."""


def folded(identifier: exp.Expr | None, dialect: str) -> str:
    """The name an identifier stands for, after the dialect's case rule for unquoted names."""
    if identifier is None:
        return ""
    if isinstance(identifier, exp.Identifier) and not identifier.args.get("quoted"):
        if dialect in _FOLD_LOWER:
            return identifier.name.lower()
        if dialect in _FOLD_UPPER:
            return identifier.name.upper()
    return identifier.name


@dataclass(slots=True)
class Cte:
    """A common table expression, read where it is used."""

    query: exp.Expr
    columns: tuple[str, ...]
    visible: dict[str, Cte]
    recursive_text: str = ""
    """The whole WITH clause, when it cannot be inlined because it refers to itself."""
    reading: Reading | None = None


@dataclass(slots=True)
class Scope:
    """The sources of one SELECT. `columns[alias]` is None where the source's columns are not known."""

    parent: Scope | None = None
    columns: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    merged: dict[str, ColumnRef] = field(default_factory=dict)
    """Columns joined by USING or NATURAL: lower-case name → the column the bare name means."""

    def alias(self, name: str) -> str | None:
        """The source alias of that name, nearest scope first, as it is spelled there."""
        wanted = name.lower()
        scope: Scope | None = self
        while scope is not None:
            for alias in scope.columns:
                if alias.lower() == wanted:
                    return alias
            scope = scope.parent
        return None

    def qualified(self, alias: str, name: str) -> ColumnRef:
        """`alias.name` with both spelled as their source spells them."""
        wanted = alias.lower()
        scope: Scope | None = self
        while scope is not None:
            for known, columns in scope.columns.items():
                if known.lower() == wanted:
                    return ColumnRef(known, _spelled(name, columns))
            scope = scope.parent
        return ColumnRef(alias, name)

    def bare(self, name: str) -> ColumnRef | None:
        """What an unqualified name means, or None when no source is known to have it."""
        scope: Scope | None = self
        while scope is not None:
            found = scope._bare_here(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def _bare_here(self, name: str) -> ColumnRef | None:
        wanted = name.lower()
        if wanted in self.merged:
            return self.merged[wanted]
        for alias, columns in self.columns.items():
            for column in columns or ():
                if column.lower() == wanted:
                    return ColumnRef(alias, column)
        return None

    def only_unknown(self) -> str | None:
        """The one source here whose columns are not known, if there is exactly one."""
        unknown = [alias for alias, columns in self.columns.items() if columns is None]
        return unknown[0] if len(unknown) == 1 else None


def _spelled(name: str, columns: tuple[str, ...] | None) -> str:
    if not columns or name in columns:
        return name
    wanted = name.lower()
    return next((column for column in columns if column.lower() == wanted), name)


def columns_of_source(source: Source, schema: Schema | None) -> tuple[str, ...] | None:
    """The column names a source offers; None where they are not known."""
    if source.query is not None:
        return output_names(source.query, schema)
    if source.raw or schema is None:
        return None
    table = schema.table(f"{source.schema}.{source.table}" if source.schema else source.table)
    return None if table is None else tuple(column.name for column in table.columns)


def output_names(reading: Reading, schema: Schema | None) -> tuple[str, ...] | None:
    """The column names of a reading's result; None when a `*` cannot be expanded."""
    names: list[str] = []
    for output in reading.outputs:
        if isinstance(output.expression, Star):
            expanded = star_columns(output.expression, reading, schema)
            if expanded is None:
                return None
            names += [column.name for column in expanded]
        elif output.alias:
            names.append(output.alias)
        elif isinstance(output.expression, ColumnRef):
            names.append(output.expression.name)
        else:
            names.append("")
    return tuple(names)


def star_columns(star: Star, reading: Reading, schema: Schema | None) -> tuple[ColumnRef, ...] | None:
    """The columns that `*` or `t.*` stands for; None when a source's columns are not known."""
    found: list[ColumnRef] = []
    sources = [reading.source] if reading.source else []
    sources += [join.source for join in reading.joins if join.kind not in ("semi", "anti")]
    for source in sources:
        if star.table and source.alias.lower() != star.table.lower():
            continue
        columns = columns_of_source(source, schema)
        if columns is None:
            return None
        found += [ColumnRef(source.alias, column) for column in columns]
    return tuple(found)
