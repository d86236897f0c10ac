"""FROM clauses: tables, sub-queries, CTEs, lateral sources and joins, in the order in which they are attached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal as OneOf
from typing import Protocol

from sqlglot import exp

from connectors.base import Schema
from connectors.sql.reading import Join, Output, Reading, Source, Star, joined
from connectors.sql.readings.expressions import Expressions
from connectors.sql.readings.joins import merge_columns, split_condition, using_keys
from connectors.sql.readings.rewriting import unbound_columns
from connectors.sql.readings.scope import (
    Cte,
    NoForm,
    Scope,
    columns_of_source,
    expanded_outputs,
    folded,
    only,
)
from connectors.sql.readings.types import fractions_of

JoinKind = OneOf["inner", "left", "right", "full", "cross", "semi", "anti"]
_KINDS: dict[tuple[str, str], JoinKind] = {
    ("", ""): "inner", ("", "INNER"): "inner", ("", "STRAIGHT_JOIN"): "inner", ("", "CROSS"): "cross",
    ("LEFT", ""): "left", ("LEFT", "OUTER"): "left", ("RIGHT", ""): "right", ("RIGHT", "OUTER"): "right",
    ("FULL", ""): "full", ("FULL", "OUTER"): "full", ("", "OUTER"): "full",
    ("", "SEMI"): "semi", ("LEFT", "SEMI"): "semi", ("", "ANTI"): "anti", ("LEFT", "ANTI"): "anti",
}  # fmt: skip


class Queries(Protocol):
    """What a FROM clause needs of the reader it belongs to."""

    dialect: str
    schema: Schema | None

    def query(self, tree: exp.Expr, parent: Scope | None, ctes: dict[str, Cte]) -> Reading: ...

    def cte(self, cte: Cte) -> Reading: ...


class FromReader:
    """Reads one FROM clause; what it finds becomes visible in `scope`."""

    def __init__(
        self, queries: Queries, scope: Scope, expressions: Expressions, ctes: dict[str, Cte]
    ) -> None:
        self.queries = queries
        self.dialect = queries.dialect
        self.schema = queries.schema
        self.scope = scope
        self.expressions = expressions
        self.ctes = ctes

    def read(self, tree: exp.Select) -> tuple[Source | None, tuple[Join, ...]]:
        clause = tree.args.get("from_")
        if clause is None:
            if tree.args.get("joins") or tree.args.get("laterals"):
                raise NoForm("a join without FROM")
            return None, ()
        only(clause, "this")
        first_tree, *nested = _unwrapped(clause.this)
        first = self._seen(self._source(first_tree))
        joins: list[Join] = []
        for join in (*nested, *(tree.args.get("joins") or ()), *(tree.args.get("laterals") or ())):
            for plain in _flat(join):
                joins.append(self._join(plain, [first, *(j.source for j in joins)]))
        return first, tuple(joins)

    def source(self, tree: exp.Expr) -> Source:
        """One FROM item, without making it visible."""
        return self._source(tree)

    def _seen(self, source: Source) -> Source:
        if source.alias in self.scope.columns:
            raise NoForm("two sources of one name")
        self.scope.columns[source.alias] = columns_of_source(source, self.schema)
        self.scope.fractions[source.alias.lower()] = fractions_of(source, self.schema, self.dialect)
        return source

    def _join(self, join: exp.Expr, earlier: list[Source]) -> Join:
        if not isinstance(join, exp.Join):
            return Join(self._seen(self._source(join)), "cross", lateral=True)
        only(join, "this", "on", "side", "kind", "using", "method")
        side, kind = (str(join.args.get(part) or "").upper() for part in ("side", "kind"))
        method = str(join.args.get("method") or "").upper()
        if (side, kind) not in _KINDS or method not in ("", "NATURAL"):
            raise NoForm(f"{method} {side} {kind} JOIN")
        how = _KINDS[side, kind]
        source = self._seen(self._source(join.this))
        lateral = isinstance(join.this, exp.Lateral) or (source.raw is not None and bool(source.raw.columns))
        if self.dialect == "duckdb" and source.query is not None:
            beside = {other.alias.lower() for other in earlier}
            lateral = lateral or any(c.table.lower() in beside for c in unbound_columns(source.query))
        if method or join.args.get("using"):
            names = [u if isinstance(u, exp.Identifier) else u.this for u in join.args.get("using") or ()]
            columns = [folded(name, self.dialect) for name in names] or self._shared(source, earlier)
            keys = using_keys(columns, earlier, source, self.schema)
            merge_columns(self.scope, keys, how)
            return Join(source, how, keys, None, lateral)
        condition = self.expressions.optional_predicate(join.args.get("on"))
        keys, rest = split_condition(condition, {s.alias for s in earlier}, source.alias)
        always = isinstance(join.args.get("on"), exp.Boolean) and join.args["on"].this
        return Join(source, how, keys, None if always else rest, lateral)

    def _shared(self, source: Source, earlier: list[Source]) -> list[str]:
        """The columns of a NATURAL join."""
        mine = columns_of_source(source, self.schema)
        before = [columns_of_source(s, self.schema) for s in earlier]
        if mine is None or None in before:
            raise NoForm("a natural join of columns that are not known")
        theirs = {column.lower() for columns in before for column in columns or ()}
        return [column for column in mine if column.lower() in theirs]

    def _source(self, tree: exp.Expr) -> Source:
        alias = folded(tree.args["alias"].this, self.dialect) if tree.args.get("alias") else ""
        match tree:
            case exp.Subquery() if not isinstance(tree.this, exp.Table) and not tree.args.get("pivots"):
                bare = tree.copy()
                bare.set("alias", None)
                return self._derived(tree, alias, self.queries.query(bare, self.scope.parent, self.ctes))
            case exp.Lateral(this=exp.Subquery()) if not tree.args.get("outer"):
                only(tree, "this", "alias")
                return self._derived(tree, alias, self.queries.query(tree.this, self.scope, self.ctes))
            case exp.Table(this=exp.Identifier()) if not tree.args.get("rows_from"):
                return self._table(tree, alias)
        return self._raw(tree, alias)

    def _derived(self, tree: exp.Expr, alias: str, inner: Reading) -> Source:
        """A sub-query under its alias; `AS t (a, b)` names its columns."""
        given = tree.args.get("alias")
        names = tuple(folded(c, self.dialect) for c in given.columns) if given else ()
        if (
            inner.source is not None
            and inner == Reading((Output(Star()),), inner.source)
            and inner.source.raw
        ):
            return self._raw(tree, alias, inner.source.columns)
        return Source(alias or self._new_alias(), query=renamed(inner, names, self.schema))

    def _new_alias(self) -> str:
        taken = {alias.lower() for alias in self.scope.columns}
        number = len(taken) + 1
        while f"part{number}" in taken:
            number += 1
        return f"part{number}"

    def _table(self, tree: exp.Table, alias: str) -> Source:
        name, space = folded(tree.this, self.dialect), folded(tree.args.get("db"), self.dialect) or None
        cte = self.ctes.get(name.lower()) if space is None else None
        extra = {k for k, v in tree.args.items() if v} - {"this", "db", "catalog", "alias", "joins", "laterals", "indexed", "hints"}  # fmt: skip
        if extra or (cte is not None and (cte.recursive or _is_values(cte.query))):
            return self._raw(tree, alias or name)
        given = tree.args.get("alias")
        names = tuple(folded(c, self.dialect) for c in given.columns) if given else ()
        if cte is not None:
            return Source(alias or name, query=renamed(self.queries.cte(cte), names, self.schema))
        table = self.schema.table(f"{space}.{name}" if space else name) if self.schema else None
        if table is not None:
            name, space = table.name, table.schema
        found = Source(
            alias or name, name, space, catalog=folded(tree.args.get("catalog"), self.dialect) or None
        )
        if not names:
            return found
        everything = Reading((Output(Star()),), replace(found, alias=name))
        return Source(found.alias, query=renamed(everything, names, self.schema))

    def _raw(self, tree: exp.Expr, alias: str, known: tuple[str, ...] = ()) -> Source:
        """Kept as text, alias and all."""
        given = tree.args.get("alias")
        names = tuple(folded(c, self.dialect) for c in given.columns) if given else ()
        if isinstance(tree, exp.Table) and not tree.args.get("db") and not names:
            names = _names_of(self.ctes.get(tree.name.lower()))
        if isinstance(tree.args.get("offset"), exp.Identifier):
            names = (*names, folded(tree.args["offset"], self.dialect))
        pivots = tree.args.get("pivots") or ()
        if pivots and pivots[-1].alias:
            alias, names = folded(pivots[-1].args["alias"].this, self.dialect), ()
        elif not alias and isinstance(tree, exp.Table) and isinstance(tree.this, exp.Func):
            alias = tree.this.sql(dialect=self.dialect).partition("(")[0].lower()
        if alias.lower() in (a.lower() for a in self.scope.columns):
            raise NoForm("two sources of one name")
        raw = self.expressions.source_raw(tree)
        if isinstance(tree, exp.Values) and not tree.args.get("alias"):
            raw = replace(raw, parts=joined(("(", *raw.parts, ")")))
        return Source(alias, raw=raw, columns=names or known)


def _is_values(query: exp.Expr) -> bool:
    """VALUES on its own, or what the parser makes of it inside a WITH."""
    clause = query.args.get("from_")
    wrapped = isinstance(clause, exp.From) and isinstance(clause.this, exp.Values)
    return isinstance(query, exp.Values) or (wrapped and query.find(exp.Where, exp.Join) is None)


def _names_of(cte: Cte | None) -> tuple[str, ...]:
    """The columns of a CTE that is kept as text, where its text tells them."""
    if cte is None or cte.columns:
        return cte.columns if cte is not None else ()
    shown = cte.query.named_selects if isinstance(cte.query, exp.Query) else []
    return () if "*" in shown or "" in shown else tuple(shown)


def _unwrapped(tree: exp.Expr) -> Iterator[exp.Expr]:
    """`(a JOIN b …)` as the first thing of a FROM is a, then its joins."""
    if isinstance(tree, exp.Subquery) and isinstance(tree.this, exp.Table) and not tree.args.get("alias"):
        only(tree, "this", "joins")
        yield from _unwrapped(tree.this)
    else:
        yield tree
    yield from tree.args.get("joins") or ()
    yield from tree.args.get("laterals") or ()


def _flat(join: exp.Expr) -> Iterator[exp.Expr]:
    """An inner join with `(a JOIN b …)` is a join with a, then with b; other kinds have no such form."""
    if not isinstance(join, exp.Join):
        yield join
        return
    first, *nested = _unwrapped(join.this)
    if first is join.this and not nested:
        yield join
        return
    inner = _KINDS.get((str(join.side).upper(), str(join.kind).upper())) in ("inner", "cross")
    if (
        not inner
        or join.args.get("using")
        or join.args.get("method")
        or (join.args.get("on") is not None and nested)
    ):
        raise NoForm("a join of joins")
    only_join = join.copy()
    only_join.set("this", first.copy())
    yield only_join
    yield from nested


def renamed(reading: Reading, names: tuple[str, ...], schema: Schema | None) -> Reading:
    """`(…) AS t (a, b)` names the first columns.

    Raises: `NoForm` when they are not known.
    """
    if not names:
        return reading
    outputs = expanded_outputs(reading, schema)
    if len(names) > len(outputs) or any(isinstance(o.expression, Star) for o in outputs):
        raise NoForm("names for columns that are not known")
    given = tuple(Output(o.expression, name) for o, name in zip(outputs, names, strict=False))
    return replace(reading, outputs=(*given, *outputs[len(names) :]))
