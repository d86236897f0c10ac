"""SQL text into a reading: names resolved, CTEs inlined where they are used, dates in one form."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal as OneOf

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from connectors.base import Schema
from connectors.sql.reading import Join, Order, Output, Reading, SetOperation, Source
from connectors.sql.reading_expressions import Expressions, ReadQuery
from connectors.sql.reading_joins import split_condition, using_keys, where_keys
from connectors.sql.reading_scope import Cte, NotReadable, Scope, columns_of_source, folded

_KINDS: dict[str, OneOf["inner", "left", "right", "full", "cross", "semi", "anti"]] = {
    "LEFT": "left", "RIGHT": "right", "FULL": "full", "CROSS": "cross", "SEMI": "semi", "ANTI": "anti", "INNER": "inner",
}  # fmt: skip
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
        tree = sqlglot.parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError) as error:
        raise NotReadable("The SQL cannot be read.") from error
    return from_sqlglot(tree, dialect, schema)


def from_sqlglot(tree: exp.Expr, dialect: str, schema: Schema | None = None) -> Reading:
    """As `from_sql`, from a syntax tree."""
    try:
        return _Reader(dialect, schema).query(tree, None, {})
    except RecursionError as error:
        raise NotReadable("The SQL is nested too deeply.") from error


def query_reader(dialect: str, schema: Schema | None) -> ReadQuery:
    """The function that reads sub-queries, for whoever reads expressions on their own."""
    return _Reader(dialect, schema).query


class _Reader:
    def __init__(self, dialect: str, schema: Schema | None) -> None:
        self.dialect = dialect
        self.schema = schema

    def query(self, tree: exp.Expr, parent: Scope | None, ctes: dict[str, Cte]) -> Reading:
        ctes = self._with(tree, ctes)
        if isinstance(tree, exp.Subquery) and not tree.args.get("joins"):
            return self._subquery(tree, parent, ctes)
        if isinstance(tree, exp.SetOperation):
            return self._set_operation(tree, parent, ctes)
        if isinstance(tree, exp.Select):
            return self._select(tree, parent, ctes)
        raw = Source(
            "values" if isinstance(tree, exp.Values) else "query", raw=tree.sql(dialect=self.dialect)
        )
        expressions = Expressions(self.dialect, Scope(parent), self.query, ctes)
        return Reading((Output(expressions.star()),), raw)

    def _with(self, tree: exp.Expr, outer: dict[str, Cte]) -> dict[str, Cte]:
        clause = tree.args.get("with_")
        if not isinstance(clause, exp.With):
            return outer
        known = dict(outer)
        for cte in clause.expressions:
            names = tuple(folded(c, self.dialect) for c in (cte.args["alias"].args.get("columns") or ()))
            name = cte.alias.lower()
            refers = any(
                t.name.lower() == name and not t.args.get("db") for t in cte.this.find_all(exp.Table)
            )
            text = clause.sql(dialect=self.dialect) if clause.args.get("recursive") and refers else ""
            known[name] = Cte(cte.this, names, dict(known), text)
        return known

    def _subquery(self, tree: exp.Subquery, parent: Scope | None, ctes: dict[str, Cte]) -> Reading:
        inner = self.query(tree.this, parent, ctes)
        if any(tree.args.get(part) for part in ("order", "limit", "offset")):
            inner = self._tail(inner, tree, Scope(parent), ctes)
        return inner

    def _set_operation(self, tree: exp.SetOperation, parent: Scope | None, ctes: dict[str, Cte]) -> Reading:
        left = self.query(tree.this, parent, ctes)
        right = self.query(tree.expression, parent, ctes)
        if left.order_by or left.limit is not None or left.offset is not None:
            star = Expressions(self.dialect, Scope(parent), self.query, ctes).star()
            left = Reading((Output(star),), Source("part", query=left))
        operator = next(name for cls, name in _OPERATORS.items() if isinstance(tree, cls))
        operation = SetOperation(operator, right, all=tree.args.get("distinct") is False)
        combined = _changed(left, set_operations=(*left.set_operations, operation))
        return self._tail(combined, tree, Scope(parent), ctes)

    def _select(self, tree: exp.Select, parent: Scope | None, ctes: dict[str, Cte]) -> Reading:
        scope = Scope(parent)
        expressions = Expressions(self.dialect, scope, self.query, ctes)
        source, joins = self._sources(tree, scope, expressions, ctes)
        where = expressions.optional_predicate(tree.args.get("where"))
        joins, where = where_keys(source, joins, where)
        group = tree.args.get("group")
        outputs = tuple(expressions.output(item) for item in tree.expressions)
        aliases = {o.alias.lower(): o.expression for o in outputs if o.alias}
        distinct = tree.args.get("distinct")
        on = distinct.args.get("on") if isinstance(distinct, exp.Distinct) else None
        reading = Reading(
            outputs=outputs,
            source=source,
            joins=joins,
            where=where,
            group_by=expressions.group_by(group, outputs, aliases) if group else (),
            having=expressions.optional_predicate(tree.args.get("having"), aliases),
            qualify=expressions.optional_predicate(tree.args.get("qualify"), aliases),
            distinct=distinct is not None and on is None,
            distinct_on=tuple(
                map(expressions.expression, on.expressions if isinstance(on, exp.Tuple) else [on])
            )
            if on
            else (),
        )
        return self._tail(reading, tree, scope, ctes)

    def _sources(
        self, tree: exp.Select, scope: Scope, expressions: Expressions, ctes: dict[str, Cte]
    ) -> tuple[Source | None, tuple[Join, ...]]:
        clause = tree.args.get("from_")
        if clause is None:
            return None, ()
        first = self.source(clause.this, scope, ctes)
        joins: list[Join] = []
        pending = [
            *(clause.this.args.get("joins") or ()),
            *(tree.args.get("joins") or ()),
            *(tree.args.get("laterals") or ()),
        ]
        for join in pending:
            joins.append(self._join(join, first, joins, scope, expressions, ctes))
        return first, tuple(joins)

    def _join(
        self,
        join: exp.Expr,
        first: Source,
        before: list[Join],
        scope: Scope,
        expressions: Expressions,
        ctes: dict[str, Cte],
    ) -> Join:
        target = join.this if isinstance(join, exp.Join) else join
        lateral = isinstance(target, exp.Lateral)
        source = self.source(target, scope, ctes)
        earlier = [first, *(j.source for j in before)]
        side = (
            (join.args.get("side") or join.args.get("kind") or "").upper()
            if isinstance(join, exp.Join)
            else ""
        )
        kind = _KINDS.get(side, "inner")
        if using := join.args.get("using"):
            keys = using_keys(
                [folded(u if isinstance(u, exp.Identifier) else u.this, self.dialect) for u in using],
                earlier,
                source,
                scope,
                self.schema,
            )
            return Join(source, kind, keys, None, lateral)
        if (join.args.get("method") or "").upper() == "NATURAL":
            mine = columns_of_source(source, self.schema) or ()
            theirs = {c.lower() for s in earlier for c in columns_of_source(s, self.schema) or ()}
            keys = using_keys([c for c in mine if c.lower() in theirs], earlier, source, scope, self.schema)
            return Join(source, kind, keys, None, lateral)
        condition = expressions.optional_predicate(join.args.get("on"))
        keys, rest = split_condition(condition, {s.alias for s in earlier}, source.alias)
        return Join(source, kind, keys, rest, lateral)

    def source(self, tree: exp.Expr, scope: Scope, ctes: dict[str, Cte]) -> Source:
        """A FROM item; its alias and columns become visible in `scope`."""
        found = self._source(tree, scope, ctes)
        scope.columns[found.alias] = columns_of_source(found, self.schema)
        return found

    def _source(self, tree: exp.Expr, scope: Scope, ctes: dict[str, Cte]) -> Source:
        alias = folded(tree.args["alias"].this, self.dialect) if tree.args.get("alias") else ""
        if (
            isinstance(tree, exp.Subquery)
            and not tree.args.get("pivots")
            and not isinstance(tree.this, exp.Table)
        ):
            return Source(
                alias or f"part{len(scope.columns) + 1}",
                query=self._named(tree, self.query(tree.this, scope.parent, self._with(tree, ctes))),
            )
        if isinstance(tree, exp.Lateral) and isinstance(tree.this, exp.Subquery):
            return Source(
                alias or f"part{len(scope.columns) + 1}", query=self.query(tree.this.this, scope, ctes)
            )
        plain = (
            isinstance(tree, exp.Table)
            and isinstance(tree.this, exp.Identifier)
            and not tree.args.get("pivots")
        )
        if not plain or tree.args.get("sample") or tree.args.get("rows_from"):
            bare = tree.copy()
            if alias:
                bare.set("alias", None)
            return Source(
                alias or tree.alias_or_name or f"part{len(scope.columns) + 1}",
                raw=bare.sql(dialect=self.dialect),
            )
        name = folded(tree.this, self.dialect)
        space = folded(tree.args.get("db"), self.dialect) or None
        cte = ctes.get(name.lower()) if space is None else None
        if cte is not None:
            return Source(alias or name, query=self._cte(cte))
        table = self.schema.table(f"{space}.{name}" if space else name) if self.schema else None
        if table is not None:
            name, space = table.name, table.schema
        return Source(alias or name, name, space)

    def _named(self, tree: exp.Expr, reading: Reading) -> Reading:
        """`(…) AS t (a, b)` names the outputs."""
        names = tree.args["alias"].args.get("columns") if tree.args.get("alias") else None
        return _rename(reading, tuple(folded(n, self.dialect) for n in names)) if names else reading

    def _cte(self, cte: Cte) -> Reading:
        if cte.recursive_text:
            star = Expressions(self.dialect, Scope(), self.query, {}).star()
            return Reading((Output(star),), Source("recursion", raw=cte.recursive_text))
        if cte.reading is None:
            cte.reading = _rename(self.query(cte.query, None, cte.visible), cte.columns)
        return cte.reading

    def _tail(self, reading: Reading, tree: exp.Expr, scope: Scope, ctes: dict[str, Cte]) -> Reading:
        """ORDER BY, LIMIT and OFFSET; an order by position or alias becomes the expression it means."""
        expressions = Expressions(self.dialect, scope, self.query, ctes)
        order = tree.args.get("order")
        limit, offset = tree.args.get("limit"), tree.args.get("offset")
        count = (
            expressions.whole_number(
                limit.args.get("count") if isinstance(limit, exp.Fetch) else limit.expression
            )
            if limit
            else None
        )
        skip = expressions.whole_number(offset.expression) if offset else None
        if limit is not None and limit.args.get("offset") is not None:
            skip = expressions.whole_number(limit.args["offset"])
        orders: tuple[Order, ...] = expressions.orders(order, reading.outputs) if order else ()
        return _changed(
            reading,
            order_by=orders or reading.order_by,
            limit=count if limit else reading.limit,
            offset=skip if skip is not None else reading.offset,
        )


def _changed(reading: Reading, **parts: object) -> Reading:
    return replace(reading, **parts)  # type: ignore[arg-type]


def _rename(reading: Reading, names: tuple[str, ...]) -> Reading:
    if not names or len(names) != len(reading.outputs):
        return reading
    return _changed(
        reading, outputs=tuple(Output(o.expression, n) for o, n in zip(reading.outputs, names, strict=True))
    )
