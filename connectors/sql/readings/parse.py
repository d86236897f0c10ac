"""SQL text into a reading: names resolved, CTEs inlined where they are used, dates in one form."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal as OneOf

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from connectors.base import Schema
from connectors.sql.grammar import reader
from connectors.sql.home import leave_out
from connectors.sql.reading import ColumnRef, Output, Reading, SetOperation, Source, Star, joined
from connectors.sql.readings.expressions import Expressions, is_unlimited
from connectors.sql.readings.from_clause import FromReader, renamed
from connectors.sql.readings.joins import merged_star, where_keys
from connectors.sql.readings.scope import Cte, NoForm, NotReadable, Scope, expanded_outputs, folded, only
from connectors.sql.readings.text import ALIASES_IN_SELECT, ReadQuery

LARGEST = 400
"""SELECTs that a reading may hold when each use of a CTE is written out."""
_ENDS = ("order", "limit", "offset")
_ALIASES_IN_WHERE = ALIASES_IN_SELECT | {"sqlite"}
_OPERATORS: dict[type[exp.Expr], OneOf["union", "intersect", "except"]] = {
    exp.Union: "union", exp.Intersect: "intersect", exp.Except: "except",
}  # fmt: skip


def from_sql(sql: str, dialect: str, schema: Schema | None = None) -> Reading:
    """Read one SELECT.

    Args:
        schema: resolves unqualified columns and `*`; without it they stay as written.

    Raises: `NotReadable` (a ValueError) when the text is not one readable query.
    """
    try:
        trees = sqlglot.parse(sql, read=reader(dialect))
    except (SqlglotError, RecursionError) as error:
        raise NotReadable("The SQL cannot be read.") from error
    statements = [tree for tree in trees if tree is not None and not isinstance(tree, exp.Semicolon)]
    if len(statements) != 1:
        raise NotReadable("The SQL is not one statement.")
    return from_sqlglot(statements[0], dialect, schema)


def from_sqlglot(tree: exp.Expr, dialect: str, schema: Schema | None = None) -> Reading:
    """As `from_sql`, from a syntax tree."""
    try:
        leave_out(tree, dialect, schema)
        return _Reader(dialect, schema).query(_arrows(tree, dialect), None, {})
    except RecursionError as error:
        raise NotReadable("The SQL is nested too deeply.") from error


def _arrows(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Inside a call DuckDB's `details -> 'ports'` is parsed as a lambda, which a text never is the body of."""
    if dialect != "duckdb" or tree.find(exp.Lambda) is None:
        return tree

    def read(part: exp.Expr) -> exp.Expr:
        if not isinstance(part, exp.Lambda) or not isinstance(part.this, exp.Literal):
            return part
        names = ", ".join(name.sql(dialect=dialect) for name in part.expressions)
        return sqlglot.parse_one(f"{names} -> {part.this.sql(dialect=dialect)}", read=reader(dialect))

    return tree.transform(read)


def query_reader(dialect: str, schema: Schema | None) -> ReadQuery:
    """The function that reads sub-queries, for whoever reads expressions on their own."""
    return _Reader(dialect, schema).query


def source_of(tree: exp.Expr, dialect: str, schema: Schema | None, scope: Scope) -> Source:
    """A FROM item on its own, seen from a query that has read `scope`'s sources before it.

    Raises: `NotReadable` when it says something that a reading has no place for.
    """
    reader = _Reader(dialect, schema)
    expressions = Expressions(dialect, scope, reader.query, {})
    try:
        return FromReader(reader, scope, expressions, {}).source(tree)
    except NoForm as error:
        raise NotReadable("The source cannot be read.") from error


