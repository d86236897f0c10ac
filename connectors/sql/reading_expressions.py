"""Syntax trees of expressions and conditions into the reading's own forms; what has none becomes `Raw`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal as OneOf

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from connectors.sql.date_forms import match_date
from connectors.sql.reading import (
    AGGREGATES,
    And,
    Arithmetic,
    Between,
    Case,
    Cast,
    ColumnRef,
    Comparison,
    DateBucket,
    DatePart,
    Exists,
    Expression,
    Function,
    In,
    IsNull,
    Literal,
    Not,
    Or,
    Order,
    Output,
    Predicate,
    Raw,
    Reading,
    Star,
    Subquery,
    Window,
)  # fmt: skip
from connectors.sql.reading_scope import Cte, NoForm, Scope, folded, only, self_contained
from connectors.sql.reading_types import DROPS_REMAINDERS, has_fraction

Aliases = Mapping[str, Expression]
ReadQuery = Callable[[exp.Expr, Scope | None, dict[str, Cte]], Reading]
_COMPARISONS: dict[type[exp.Expr], OneOf["=", "!=", "<", "<=", ">", ">=", "like", "ilike"]] = {
    exp.EQ: "=", exp.NEQ: "!=", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=", exp.Like: "like", exp.ILike: "ilike",
}  # fmt: skip
_NEGATED: dict[str, OneOf["!=", "=", "not like", "not ilike"]] = {
    "=": "!=",
    "!=": "=",
    "like": "not like",
    "ilike": "not ilike",
}
_ARITHMETIC: dict[type[exp.Expr], OneOf["+", "-", "*", "/", "//", "%", "||"]] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.IntDiv: "//", exp.Mod: "%", exp.DPipe: "||",
}  # fmt: skip
_MARK = "column_zq"
"""Stands around the number of a column while a text is cut; a plain name, so that no dialect quotes it."""
_NAMES = {
    "group_concat": "group_concat",
    "string_agg": "group_concat",
    "stddev_samp": "stddev",
    "array_unique_agg": "array_agg",
}
_WHOLE_ROWS = frozenset({"postgres", "duckdb", "bigquery"})
"""Dialects in which a source's own name means its whole row."""
_AGGREGATE_NODES = (
    exp.Sum,
    exp.Avg,
    exp.Min,
    exp.Max,
    exp.Count,
    exp.Median,
    exp.Stddev,
    exp.StddevSamp,
    exp.Variance,
)


