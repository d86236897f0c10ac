"""Calls of functions, aggregates and windows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from connectors.sql.reading import (
    AGGREGATES,
    Case,
    Expression,
    Function,
    Literal,
    Order,
    Output,
    Predicate,
    Star,
    Window,
)
from connectors.sql.readings.scope import NoForm, only
from connectors.sql.readings.text import Texts

_NAMES = {
    "group_concat": "group_concat",
    "string_agg": "group_concat",
    "stddev_samp": "stddev",
    "array_unique_agg": "array_agg",
}
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


def _to_char(node: exp.TimeToStr) -> exp.Func:
    """As a call, so that a period in it is written as the same period in GROUP BY is."""
    written = Dialect.get_or_raise("postgres").generator().format_time(node)
    if written is None or node.this.find(exp.TimestampTrunc, exp.DateTrunc) is None:
        return node
    shape = exp.Literal.string(written[1:-1].replace("''", "'"))
    return exp.Anonymous(this="TO_CHAR", expressions=[node.this.copy(), shape])


class Calls(Texts, ABC):
    @abstractmethod
    def expression(self, node: exp.Expr) -> Expression:
        """Any expression."""

    @abstractmethod
    def predicate(self, node: exp.Expr) -> Predicate:
        """Any condition."""

    @abstractmethod
    def orders(
        self, clause: exp.Expr, outputs: Sequence[Output], *, shown_only: bool = False
    ) -> tuple[Order, ...]:
        """What an ORDER BY says."""

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
            return self.raw(self._spelled_out(node))
        window = Window(
            tuple(map(self.expression, node.args.get("partition_by") or ())) or base.partition_by,
            self.orders(order, ()) if order else base.order_by,
            frame.sql(dialect=self.dialect) if frame else base.frame,
        )
        return Function(call.name, call.args, call.distinct, window)

    def _spelled_out(self, node: exp.Window) -> exp.Window:
        """With the definition in place of the name of a window."""
        definition = self.scope.windows.get(node.alias.lower()) if node.args.get("alias") else None
        if definition is None:
            return node
        spelled = node.copy()
        spelled.set("alias", definition.args.get("alias"))
        for part in ("partition_by", "order", "spec"):
            if definition.args.get(part) and not node.args.get(part):
                spelled.set(part, definition.args[part])
        return self._spelled_out(spelled)

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

    def _function(self, node: exp.Func) -> Expression:
        """A plain call under its name; whatever the dialect writes otherwise stays text."""
        if isinstance(node, exp.TimeToStr) and self.dialect == "postgres":
            node = _to_char(node)
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
