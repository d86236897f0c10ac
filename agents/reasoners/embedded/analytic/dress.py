"""What a draft cannot say, added to its reading: shares, running totals, amounts after discount."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agents.checks.walk import changed
from connectors.sql.reading import (
    And,
    Arithmetic,
    Case,
    ColumnRef,
    Comparison,
    Expression,
    Function,
    Literal,
    Order,
    Output,
    Predicate,
    Reading,
    Source,
    Star,
    Window,
)

_HUNDRED = Literal(100.0, "number")
_SAID = {"sum": "total", "count": "number_of"}
_PLACE, _RANKED = "place", "ranked"
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
        reading,
        outputs=(*reading.outputs[:-1], Output(share, "share_percent")),
        where=_all(rest) if rest else None,
    )


def share_of_total(reading: Reading) -> Reading:
    """100 × the measure of each group ÷ that of all groups."""
    measure = reading.outputs[-1].expression
    whole = Function("sum", (measure,), window=Window())
    return replace(
        reading, outputs=(*reading.outputs[:-1], Output(_percent(measure, whole), "share_percent"))
    )


def running(reading: Reading) -> Reading:
    """The measure of each group together with those of the groups before it."""
    measure = reading.outputs[-1].expression
    order = tuple(Order(key) for key in reading.group_by[-1:])
    total = Function("sum", (measure,), window=Window(order_by=order))
    return replace(
        reading,
        outputs=(*reading.outputs[:-1], Output(measure), Output(total, "running_total")),
        order_by=order,
    )


def growth(reading: Reading) -> Reading:
    """The measure of each period with its change against the period before, in per cent."""
    measure = reading.outputs[-1].expression
    order = tuple(Order(key) for key in reading.group_by[-1:])
    before = Function("lag", (measure,), window=Window(order_by=order))
    change = _percent(Arithmetic("-", measure, before), Function("nullif", (before, Literal(0, "number"))))
    outputs = (*reading.outputs[:-1], Output(measure), Output(change, "change_percent"))
    return replace(reading, outputs=outputs, order_by=order)


def first_of_each(reading: Reading, keys: int) -> Reading:
    """The first rows for each value of the first `keys` outputs, as many as the reading's limit says."""
    names: list[str] = []
    for output in reading.outputs:
        name = _name(output.expression)
        names.append(name if name not in names else f"{name}_{len(names) + 1}")
    window = Window(tuple(output.expression for output in reading.outputs[:keys]), reading.order_by)
    place = Output(Function("row_number", (), window=window), _PLACE)
    inner = tuple(replace(output, alias=name) for output, name in zip(reading.outputs, names, strict=True))
    ranked = replace(reading, outputs=(*inner, place), order_by=(), limit=None)
    return Reading(
        outputs=tuple(Output(ColumnRef(_RANKED, name)) for name in names),
        source=Source(_RANKED, query=ranked),
        where=Comparison(ColumnRef(_RANKED, _PLACE), "<=", Literal(reading.limit or 1, "number")),
        order_by=(
            *(Order(ColumnRef(_RANKED, name)) for name in names[:keys]),
            Order(ColumnRef(_RANKED, _PLACE)),
        ),
    )


def _name(expression: Expression) -> str:
    """What a column of the inner query is called."""
    if isinstance(expression, ColumnRef):
        return f"{expression.table}_{expression.name}".lower().replace(" ", "_")
    if isinstance(expression, Function) and expression.args and isinstance(expression.args[0], ColumnRef):
        return f"{_SAID.get(expression.name, expression.name)}_{expression.args[0].name}".lower()
    if isinstance(expression, Function) and expression.name == "count":
        return "number_of_rows"
    return _SAID.get(expression.name, expression.name) if isinstance(expression, Function) else "value"


def discounted(reading: Reading, price: str, discount: str) -> Reading:
    """Sums of price × quantity, or of what lines come to, as sums of that × (1 − discount)."""

    def change(expression: Any) -> Any:
        inner = getattr(expression, "query", None)
        if isinstance(inner, Reading) and inner.having is not None:
            return replace(expression, query=replace(inner, having=changed(inner.having, change)))
        if not isinstance(expression, Function) or not expression.args:
            return expression
        inner = expression.args[0]
        paid = inner.left if isinstance(inner, Arithmetic) else inner
        if expression.name == "sum" and isinstance(paid, ColumnRef) and paid.name == price:
            kept = Arithmetic("-", _ONE, ColumnRef(paid.table, discount))
            return replace(expression, args=(Arithmetic("*", inner, kept),))
        return expression

    return replace(
        reading,
        outputs=tuple(replace(o, expression=change(o.expression)) for o in reading.outputs),
        where=changed(reading.where, change) if reading.where is not None else None,
        order_by=tuple(replace(o, expression=change(o.expression)) for o in reading.order_by),
    )


def _percent(part: Expression, whole: Expression) -> Expression:
    return Arithmetic("/", Arithmetic("*", _HUNDRED, part), whole)


def _all(parts: list[Predicate]) -> Predicate:
    return parts[0] if len(parts) == 1 else And(tuple(parts))