class Expressions:
    """Reads expressions in one scope."""

    def __init__(self, dialect: str, scope: Scope, query: ReadQuery, ctes: dict[str, Cte]) -> None:
        self.dialect = dialect
        self.scope = scope
        self.query = query
        self.ctes = ctes
        self.aliases: Aliases = {}

    def output(self, node: exp.Expr, aliases: Aliases) -> Output:
        self.aliases = aliases
        alias = folded(node.args["alias"], self.dialect) if isinstance(node, exp.Alias) else ""
        found = Output(self.expression(node.this if isinstance(node, exp.Alias) else node), alias)
        self.aliases = {}
        return found

    def optional_predicate(self, clause: exp.Expr | None, aliases: Aliases | None = None) -> Predicate | None:
        if clause is None:
            return None
        self.aliases = aliases or {}
        found = self.predicate(
            clause.this if isinstance(clause, exp.Where | exp.Having | exp.Qualify) else clause
        )
        self.aliases = {}
        return found

    def limits(self, limit: exp.Expr | None, offset: exp.Expr | None) -> tuple[int | None, int | None]:
        """Constant LIMIT and OFFSET; None for what is computed or more than a count (WITH TIES, percent)."""
        count = skip = None
        if limit is not None:
            known = ("this", "count", "expression", "offset", "direction", "limit_options")
            options = limit.args.get("limit_options")
            special = options is not None and (options.args.get("with_ties") or options.args.get("percent"))
            if not special and all(key in known for key, value in limit.args.items() if value):
                count = whole_number(limit.args.get("count") or limit.args.get("expression"))
            if limit.args.get("offset") is not None:
                skip = whole_number(limit.args["offset"])
                count = count if skip is not None else None
        if offset is not None:
            skip = whole_number(offset.expression) if not offset.args.get("expressions") else None
        return count, skip

    def group_by(
        self, clause: exp.Expr, outputs: Sequence[Output], aliases: Aliases
    ) -> tuple[Expression, ...]:
        if any(clause.args.get(part) for part in ("rollup", "cube", "grouping_sets", "totals")):
            first, *rest = self.raw(clause).parts
            bare = first.removeprefix("GROUP BY ") if isinstance(first, str) else first
            return (Raw((bare, *rest), self.dialect),)
        if clause.args.get("all"):
            return tuple(o.expression for o in outputs if not has_aggregate(o.expression))
        return tuple(self._by_position(item, outputs, aliases) for item in clause.expressions)

    def orders(
        self, clause: exp.Expr, outputs: Sequence[Output], *, shown_only: bool = False
    ) -> tuple[Order, ...]:
        """`shown_only`: a set operation is ordered by the names of its columns."""
        aliases = {o.alias.lower(): o.expression for o in outputs if o.alias}
        if shown_only:
            named = (o.expression for o in outputs if isinstance(o.expression, ColumnRef) and not o.alias)
            aliases = {**{column.name.lower(): column for column in named}, **aliases}
        found = []
        for item in clause.expressions:
            only(item, "this", "desc", "nulls_first")
            descending, first = bool(item.args.get("desc")), bool(item.args.get("nulls_first"))
            nulls: OneOf["default", "first", "last"] = "default"
            if first != _nulls_lead(self.dialect, descending):
                nulls = "first" if first else "last"
            everything = isinstance(item.this, exp.Var | exp.Column) and item.this.name.upper() == "ALL"
            if everything and self.dialect == "duckdb":
                found += [Order(output.expression, descending, nulls) for output in outputs]
            else:
                found.append(Order(self._by_position(item.this, outputs, aliases), descending, nulls))
        # A constant orders nothing, and written out a number would be read as the place of a column.
        return tuple(order for order in found if not isinstance(order.expression, Literal))

    def _by_position(self, node: exp.Expr, outputs: Sequence[Output], aliases: Aliases) -> Expression:
        place = whole_number(node)
        if place is not None and 0 < place <= len(outputs):
            if any(isinstance(output.expression, Star) for output in outputs[:place]):
                raise NoForm("a place after a * of columns that are not known")
            return outputs[place - 1].expression
        if (
            isinstance(node, exp.Column)
            and not node.table
            and node.name.lower() in aliases
            and self.scope.bare(node.name) is None
        ):
            return aliases[node.name.lower()]
        self.aliases = aliases
        found = self.expression(node)
        self.aliases = {}
        return found

    def expression(self, node: exp.Expr) -> Expression:
        dated = match_date(node, self.dialect)
        if dated is not None:
            (form, unit), moment = dated
            value = self.expression(moment)
            return DateBucket(unit, value) if form == "bucket" else DatePart(unit, value)  # type: ignore[arg-type]
        if isinstance(node, exp.Paren):
            return self.expression(node.this)
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.Star):
            return self.raw(node) if any(node.args.values()) else Star()
        if isinstance(node, exp.Literal):
            return _literal(node)
        if isinstance(node, exp.RawString):
            return Literal(node.name)
        if isinstance(node, exp.Null):
            return Literal(None, "null")
        if isinstance(node, exp.Boolean):
            return Literal(bool(node.this), "boolean")
        if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and not node.this.is_string:
            number = _literal(node.this).value
            return Literal(-number if isinstance(number, int | float) else f"-{number}", "number")
        if type(node) in _ARITHMETIC:
            return self._arithmetic(node)
        if isinstance(node, exp.Subquery | exp.Query):
            inner = node.this if isinstance(node, exp.Subquery) and not node.args.get("alias") else node
            return Subquery(self.query(inner, self.scope, self.ctes))
        if isinstance(node, exp.Case):
            return self._case(node)
        if isinstance(node, exp.If):
            return self._case(
                exp.Case(ifs=[exp.If(this=node.this, true=node.args["true"])], default=node.args.get("false"))
            )
        if isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast):
            return self._cast(node)
        if isinstance(node, exp.Window):
            return self._window(node)
        if isinstance(node, exp.Filter):
            return self._filtered(node)
        if isinstance(node, exp.CurrentTime) and node.this is None:
            return Raw(("CURRENT_TIME",), self.dialect)
        if isinstance(node, exp.Func) and not isinstance(node, exp.Connector | exp.Predicate):
            return self._function(node)
        return self.raw(node)

    def _case(self, node: exp.Case) -> Expression:
        """`CASE x WHEN 1` compares x with each value."""
        only(node, "this", "ifs", "default")
        value = self.expression(node.this) if node.this is not None else None
        branches = tuple(
            (
                self.predicate(branch.this)
                if value is None
                else Comparison(value, "=", self.expression(branch.this)),
                self.expression(branch.args["true"]),
            )
            for branch in node.args["ifs"]
        )
        otherwise = node.args.get("default")
        return Case(branches, self.expression(otherwise) if otherwise is not None else None)

    def _column(self, node: exp.Column) -> Expression:
        if isinstance(node.this, exp.Star):
            if any(node.this.args.values()):
                return self.raw(node)
            return Star(self.scope.alias(node.table) or node.table)
        if node.args.get("join_mark"):
            raise NoForm("an outer join written (+)")
        name = folded(node.this, self.dialect)
        if node.table and self.scope.alias(node.table) is None:
            whole = self.scope.bare(folded(node.args["table"], self.dialect))
            if isinstance(whole, ColumnRef):
                return Raw((whole, f".{node.this.sql(dialect=self.dialect)}"), self.dialect)
        if node.table:
            return self.scope.qualified(folded(node.args["table"], self.dialect), name)
        found = self.scope.bare(name)
        if found is not None:
            return found
        if name.lower() in self.aliases:
            return self.aliases[name.lower()]
        row = self.scope.alias(name)
        if row is not None and self.dialect in _WHOLE_ROWS:
            return ColumnRef(row, "")
        owner = self.scope.guess()
        if self.dialect == "sqlite" and node.this.args.get("quoted") and not self.scope.only_unknown():
            return Literal(name)
        return ColumnRef(owner, name)

    def _arithmetic(self, node: exp.Expr) -> Expression:
        operator = _ARITHMETIC[type(node)]
        left, right = self.expression(node.this), self.expression(node.expression)
        if operator == "/":
            if self.dialect in DROPS_REMAINDERS and not (
                self._has_fraction(left) or self._has_fraction(right)
            ):
                return Arithmetic("//", left, right)
            left = _without_one(left)
        return Arithmetic(operator, left, right)

    def _has_fraction(self, node: Expression) -> bool:
        known: dict[str, frozenset[str]] = {}
        scope: Scope | None = self.scope
        while scope is not None:
            known = {**scope.fractions, **known}
            scope = scope.parent
        return has_fraction(node, known, self.dialect)

    def _cast(self, node: exp.Cast) -> Expression:
        """A text cast to a date is a date, except in SQLite, where the cast makes a number of its year."""
        if node.args.get("format") or node.args.get("default") or node.args.get("action"):
            return self.raw(node)
        kind = node.to.sql(dialect=self.dialect)
        if self.dialect == "sqlite" and node.to.this == exp.DType.DECIMAL:
            kind = node.to.sql()
        text = isinstance(node.this, exp.Literal) and node.this.is_string and self.dialect != "sqlite"
        if text and kind.upper() in ("DATE", "TIMESTAMP", "DATETIME"):
            return Literal(node.this.name, "date" if kind.upper() == "DATE" else "timestamp")
        return Cast(self.expression(node.this), kind)

    def _window(self, node: exp.Window) -> Expression:
        """A window by name is spelled out, so that the name may go."""
        call = self.expression(node.this)
        named = self._named_window(node.alias) if node.args.get("alias") else None
        base = named or Window()
        order, frame = node.args.get("order"), node.args.get("spec")
        known = all(
            k in ("this", "partition_by", "order", "spec", "over", "alias") for k, v in node.args.items() if v
        )
        if not isinstance(call, Function) or call.window is not None or not known:
            return self.raw(node)
        window = Window(
            tuple(map(self.expression, node.args.get("partition_by") or ())) or base.partition_by,
            self.orders(order, ()) if order else base.order_by,
            frame.sql(dialect=self.dialect) if frame else base.frame,
        )
        return Function(call.name, call.args, call.distinct, window)

    def _filtered(self, node: exp.Filter) -> Expression:
        """`sum(x) FILTER (WHERE c)` adds up `CASE WHEN c THEN x END`."""
        call = self.expression(node.this)
        simple = (
            isinstance(call, Function)
            and call.name in ("count", "sum", "avg", "min", "max")
            and len(call.args) == 1
        )
        if not isinstance(call, Function) or not simple or call.window is not None:
            return self.raw(node)
        value = Literal(1, "number") if isinstance(call.args[0], Star) else call.args[0]
        return replace(call, args=(Case(((self.predicate(node.expression.this), value),)),))

    def _named_window(self, name: str) -> Window:
        definition = self.scope.windows.get(name.lower())
        if definition is None:
            raise NoForm("a window that is not defined here")
        only(definition, "this", "partition_by", "order", "spec", "over", "alias")
        inner = definition.args.get("alias")
        base = self._named_window(inner.name) if inner is not None else Window()
        order, frame = definition.args.get("order"), definition.args.get("spec")
        return Window(
            tuple(map(self.expression, definition.args.get("partition_by") or ())) or base.partition_by,
            self.orders(order, ()) if order else base.order_by,
            frame.sql(dialect=self.dialect) if frame else base.frame,
        )

    def _function(self, node: exp.Func) -> Expression:
        """A plain call under its name; whatever the dialect writes otherwise stays text."""
        if isinstance(node, exp.Anonymous):
            name, arguments = node.name.lower(), list(node.expressions)
        else:
            name = node.sql_name().lower()
            values = [node.args.get(key) for key in node.arg_types]
            arguments = [
                v
                for value in values
                for v in (value if isinstance(value, list) else [value])
                if isinstance(v, exp.Expr)
            ]
        distinct = bool(arguments) and isinstance(arguments[0], exp.Distinct)
        if distinct:
            arguments = [*arguments[0].expressions, *arguments[1:]]
        if any(
            isinstance(
                a, exp.Order | exp.Limit | exp.Lambda | exp.Var | exp.DataType | exp.Select | exp.SetOperation
            )
            for a in arguments
        ):
            return self.raw(node)
        text = node.sql(dialect=self.dialect)
        spelled = text.partition("(")[0].strip().lower()
        written = ", ".join(argument.sql(dialect=self.dialect) for argument in arguments)
        plain = f"{'DISTINCT ' if distinct else ''}{written})"
        if not isinstance(node, _AGGREGATE_NODES) and text.partition("(")[2] != plain:
            return self.raw(node)
        name = _NAMES.get(name, name)
        if self.dialect == "mysql" and isinstance(node, exp.Length):
            name = spelled = "octet_length" if spelled == "length" else "length"
        if name not in AGGREGATES and spelled != name and not isinstance(node, exp.Anonymous):
            if not spelled.isidentifier():
                return self.raw(node)
            name = spelled
        return Function(name, tuple(map(self.expression, arguments)), distinct)

    def predicate(self, node: exp.Expr) -> Predicate:
        if node.args.get("negate"):
            positive = node.copy()
            positive.set("negate", None)
            return _negate(self.predicate(positive))
        if isinstance(node, exp.Paren):
            return self.predicate(node.this)
        if isinstance(node, exp.And | exp.Or):
            parts = [self.predicate(part) for part in node.flatten()]
            flat = tuple(
                p
                for part in parts
                for p in (
                    part.parts if isinstance(part, And if isinstance(node, exp.And) else Or) else (part,)
                )
            )
            return And(flat) if isinstance(node, exp.And) else Or(flat)
        if isinstance(node, exp.Not):
            return _negate(self.predicate(node.this))
        if type(node) in _COMPARISONS and not isinstance(node.expression, exp.Any | exp.All):
            return Comparison(
                self.expression(node.this), _COMPARISONS[type(node)], self.expression(node.expression)
            )
        if isinstance(node, exp.EQ | exp.NEQ) and isinstance(node.expression, exp.Any | exp.All):
            return self._any_or_all(node)
        if isinstance(node, exp.Between) and not node.args.get("symmetric"):
            return Between(
                self.expression(node.this),
                self.expression(node.args["low"]),
                self.expression(node.args["high"]),
            )
        if (
            isinstance(node, exp.In)
            and not node.args.get("unnest")
            and not node.args.get("field")
            and not node.args.get("is_global")
        ):
            return self._in(node)
        if isinstance(node, exp.Is):
            return self._is(node)
        if isinstance(node, exp.Exists) and isinstance(node.this, exp.Query | exp.Subquery):
            return Exists(self.query(node.this, self.scope, self.ctes))
        return self.raw(node)

    def _any_or_all(self, node: exp.Expr) -> Predicate:
        """`x = ANY (query)` is `x IN (query)`, `x <> ALL (query)` is `x NOT IN (query)`."""
        inner = node.expression.this
        among = isinstance(node, exp.EQ) and isinstance(node.expression, exp.Any)
        outside = isinstance(node, exp.NEQ) and isinstance(node.expression, exp.All)
        if not isinstance(inner, exp.Query) or not (among or outside):
            return self.raw(node)
        tree = inner.this if isinstance(inner, exp.Subquery) else inner
        return In(self.expression(node.this), Subquery(self.query(tree, self.scope, self.ctes)), outside)

    def _in(self, node: exp.In) -> Predicate:
        value = self.expression(node.this)
        inner = node.args.get("query")
        if inner is not None:
            tree = inner.this if isinstance(inner, exp.Subquery) else inner
            return In(value, Subquery(self.query(tree, self.scope, self.ctes)))
        return In(value, tuple(map(self.expression, node.expressions)))

    def _is(self, node: exp.Is) -> Predicate:
        negated = isinstance(node.expression, exp.Not)
        right = node.expression.this if negated else node.expression
        if isinstance(right, exp.Null):
            return IsNull(self.expression(node.this), negated)
        return Comparison(self.expression(node.this), "is not" if negated else "is", self.expression(right))

    def raw(self, node: exp.Expr) -> Raw:
        """The text, cut at the columns of the sources in scope."""
        return self._cut(node, self._outer_column)

    def source_raw(self, node: exp.Expr) -> Raw:
        """A whole source as text: only names with a qualifier can be columns of the sources around it."""
        return self._cut(node, lambda column: self._outer_column(column) if column.table else None)

    def _cut(self, node: exp.Expr, column_of: Callable[[exp.Column], ColumnRef | None]) -> Raw:
        inner = {
            t.alias_or_name.lower() for t in node.find_all(exp.Table, exp.Subquery, exp.UDTF, exp.Lateral)
        }
        inner_names = {
            str(name.name).lower() for part in node.find_all(exp.Lambda) for name in part.expressions
        }
        inner_names |= {str(c.expression.name).lower() for c in node.find_all(exp.Comprehension)}
        nested = node.find(exp.Query) is not None
        found: list[ColumnRef] = []

        def marked(part: exp.Expr) -> exp.Expr:
            if not isinstance(part, exp.Column) or isinstance(part.this, exp.Star):
                return part
            if part.find_ancestor(exp.Star) is not None or part.name.lower() in inner_names:
                return part
            own = (
                part.table.lower() in inner
                if part.table
                else nested and part.find_ancestor(exp.Query) is not None
            )
            column = None if own else column_of(part)
            if column is None:
                return part
            found.append(column)
            return exp.to_identifier(f"{_MARK}{len(found) - 1}{_MARK}")

        tree = self_contained(node, self.ctes).transform(marked)
        alias = tree.args.get("alias")
        if isinstance(alias, exp.TableAlias) and alias.this:
            found.append(ColumnRef(folded(alias.this, self.dialect), ""))
            alias.set("this", exp.to_identifier(f"{_MARK}{len(found) - 1}{_MARK}"))
        pieces = tree.sql(dialect=self.dialect).split(_MARK)
        parts = [found[int(piece)] if index % 2 else piece for index, piece in enumerate(pieces)]
        return Raw(
            tuple(part for part in parts if part != ""), self.dialect, node.find(exp.AggFunc) is not None
        )

    def _outer_column(self, node: exp.Column) -> ColumnRef | None:
        if node.table and self.scope.alias(node.table) is None:
            return None
        found = self._column(node)
        return found if isinstance(found, ColumnRef) else None


