"""What can be told of a result by looking at its rows: the facts that charts, checks and summaries are made from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from connectors.base import JsonValue, QueryResult, ResultColumn

_DATE = re.compile(
    r"^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?)?)?$"
)
_ID_NAME = re.compile(r"(^|_)(id|uuid|guid|code|key|zip|postcode|phone)$", re.IGNORECASE)
_DATE_NAME = re.compile(
    r"(^|_)(date|day|week|month|quarter|year|time|at|on)$|^(date|day|week|month|quarter|year)", re.IGNORECASE
)
YEARS = (1500, 2200)


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    index: int
    name: str
    role: str
    """"date", "year", "number", "id", "category", "flag" or "other"."""
    distinct: int
    nulls: int
    longest: int
    """Characters of the longest cell."""


def number(cell: JsonValue) -> Decimal | None:
    """The exact number in a cell; decimals arrive as text so that they stay exact."""
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int):
        return Decimal(cell)
    if isinstance(cell, float | str):
        try:
            value = Decimal(str(cell).strip())
        except InvalidOperation:
            return None
        return value if value.is_finite() else None
    return None


def moment(cell: JsonValue) -> date | None:
    """The day of an ISO date, month, year or timestamp."""
    match = _DATE.match(cell) if isinstance(cell, str) else None
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return None


def facts(result: QueryResult) -> tuple[ColumnFacts, ...]:
    return tuple(_facts(index, column, result.rows) for index, column in enumerate(result.columns))


def _facts(index: int, column: ResultColumn, rows: Sequence[Sequence[JsonValue]]) -> ColumnFacts:
    cells = [row[index] for row in rows]
    filled = [cell for cell in cells if cell is not None]
    return ColumnFacts(
        index=index,
        name=column.name,
        role=_role(column, filled),
        distinct=len({str(cell) for cell in filled}),
        nulls=len(cells) - len(filled),
        longest=max((len(str(cell)) for cell in filled), default=0),
    )


def _role(column: ResultColumn, cells: Sequence[JsonValue]) -> str:
    if column.family.is_temporal:
        return "date"
    if column.family == "boolean" or (cells and all(isinstance(cell, bool) for cell in cells)):
        return "flag"
    numeric = column.family.is_number or (bool(cells) and all(isinstance(c, int | float) for c in cells))
    if not numeric and column.family in ("other", "text") and cells and _DATE_NAME.search(column.name):
        numeric = all(number(cell) is not None for cell in cells)
    if numeric:
        if _is_year(column.name, cells):
            return "year"
        return "id" if _ID_NAME.search(column.name) else "number"
    if cells and all(moment(cell) is not None for cell in cells):
        return "date"
    if column.family in ("binary", "json"):
        return "other"
    return "id" if _ID_NAME.search(column.name) and not _DATE_NAME.search(column.name) else "category"


def _is_year(name: str, cells: Sequence[JsonValue]) -> bool:
    if "year" not in name.lower() or not cells:
        return False
    values = [number(cell) for cell in cells]
    return all(v is not None and v == v.to_integral_value() and YEARS[0] <= v <= YEARS[1] for v in values)