class _Reader:
    def __init__(self, dialect: str, schema: Schema | None) -> None:
        self.dialect = dialect
        self.schema = schema
        self.blocks = 0

    def query(self, tree: exp.Expr, parent: Scope | None, ctes: dict[str, Cte]) -> Reading:
        """A query in its own form, or as text where it says something that a reading has no place for."""
        try:
            return self._query(tree, parent, ctes)
        except NoForm:
            return self._opaque(tree, parent, ctes)

    def _query(self, tree: exp.Expr, parent: Scope | None, ctes: dict[str, Cte]) -> Reading:
        ctes = self._with(tree, ctes)
        if isinstance(tree, exp.Subquery):
            return self._subquery(tree, parent, ctes)
        if isinstance(tree, exp.SetOperation):
            return self._set_operation(tree, parent, ctes)
        if isinstance(tree, exp.Select):
            return self._select(tree, parent, ctes)
        if isinstance(tree, exp.Pivot) and any(tree.args.get(part) for part in _ENDS):
            return self._ordered_pivot(tree, parent, ctes)
        raise NoForm(type(tree).__name__)

    def _opaque(self, tree: exp.Expr, parent: Scope | None, ctes: dict[str, Cte]) -> Reading:
        if not isinstance(tree, exp.Query | exp.Values | exp.Pivot | exp.Table):
            raise NotReadable("The SQL is not a query.")
        while isinstance(tree, exp.Subquery) and not any(v for k, v in tree.args.items() if k != "this"):
            tree = tree.this
        raw = Expressions(self.dialect, Scope(parent), self.query, ctes).source_raw(tree)
        named = ColumnRef("query", "")
        return Reading(
            (Output(Star()),),
            Source("query", raw=replace(raw, parts=joined(("(", *raw.parts, ") AS ", named)))),
        )

    def _ordered_pivot(self, tree: exp.Pivot, parent: Scope | None, ctes: dict[str, Cte]) -> Reading:
        plain = tree.copy()
        for part in _ENDS:
            plain.set(part, None)
        return self._tail(self._opaque(plain, parent, ctes), tree, Scope(parent), ctes)

    def _with(self, tree: exp.Expr, outer: dict[str, Cte]) -> dict[str, Cte]:
        clause = tree.args.get("with_")
        if not isinstance(clause, exp.With):
            return outer
        only(clause, "expressions", "recursive")
        known = dict(outer)
        later = {cte.alias.lower() for cte in clause.expressions}
        for cte in clause.expressions:
            only(cte, "this", "alias", "materialized")
            names = tuple(folded(c, self.dialect) for c in cte.args["alias"].columns)
            name = cte.alias.lower()
            tables = {t.name.lower() for t in cte.this.find_all(exp.Table) if not t.args.get("db")}
            later.discard(name)
            if clause.args.get("recursive") and tables & later:
                raise NoForm("a CTE that names a later one")
            recursive = name in tables and bool(clause.args.get("recursive") or self.dialect == "sqlite")
            known[name] = Cte(cte.this, names, dict(known), recursive)
        return known

    def _subquery(self, tree: exp.Subquery, parent: Scope | None, ctes: dict[str, Cte]) -> Reading:
        only(tree, "this", "alias", "with_", "order", "limit", "offset", "locks")
        inner = self.query(tree.this, parent, ctes)
        ends = any(tree.args.get(part) for part in ("order", "limit", "offset"))
        if ends and (inner.limit is not None or inner.offset or inner.ending):
            inner = self._part(inner)
        return self._tail(inner, tree, Scope(parent), ctes)

    def _part(self, reading: Reading) -> Reading:
        return Reading((Output(Star()),), Source("part", query=reading))

    def _set_operation(self, tree: exp.SetOperation, parent: Scope | None, ctes: dict[str, Cte]) -> Reading:
        only(tree, "with_", "this", "expression", "distinct", "order", "limit", "offset", "locks")
        left = self.query(tree.this, parent, ctes)
        right = self.query(tree.expression, parent, ctes)
        if left.order_by or left.limit is not None or left.offset is not None or left.ending:
            left = self._part(left)
        operator = next(name for cls, name in _OPERATORS.items() if isinstance(tree, cls))
        operation = SetOperation(operator, right, all=tree.args.get("distinct") is False)
        combined = replace(left, set_operations=(*left.set_operations, operation))
        return self._tail(combined, tree, Scope(parent), ctes)

    def _select(self, tree: exp.Select, parent: Scope | None, ctes: dict[str, Cte]) -> Reading:
        only(
            tree, "with_", "hint", "operation_modifiers", "expressions", "distinct", "from_", "laterals", "joins", "where", "group", "having",
            "qualify", "windows", "order", "limit", "offset", "locks",
        )  # fmt: skip
        self.count(1)
        scope = Scope(parent)
        scope.windows = {str(w.name).lower(): w for w in tree.args.get("windows") or ()}
        expressions = Expressions(self.dialect, scope, self.query, ctes)
        source, joins = FromReader(self, scope, expressions, ctes).read(tree)
        outputs = self._outputs(tree, scope, expressions)
        aliases = {o.alias.lower(): o.expression for o in outputs if o.alias}
        seen_early = aliases if self.dialect in _ALIASES_IN_WHERE else {}
        where = expressions.optional_predicate(tree.args.get("where"), seen_early)
        joins, where = where_keys(source, joins, where)
        group = tree.args.get("group")
        if group is not None and group.args.get("all") is False:
            raise NoForm("GROUP BY DISTINCT")
        distinct = tree.args.get("distinct")
        on = distinct.args.get("on") if isinstance(distinct, exp.Distinct) else None
        firsts = on.expressions if isinstance(on, exp.Tuple) else [on] if on is not None else []
        reading = Reading(
            outputs=outputs,
            source=source,
            joins=joins,
            where=where,
            group_by=expressions.group_by(group, outputs, aliases) if group else (),
            having=expressions.optional_predicate(tree.args.get("having"), aliases),
            qualify=expressions.optional_predicate(tree.args.get("qualify"), aliases),
            distinct=distinct is not None and on is None,
            distinct_on=tuple(map(expressions.expression, firsts)),
        )
        return self._tail(reading, tree, scope, ctes)

    def _outputs(self, tree: exp.Select, scope: Scope, expressions: Expressions) -> tuple[Output, ...]:
        """`*` over merged columns is spelled out, since it shows each of them once."""
        found: list[Output] = []
        for item in tree.expressions:
            earlier = found if self.dialect in ALIASES_IN_SELECT else []
            output = expressions.output(item, {o.alias.lower(): o.expression for o in earlier if o.alias})
            if isinstance(output.expression, Star) and not output.expression.table and scope.merged:
                found += merged_star(scope, self.dialect)
            else:
                found.append(output)
        return tuple(found)

    def count(self, blocks: int) -> None:
        """Readings grow with every use of a CTE; whoever walks them needs an end."""
        self.blocks += blocks
        if self.blocks > LARGEST:
            raise NotReadable("The SQL is too large to read: its parts are used too often.")

    def cte(self, cte: Cte) -> Reading:
        if cte.reading is None:
            before = self.blocks
            cte.reading = renamed(self.query(cte.query, None, cte.visible), cte.columns, self.schema)
            cte.blocks = self.blocks - before
        else:
            self.count(cte.blocks)
        return cte.reading

    def _tail(self, reading: Reading, tree: exp.Expr, scope: Scope, ctes: dict[str, Cte]) -> Reading:
        """ORDER BY, LIMIT and OFFSET; an order by position or alias becomes the expression it means."""
        expressions = Expressions(self.dialect, scope, self.query, ctes)
        order, limit, offset = (tree.args.get(part) for part in ("order", "limit", "offset"))
        limit = None if limit is not None and is_unlimited(limit) else limit
        locks = tree.args.get("locks") or []
        if order is not None:
            only(order, "expressions")
            reading = replace(
                reading,
                order_by=expressions.orders(
                    order, expanded_outputs(reading, self.schema), shown_only=bool(reading.set_operations)
                ),
            )
        count, skip = expressions.limits(limit, offset)
        if (limit is not None and count is None) or (offset is not None and skip is None):
            ends = [part for part in (limit, offset) if part is not None]
            return replace(reading, ending=tuple(map(expressions.raw, (*ends, *locks))))
        return replace(
            reading,
            limit=count if limit is not None else reading.limit,
            offset=reading.offset if skip is None else skip or None,
            ending=(*reading.ending, *map(expressions.raw, locks)),
        )
