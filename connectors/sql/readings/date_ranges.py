"""Conditions on the year, month or day of a date as ranges of the date itself: `year(x) = 2024` is a range of x."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from connectors.base import Schema, TypeFamily
from connectors.sql.reading import (
    Between,
    ColumnRef,
    Comparison,
    DateBucket,
    DatePart,
    Expression,
    Literal,
    Predicate,
    Reading,
)
from connectors.sql.readings.joins import conjunction, conjuncts
from connectors.sql.readings.logic import FLIPPED
from connectors.sql.readings.rewriting import put_through

_FORMS = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}
_FULL = re.compile(r"\d{4}-\d{2}-\d{2}")


def with_date_ranges(reading: Reading, schema: Schema | None) -> Reading:
    """Where the schema says that a column holds dates or timestamps; a range includes its start, not its end."""
    if schema is None:
        return reading

    def change(node: object) -> object:
        if not isinstance(node, Reading) or node.where is None:
            return node
        ranges = _Ranges(node, schema)
        return replace(node, where=conjunction(list(ranges.of(conjuncts(node.where)))))

    return put_through(reading, change)


class _Ranges:
    def __init__(self, reading: Reading, schema: Schema) -> None:
        self.families: dict[tuple[str, str], TypeFamily] = {}
        for source in reading.sources:
            table = schema.table(source.table) if source.table else None
            for column in table.columns if table is not None else ():
                self.families[source.alias.lower(), column.name.lower()] = column.family

    def of(self, parts: tuple[Predicate, ...]) -> Iterator[Predicate]:
        plain = [c for part in parts for c in _comparisons(part)]
        parts_of: dict[Expression, dict[str, int]] = {}
        for part in plain:
            if (said := _date_part(part)) is not None:
                value, unit, number = said
                parts_of.setdefault(value, {})[unit] = number
        months = {
            value: f"{found['year']}-{found['month']:02}"
            for value, found in parts_of.items()
            if found.keys() >= {"year", "month"}
            and self._family(value) is not None
            and _period("month", f"{found['year']}-{found['month']:02}") is not None
        }
        for value, text in months.items():
            period = _period("month", text)
            yield from _compared(value, "=", *period) if period is not None else ()
        for part in plain:
            said = _date_part(part)
            if said is not None and said[0] in months and said[1] in ("year", "month"):
                continue
            yield from self._range(part)

    def _family(self, value: Expression) -> TypeFamily | None:
        known = (
            self.families.get((value.table.lower(), value.name.lower()))
            if isinstance(value, ColumnRef)
            else None
        )
        return known if known is not None and known in (TypeFamily.date, TypeFamily.timestamp) else None

    def _range(self, part: Predicate) -> Iterator[Predicate]:
        period: tuple[date, date] | None = None
        value: Expression | None = None
        match part:
            case Comparison(left=DatePart(part="year", value=value), right=Literal(value=int() as year)):
                period = _period("year", str(year))
            case Comparison(left=DateBucket(grain=grain, value=value), right=Literal(value=str() as text)):
                period = _period(grain, text)
            case Comparison(left=ColumnRef() as value, right=Literal(value=str() as text)) if _FULL.fullmatch(
                text
            ):
                period = _period("day", text) if self._family(value) is TypeFamily.date else None
        if (
            period is None
            or value is None
            or self._family(value) is None
            or not isinstance(part, Comparison)
            or part.operator not in ("=", "<", "<=", ">", ">=")
        ):
            yield part
        else:
            yield from _compared(value, part.operator, *period)


def _comparisons(part: Predicate) -> Iterator[Predicate]:
    """A BETWEEN as two comparisons, literals on the right."""
    match part:
        case Between(value=value, low=low, high=high, negated=False):
            yield Comparison(value, ">=", low)
            yield Comparison(value, "<=", high)
        case Comparison(left=Literal() as left, operator=operator, right=right) if operator in FLIPPED:
            yield Comparison(right, FLIPPED[operator], left)
        case _:
            yield part


def _date_part(part: Predicate) -> tuple[Expression, str, int] | None:
    """(the date, the unit, the number) of `year(x) = 2024`."""
    match part:
        case Comparison(
            left=DatePart(part=unit, value=value), operator="=", right=Literal(value=int() as number)
        ):
            return value, unit, number
    return None


def _period(grain: str, text: str) -> tuple[date, date] | None:
    """First day of the period that the text names, and of the next one; None when it names none."""
    lengths = {"year": 4, "month": 7, "day": 10}
    if len(text) != lengths.get(grain):
        return None
    try:
        first = date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        return None
    if grain == "year":
        return (first, date(first.year + 1, 1, 1)) if first.year < 9999 else None
    if grain == "month":
        return first, (first + timedelta(days=31)).replace(day=1)
    return first, first + timedelta(days=1)


def _compared(value: Expression, operator: str, first: date, next_one: date) -> Iterator[Predicate]:
    starts, ends = Literal(first.isoformat()), Literal(next_one.isoformat())
    match operator:
        case "=":
            yield Comparison(value, ">=", starts)
            yield Comparison(value, "<", ends)
        case ">=":
            yield Comparison(value, ">=", starts)
        case "<":
            yield Comparison(value, "<", starts)
        case ">":
            yield Comparison(value, ">=", ends)
        case "<=":
            yield Comparison(value, "<", ends)
