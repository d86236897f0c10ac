"""Syntax trees of expressions and conditions into the reading's own forms; what has none becomes `Raw`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal as OneOf

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from connectors.sql.reading import (
    AGGREGATES,
    Arithmetic,
    Case,
    Cast,
    ColumnRef,
    Comparison,
    DateBucket,
    DatePart,
    Expression,
    Function,
    Literal,
    Order,
    Output,
    Raw,
    Star,
    Subquery,
)
from connectors.sql.readings.conditions import Conditions
from connectors.sql.readings.date_forms import match_date
from connectors.sql.readings.scope import NoForm, Scope, folded, only
from connectors.sql.readings.text import Aliases
from connectors.sql.readings.types import DROPS_REMAINDERS, has_fraction

_ARITHMETIC: dict[type[exp.Expr], OneOf["+", "-", "*", "/", "//", "%", "||"]] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.IntDiv: "//", exp.Mod: "%", exp.DPipe: "||",
}  # fmt: skip


class Expressions(Conditions):
    """Reads expressions in one scope."""

    def output(self, node: exp.Expr, aliases: Aliases) -> Output:
        self.aliases = aliases
        alias = folded(node.args["alias"], self.dialect) if isinstance(node, exp.Alias) else ""
        found = Output(self.expression(node.this if isinstance(node, exp.Alias) else node), alias)
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
            self.aliases = aliases
            first, *rest = self.raw(clause).parts
            self.aliases = {}
            bare = first.removeprefix("GROUP BY ") if isinstance(first, str) else first
            return (Raw((bare, *rest), self.dialect),)
        if clause.args.get("all"):
            shown = clause.parent.expressions if clause.parent is not None else []
            pairs = zip(shown, outputs, strict=False)
            if any(i.find(exp.AggFunc, exp.Anonymous) and not has_aggregate(o.expression) for i, o in pairs):
                return (Raw(("ALL",), self.dialect),)  # the engine knows which calls are aggregates
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
        around = self.aliases
        self.aliases = {**around, **aliases}
        found = self.expression(node)
        self.aliases = around
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
        whole = exp.Cast(this=exp.to_identifier("x"), to=node.to.copy()).sql(dialect=self.dialect)
        spelled = whole.startswith("CAST(x AS ")  # MySQL casts to SIGNED what is a BIGINT elsewhere
        kind = whole[len("CAST(x AS ") : -1] if spelled else node.to.sql(dialect=self.dialect)
        if self.dialect == "sqlite" and node.to.this == exp.DType.DECIMAL:
            kind = node.to.sql()
        text = isinstance(node.this, exp.Literal) and node.this.is_string and self.dialect != "sqlite"
        if text and kind.upper() in ("DATE", "TIMESTAMP", "DATETIME"):
            return Literal(node.this.name, "date" if kind.upper() == "DATE" else "timestamp")
        return Cast(self.expression(node.this), kind)


_SUBTOTALS = re.compile(r"\b(ROLLUP|CUBE|GROUPING SETS)\s*\(|\bWITH (ROLLUP|CUBE|TOTALS)$|^ALL$")


def has_subtotals(key: Expression) -> bool:
    """Whether a grouping is kept as text because it makes several groupings at once (ROLLUP, GROUPING SETS)."""
    return isinstance(key, Raw) and _SUBTOTALS.search(key.sql) is not None


def is_unlimited(limit: exp.Expr) -> bool:
    """LIMIT ALL and LIMIT NULL say that there is none."""
    count = limit.args.get("expression")
    return isinstance(count, exp.Null) or (
        isinstance(count, exp.Column | exp.Var | exp.All) and count.sql().upper() == "ALL"
    )


def whole_number(node: exp.Expr | None) -> int | None:
    """A constant count; anything else is none."""
    node = node.this if isinstance(node, exp.Paren) else node
    return int(node.name) if isinstance(node, exp.Literal) and _is_whole(node.name) else None


def _is_whole(text: str) -> bool:
    """Digits alone, few enough for 64 bits; Python itself refuses to read thousands of them."""
    return text.isdigit() and len(text) <= 18


def _nulls_lead(dialect: str, descending: bool) -> bool:
    """Whether NULLs come first when the text does not say."""
    ordering = Dialect.get_or_raise(dialect).NULL_ORDERING
    return (ordering == "nulls_are_small" and not descending) or (
        ordering == "nulls_are_large" and descending
    )


def _literal(node: exp.Literal) -> Literal:
    if node.is_string:
        return Literal(node.name)
    if _is_whole(node.name):
        return Literal(int(node.name), "number")
    if "e" in node.name.lower() or node.name.isdigit():
        return Literal(node.name, "number")  # a floating number in dialects where 1000.0 is an exact one
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