def whole_number(node: exp.Expr | None) -> int | None:
    """A constant count; anything else is none."""
    node = node.this if isinstance(node, exp.Paren) else node
    return int(node.name) if isinstance(node, exp.Literal) and node.name.isdigit() else None


def _nulls_lead(dialect: str, descending: bool) -> bool:
    """Whether NULLs come first when the text does not say."""
    ordering = Dialect.get_or_raise(dialect).NULL_ORDERING
    return (ordering == "nulls_are_small" and not descending) or (
        ordering == "nulls_are_large" and descending
    )


def _literal(node: exp.Literal) -> Literal:
    if node.is_string:
        return Literal(node.name)
    if node.name.isdigit():
        return Literal(int(node.name), "number")
    number = float(node.name)
    return Literal(number if repr(number) == node.name or len(node.name) < 16 else node.name, "number")


def _without_one(node: Expression) -> Expression:
    """`x * 1.0 / y` divides exactly; the factor is spelling, not meaning."""
    ones = (Literal(1.0, "number"),)
    if isinstance(node, Arithmetic) and node.operator == "*":
        if node.right in ones and isinstance(getattr(node.right, "value", None), float):
            return node.left
        if node.left in ones and isinstance(getattr(node.left, "value", None), float):
            return node.right
    return node


