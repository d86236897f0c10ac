"""Syntax trees of expressions and conditions into the reading's own forms; what has none becomes `Raw`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal as OneOf

from sqlglot import exp

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
from connectors.sql.reading_scope import Cte, Scope, folded

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
_ARITHMETIC: dict[type[exp.Expr], OneOf["+", "-", "*", "/", "%", "||"]] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%", exp.DPipe: "||",
}  # fmt: skip
_NAMES = {
    "group_concat": "group_concat",
    "string_agg": "group_concat",
    "stddev_samp": "stddev",
    "array_unique_agg": "array_agg",
}


class Expressions:
    """Reads expressions in one scope."""

    def __init__(self, dialect: str, scope: Scope, query: ReadQuery, ctes: dict[str, Cte]) -> None:
        self.dialect = dialect
        self.scope = scope
        self.query = query
        self.ctes = ctes
        self.aliases: Aliases = {}

    def star(self) -> Star:
        return Star()

    def output(self, node: exp.Expr) -> Output:
        if isinstance(node, exp.Alias):
            return Output(self.expression(node.this), folded(node.args["alias"], self.dialect))
        return Output(self.expression(node))

    def optional_predicate(self, clause: exp.Expr | None, aliases: Aliases | None = None) -> Predicate | None:
        if clause is None:
            return None
        self.aliases = aliases or {}
        found = self.predicate(
            clause.this if isinstance(clause, exp.Where | exp.Having | exp.Qualify) else clause
        )
        self.aliases = {}
        return found

    def whole_number(self, node: exp.Expr | None) -> int | None:
        """A constant count; anything else is no limit that a plan could promise."""
        node = node.this if isinstance(node, exp.Paren) else node
        return int(node.name) if isinstance(node, exp.Literal) and node.name.isdigit() else None

    def group_by(
        self, clause: exp.Expr, outputs: Sequence[Output], aliases: Aliases
    ) -> tuple[Expression, ...]:
        if any(clause.args.get(part) for part in ("rollup", "cube", "grouping_sets", "totals")):
            return (self.raw(clause),)
        if clause.args.get("all"):
            return tuple(o.expression for o in outputs if not has_aggregate(o.expression))
        return tuple(self._by_position(item, outputs, aliases) for item in clause.expressions)

    def orders(self, clause: exp.Expr, outputs: Sequence[Output]) -> tuple[Order, ...]:
        aliases = {o.alias.lower(): o.expression for o in outputs if o.alias}
        found = []
        for item in clause.expressions:
            descending = bool(item.args.get("desc"))
            first = item.args.get("nulls_first")
            text = item.sql(dialect=self.dialect).upper()
            nulls: OneOf["default", "first", "last"] = "default"
            if "NULLS FIRST" in text or "NULLS LAST" in text:
                nulls = "first" if first else "last"
            found.append(Order(self._by_position(item.this, outputs, aliases), descending, nulls))
        return tuple(found)

    def _by_position(self, node: exp.Expr, outputs: Sequence[Output], aliases: Aliases) -> Expression:
        place = self.whole_number(node)
        if place is not None and 0 < place <= len(outputs):
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
        if isinstance(node, exp.Case) and node.this is None:
            branches = tuple(
                (self.predicate(i.this), self.expression(i.args["true"])) for i in node.args["ifs"]
            )
            otherwise = node.args.get("default")
            return Case(branches, self.expression(otherwise) if otherwise is not None else None)
        if isinstance(node, exp.Cast):
            return self._cast(node)
        if isinstance(node, exp.Window):
            return self._window(node)
        if isinstance(node, exp.Func) and not isinstance(node, exp.Connector | exp.Predicate):
            return self._function(node)
        return self.raw(node)

    def _column(self, node: exp.Column) -> Expression:
        name = folded(node.this, self.dialect)
        if isinstance(node.this, exp.Star):
            return Star(self.scope.alias(node.table) or node.table)
        if node.table:
            return self.scope.qualified(folded(node.args["table"], self.dialect), name)
        found = self.scope.bare(name)
        if found is not None:
            return found
        if name.lower() in self.aliases:
            return self.aliases[name.lower()]
        owner = self.scope.only_unknown() or (
            next(iter(self.scope.columns)) if len(self.scope.columns) == 1 else ""
        )
        if self.dialect == "sqlite" and node.this.args.get("quoted") and not self.scope.only_unknown():
            return Literal(name)
        return ColumnRef(owner, name)

    def _arithmetic(self, node: exp.Expr) -> Expression:
        operator = _ARITHMETIC[type(node)]
        left, right = self.expression(node.this), self.expression(node.expression)
        if operator == "/":
            left = _without_one(left)
        return Arithmetic(operator, left, right)

    def _cast(self, node: exp.Cast) -> Expression:
        kind = node.to.sql(dialect=self.dialect)
        if (
            isinstance(node.this, exp.Literal)
            and node.this.is_string
            and kind.upper() in ("DATE", "TIMESTAMP", "DATETIME")
        ):
            return Literal(node.this.name, "date" if kind.upper() == "DATE" else "timestamp")
        return Cast(self.expression(node.this), kind)

    def _window(self, node: exp.Window) -> Expression:
        call = self.expression(node.this)
        order, frame = node.args.get("order"), node.args.get("spec")
        if not isinstance(call, Function) or node.args.get("alias"):
            return self.raw(node)
        window = Window(
            tuple(map(self.expression, node.args.get("partition_by") or ())),
            self.orders(order, ()) if order else (),
            frame.sql(dialect=self.dialect) if frame else "",
        )
        return Function(call.name, call.args, call.distinct, window)

    def _function(self, node: exp.Func) -> Expression:
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
            if any(isinstance(value, str) for value in values):
                return self.raw(node)
        distinct = False
        if arguments and isinstance(arguments[0], exp.Distinct):
            distinct, arguments = True, [*arguments[0].expressions, *arguments[1:]]
        if any(isinstance(a, exp.Order | exp.Limit | exp.Lambda | exp.Var | exp.DataType) for a in arguments):
            return self.raw(node)
        name = _NAMES.get(name, name)
        spelled = node.sql(dialect=self.dialect).partition("(")[0].strip().lower()
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
        if isinstance(node, exp.Between):
            return Between(
                self.expression(node.this),
                self.expression(node.args["low"]),
                self.expression(node.args["high"]),
            )
        if isinstance(node, exp.In) and not node.args.get("unnest") and node.args.get("field") is None:
            return self._in(node)
        if isinstance(node, exp.Is):
            return self._is(node)
        if isinstance(node, exp.Exists) and isinstance(node.this, exp.Query | exp.Subquery):
            return Exists(self.query(node.this, self.scope, self.ctes))
        return self.raw(node)

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
        columns = []
        for column in node.find_all(exp.Column):
            found = self._column(column)
            if isinstance(found, ColumnRef):
                columns.append(found)
        return Raw(
            node.sql(dialect=self.dialect),
            self.dialect,
            tuple(dict.fromkeys(columns)),
            node.find(exp.AggFunc) is not None,
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
