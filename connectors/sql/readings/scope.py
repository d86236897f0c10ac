"""Which names mean what while a statement is read: sources in scope, their columns, and CTEs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from connectors.base import Schema
from connectors.sql.reading import ColumnRef, Expression, Output, Reading, Source, Star

_FOLD_UPPER = frozenset({"snowflake"})
_FOLD_LOWER = frozenset({"postgres"})


class NotReadable(ValueError):
    """The text is not one SELECT of its dialect, or is too large to read."""


class NoForm(Exception):
    """A part of a query that a reading has no place for; the query around it is kept as text instead."""


def only(node: exp.Expr, *known: str) -> None:
    """Nothing of `node` but its `known` parts.

    Raises: `NoForm`, so that what was not thought of is never left out.
    """
    for key, value in node.args.items():
        if value and key not in known:
            raise NoForm(f"{type(node).__name__}.{key}")


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
    recursive: bool = False
    """Refers to itself, so it cannot be inlined."""
    reading: Reading | None = None
    blocks: int = 0
    """SELECTs in the reading, counted as often as they are used."""


@dataclass(slots=True)
class Scope:
    """The sources of one SELECT. `columns[alias]` is None where the source's columns are not known."""

    parent: Scope | None = None
    columns: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    merged: dict[str, Expression] = field(default_factory=dict)
    """Columns joined by USING or NATURAL: lower-case name → what the bare name means."""
    shown: dict[ColumnRef, Expression] = field(default_factory=dict)
    """What `*` shows in place of a merged column."""
    dropped: set[ColumnRef] = field(default_factory=set)
    """Columns that `*` leaves out, because they were merged into another."""
    fractions: dict[str, frozenset[str]] = field(default_factory=dict)
    """Lower-case alias → its columns that surely have a fraction, also of enclosing queries."""
    windows: dict[str, exp.Window] = field(default_factory=dict)
    """Lower-case name → the WINDOW clause's definition."""

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

    def bare(self, name: str) -> Expression | None:
        """What an unqualified name means, or None when no source is known to have it."""
        scope: Scope | None = self
        while scope is not None:
            found = scope._bare_here(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def _bare_here(self, name: str) -> Expression | None:
        wanted = name.lower()
        if wanted in self.merged:
            return self.merged[wanted]
        for alias, columns in self.columns.items():
            for column in columns or ():
                if column.lower() == wanted:
                    return ColumnRef(alias, column)
        return None

    def only_unknown(self) -> str | None:
        """The nearest source whose columns are not known, if its query has exactly one such."""
        scope: Scope | None = self
        while scope is not None:
            unknown = [alias for alias, columns in scope.columns.items() if columns is None]
            if unknown:
                return unknown[0] if len(unknown) == 1 else None
            scope = scope.parent
        return None

    def guess(self) -> str:
        """Whose column an unknown name most likely is; empty when nothing speaks for one source."""
        unknown = self.only_unknown()
        if unknown is not None:
            return unknown
        return next(iter(self.columns)) if len(self.columns) == 1 else ""


def _spelled(name: str, columns: tuple[str, ...] | None) -> str:
    if not columns or name in columns:
        return name
    wanted = name.lower()
    return next((column for column in columns if column.lower() == wanted), name)


def columns_of_source(source: Source, schema: Schema | None) -> tuple[str, ...] | None:
    """The column names a source offers; None where they are not known."""
    if source.query is not None:
        return output_names(source.query, schema)
    if source.raw is not None:
        return source.columns or None
    if schema is None:
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


def expanded_outputs(reading: Reading, schema: Schema | None) -> list[Output]:
    """The outputs with `*` as its columns, where they are known."""
    outputs: list[Output] = []
    for output in reading.outputs:
        columns = (
            star_columns(output.expression, reading, schema) if isinstance(output.expression, Star) else None
        )
        outputs += [Output(column) for column in columns] if columns is not None else [output]
    return outputs


def self_contained(node: exp.Expr, ctes: Mapping[str, Cte]) -> exp.Expr:
    """A copy that stands on its own: every CTE it names is written out where it is named."""
    if not ctes:
        return node
    own = {cte.alias.lower() for cte in node.find_all(exp.CTE)}

    def written_out(part: exp.Expr) -> exp.Expr:
        cte = ctes.get(part.name.lower()) if isinstance(part, exp.Table) and not part.args.get("db") else None
        if cte is None or part.name.lower() in own:
            return part
        given = part.args.get("alias")
        names = list(given.columns) if isinstance(given, exp.TableAlias) and given.columns else []
        name = given.this if isinstance(given, exp.TableAlias) and given.this else part.this
        rest = {key: part.args[key] for key in ("joins", "pivots", "sample") if part.args.get(key)}
        alias = exp.TableAlias(this=name.copy(), columns=names)
        return exp.Subquery(this=query_of(cte, part.name), alias=alias, **rest)

    return node.transform(written_out)


def query_of(cte: Cte, name: str) -> exp.Expr:
    """The query of a CTE, with the CTEs it names; one that is recursive or names its columns keeps its WITH."""
    visible = {other: known for other, known in cte.visible.items() if known is not cte}
    query = self_contained(cte.query, visible)
    if not cte.recursive and not cte.columns:
        return query
    columns = [exp.to_identifier(column, quoted=True) for column in cte.columns]
    alias = exp.TableAlias(this=exp.to_identifier(name), columns=columns)
    clause = exp.With(expressions=[exp.CTE(this=query.copy(), alias=alias)], recursive=cte.recursive)
    star = exp.select("*").from_(exp.to_identifier(name))
    star.set("with_", clause)
    return star