def _negate(predicate: Predicate) -> Predicate:
    if isinstance(predicate, Comparison) and predicate.operator in _NEGATED:
        return Comparison(predicate.left, _NEGATED[predicate.operator], predicate.right)
    if isinstance(predicate, Between):
        return Between(predicate.value, predicate.low, predicate.high, not predicate.negated)
    if isinstance(predicate, In):
        return In(predicate.value, predicate.options, not predicate.negated)
    if isinstance(predicate, IsNull):
        return IsNull(predicate.value, not predicate.negated)
    if isinstance(predicate, Exists):
        return Exists(predicate.query, not predicate.negated)
    if isinstance(predicate, Not):
        return predicate.part
    return Not(predicate)


def has_aggregate(node: Expression) -> bool:
    """Whether the expression computes over a group, windows aside."""
    if isinstance(node, Function):
        return node.window is None and (node.name in AGGREGATES or any(map(has_aggregate, node.args)))
    if isinstance(node, Arithmetic):
        return has_aggregate(node.left) or has_aggregate(node.right)
    if isinstance(node, Cast | DateBucket | DatePart):
        return has_aggregate(node.value)
    if isinstance(node, Case):
        return any(has_aggregate(then) for _, then in node.branches) or (
            node.otherwise is not None and has_aggregate(node.otherwise)
        )
    return isinstance(node, Raw) and node.has_aggregate
