"""Conditions of a statement as the filters of its plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from agents.plan import ColumnName, Filter, Measure, Operator, PlanQuery, Scalar
from agents.plans.joins import column_name
from connectors.sql.reading import (
    And,
    Between,
    ColumnRef,
    Comparison,
    Exists,
    Expression,
    In,
    IsNull,
    Literal,
    Or,
    Predicate,
    Reading,
    Subquery,
)

_MIRROR: dict[str, Operator] = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class ReadMeasure(Protocol):
    def __call__(self, expression: Expression, /) -> Measure: ...


class FilterReader:
    """Uses the ids, the texts and the sub-plans of the query that the conditions belong to."""

    def __init__(
        self,
        new_id: Callable[[str], str],
        text: Callable[[Expression | Predicate], str],
        measure_of: ReadMeasure,
        nested: Callable[[Reading], PlanQuery],
    ) -> None:
        self.new_id = new_id
        self.text = text
        self.measure_of = measure_of
        self.nested = nested

    def read(self, predicate: Predicate, on_groups: bool = False) -> Filter:
        identity = self.new_id("f")
        match predicate:
            case Or():
                return Filter(
                    id=identity,
                    operator="any of",
                    parts=tuple(self.read(p, on_groups) for p in predicate.parts),
                )
            case And():
                return Filter(
                    id=identity,
                    operator="all of",
                    parts=tuple(self.read(p, on_groups) for p in predicate.parts),
                )
            case Comparison():
                return self._comparison(predicate, identity, on_groups)
            case Between(low=Literal() as low, high=Literal() as high) if _is_plain(low) and _is_plain(high):
                operator: Operator = "not between" if predicate.negated else "between"
                return self._side(
                    predicate.value, identity, operator, on_groups, values=(low.value, high.value)
                )
            case IsNull():
                return self._side(
                    predicate.value,
                    identity,
                    "is null" if predicate.negated is False else "is not null",
                    on_groups,
                )
            case In(options=Subquery() as inner):
                word: Operator = "not in" if predicate.negated else "in"
                return self._side(predicate.value, identity, word, on_groups, query=self.nested(inner.query))
            case In() if isinstance(predicate.options, tuple) and all(
                isinstance(o, Literal) and _is_plain(o) for o in predicate.options
            ):
                values = tuple(o.value for o in predicate.options if isinstance(o, Literal))
                return self._side(
                    predicate.value,
                    identity,
                    "not in" if predicate.negated else "in",
                    on_groups,
                    values=values,
                )
            case Exists():
                there: Operator = "not exists" if predicate.negated else "exists"
                return Filter(id=identity, operator=there, query=self.nested(predicate.query))
        return self._as_text(predicate, identity, on_groups)

    def _comparison(self, predicate: Comparison, identity: str, on_groups: bool) -> Filter:
        left, operator, right = predicate.left, predicate.operator, predicate.right
        if isinstance(left, Literal | Subquery) and operator in _MIRROR and not isinstance(right, Literal):
            left, operator, right = right, _MIRROR[operator], left  # type: ignore[assignment]
        if operator not in (*_MIRROR, "like", "not like"):
            return self._as_text(predicate, identity, on_groups)
        word: Operator = operator  # type: ignore[assignment]
        if isinstance(right, Literal) and _is_plain(right):
            return self._side(left, identity, word, on_groups, values=(right.value,))
        if isinstance(right, Subquery):
            return self._side(left, identity, word, on_groups, query=self.nested(right.query))
        if isinstance(right, ColumnRef) and right.table and not on_groups:
            return self._side(left, identity, word, on_groups, other=column_name(right))
        return self._as_text(predicate, identity, on_groups)

    def _side(
        self, left: Expression, identity: str, operator: Operator, on_groups: bool, *,
        values: tuple[Scalar, ...] = (), query: PlanQuery | None = None, other: ColumnName | None = None,
    ) -> Filter:  # fmt: skip
        if on_groups:
            return Filter(
                id=identity, measure=self.measure_of(left), operator=operator, values=values, query=query
            )
        column = column_name(left) if isinstance(left, ColumnRef) and left.table else None
        text = None if column else self.text(left)
        return Filter(
            id=identity,
            column=column,
            expression=text,
            operator=operator,
            values=values,
            query=query,
            other=other,
        )

    def _as_text(self, predicate: Predicate, identity: str, on_groups: bool) -> Filter:
        text = self.text(predicate)
        if on_groups:
            whole = Measure(id=self.new_id("m"), function="expression", expression=text)
            return Filter(id=identity, measure=whole, operator="expression")
        return Filter(id=identity, expression=text, operator="expression")


def _is_plain(literal: Literal) -> bool:
    """Whether the value alone says it all; a number such as 1e3 is kept as it is written."""
    return literal.kind != "number" or not isinstance(literal.value, str)
