"""Counts and extremes of one column: from cells in hand, or asked of the engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from connectors.base import Column, JsonValue, TypeFamily

_UNCOUNTED = frozenset({TypeFamily.binary, TypeFamily.json, TypeFamily.other})
_ORDERED = frozenset({TypeFamily.integer, TypeFamily.decimal, TypeFamily.date, TypeFamily.timestamp})
"""Families whose smallest and largest value tell something, on every engine."""


@dataclass(frozen=True, slots=True)
class Figures:
    rows: int | None = None
    distinct: int | None = None
    nulls: int | None = None
    min: JsonValue = None
    max: JsonValue = None
    sampled: bool = False


def can_count(column: Column) -> bool:
    """Whether every engine can compare values of the column's type with one another."""
    return column.family not in _UNCOUNTED


def from_cells(column: Column, cells: Sequence[JsonValue], *, sampled: bool) -> Figures:
    """Figures of the cells in hand, which are all of the column unless `sampled`."""
    present = [cell for cell in cells if cell is not None]
    low, high = _extremes(column, present)
    return Figures(
        rows=None if sampled else len(cells),
        distinct=len({str(cell) for cell in present}),
        nulls=len(cells) - len(present),
        min=low,
        max=high,
        sampled=sampled,
    )


def aggregates(column: Column) -> list[exp.Expression]:
    """What to select to count one column; `from_aggregates` reads the answer."""
    name = exp.column(exp.to_identifier(column.name, quoted=True))
    asked: list[exp.Expression] = [
        exp.Count(this=name.copy()),
        exp.Count(this=exp.Distinct(expressions=[name.copy()])),
    ]
    if column.family in _ORDERED:
        asked += [exp.Min(this=name.copy()), exp.Max(this=name.copy())]
    return asked


def from_aggregates(
    cells: Iterator[JsonValue], column: Column, rows: int | None, *, sampled: bool
) -> Figures:
    """Takes as many cells as `aggregates` asked for."""
    present, distinct = as_integer(next(cells)), as_integer(next(cells))
    ordered = column.family in _ORDERED
    return Figures(
        rows=rows,
        distinct=distinct,
        nulls=None if rows is None or present is None else rows - present,
        min=next(cells) if ordered else None,
        max=next(cells) if ordered else None,
        sampled=sampled,
    )


def counted_texts(cells: Sequence[JsonValue]) -> list[tuple[str, int]]:
    """Texts among the cells, most frequent first, then by alphabet."""
    counts = Counter(cell for cell in cells if isinstance(cell, str))
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def counted_scalars(cells: Sequence[JsonValue]) -> list[tuple[JsonValue, int]]:
    """Numbers, truth values and texts among the cells, most frequent first."""
    counts = Counter(cell for cell in cells if isinstance(cell, str | int | float))
    return sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))


def as_integer(value: JsonValue) -> int | None:
    """A count, however the engine sends it."""
    if isinstance(value, int | float):
        return int(value)
    return int(value) if isinstance(value, str) and value.isdigit() else None


def _extremes(column: Column, cells: Sequence[JsonValue]) -> tuple[JsonValue, JsonValue]:
    if column.family not in _ORDERED or not cells:
        return None, None
    if column.family.is_number:
        numbers = [(number, cell) for cell in cells if (number := _number(cell)) is not None]
        if not numbers:
            return None, None
        return min(numbers, key=lambda pair: pair[0])[1], max(numbers, key=lambda pair: pair[0])[1]
    texts = [cell for cell in cells if isinstance(cell, str)]
    return (min(texts), max(texts)) if texts else (None, None)


def _number(cell: JsonValue) -> Decimal | None:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    try:
        number = Decimal(str(cell))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
