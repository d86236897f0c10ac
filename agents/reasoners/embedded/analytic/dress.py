"""What a draft cannot say, added to its reading: shares, running totals, amounts after discount."""

from __future__ import annotations

from dataclasses import replace

from connectors.sql.reading import (
    And,
    Arithmetic,
    Case,
    ColumnRef,
    Expression,
    Function,
    Literal,
    Order,
    Output,
    Predicate,
    Reading,
    Star,
    Window,
)

_HUNDRED = Literal(100.0, "number")
_ONE = Literal(1, "number")


def share_of_rows(reading: Reading, conditions: int) -> Reading:
    """100 × the rows that fulfil the last so many conditions ÷ all rows that fulfil the others."""
    parts = (
        list(reading.where.parts)
        if isinstance(reading.where, And)
        else [reading.where]
        if reading.where
        else []
    )
    told = [part for part in parts if part is not None]
    rest, asked = told[:-conditions], told[-conditions:]
    fulfilled = Case(((_all(asked), _ONE),), Literal(0, "number"))
    share = _percent(Function("sum", (fulfilled,)), Function("count", (Star(),)))
    return replace(
        reading, outputs=(*reading.outputs[:-1], Output(share)), where=_all(rest) if rest else None
    )


def share_of_total(reading: Reading) -> Reading:
    """100 × the measure of each group ÷ that of all groups."""
    measure = reading.outputs[-1].expression
    whole = Function("sum", (measure,), window=Window())
    return replace(reading, outputs=(*reading.outputs[:-1], Output(_percent(measure, whole))))


def running(reading: Reading) -> Reading:
    """The measure of each group together with those of the groups before it."""
    measure = reading.outputs[-1].expression
    order = tuple(Order(key) for key in reading.group_by[-1:])
    total = Function("sum", (measure,), window=Window(order_by=order))
    return replace(reading, outputs=(*reading.outputs[:-1], Output(measure), Output(total)), order_by=order)


def discounted(reading: Reading, price: str, discount: str) -> Reading:
    """Sums of price × quantity as sums of price × quantity × (1 − discount)."""

    def change(expression: Expression) -> Expression:
        if not isinstance(expression, Function) or not expression.args:
            return expression
        inner = expression.args[0]
        if isinstance(inner, Arithmetic) and isinstance(inner.left, ColumnRef) and inner.left.name == price:
            kept = Arithmetic("-", _ONE, ColumnRef(inner.left.table, discount))
            return replace(expression, args=(Arithmetic("*", inner, kept),))
        return expression

    return replace(
        reading,
        outputs=tuple(replace(o, expression=change(o.expression)) for o in reading.outputs),
        order_by=tuple(replace(o, expression=change(o.expression)) for o in reading.order_by),
    )


def _percent(part: Expression, whole: Expression) -> Expression:
    return Arithmetic("/", Arithmetic("*", _HUNDRED, part), whole)


def _all(parts: list[Predicate]) -> Predicate:
    return parts[0] if len(parts) == 1 else And(tuple(parts))
