"""Driver values into JSON, in one place.

A decimal becomes a number when it survives the trip unchanged, else its exact text; the column's
family tells the reader that the text is a number. Numbers that JSON cannot say are text: "NaN",
"Infinity". Integers beyond what JavaScript holds exactly are text. Bytes are marked with their count
and their beginning, never decoded by guess. NUL, which PostgreSQL cannot store, becomes its visible
symbol. What is longer than a cell may be is cut and ends in "…".
"""

from __future__ import annotations

import datetime as dt
import enum
import json
import math
from collections.abc import Callable, Mapping, Sequence, Set
from decimal import Decimal
from typing import Any

from connectors.base import JsonValue

SAFE_INTEGER = 2**53 - 1
"""Beyond this a JavaScript number is not exact (ECMA-262, Number.MAX_SAFE_INTEGER)."""
SHOWN_BYTES = 64
SMALL_BYTES = 8
"""What a number, a yes or a nothing counts as."""
CUT_MARK = "…"
MAX_DEPTH = 64
"""Deeper structures become text: JSON readers of other languages stop at about a hundred levels."""


def to_cells(row: Sequence[object], cell_bytes: int) -> tuple[list[JsonValue], int]:
    """A row of driver values as JSON, and roughly how many bytes it takes as text."""
    cells = [to_json(value, cell_bytes) for value in row]
    size = SMALL_BYTES * len(cells)
    for cell in cells:
        kind = type(cell)
        if kind is str:
            size += len(cell) - SMALL_BYTES  # type: ignore[arg-type]
        elif kind is list or kind is dict:
            size += size_of(cell) - SMALL_BYTES
    return cells, size


def to_json(value: object, cell_bytes: int = 1_000_000) -> JsonValue:
    """One driver value as JSON, at most about `cell_bytes` long."""
    kind = type(value)
    if kind is str:
        return _text(value, cell_bytes)  # type: ignore[arg-type]
    if kind in PLAIN:
        return PLAIN[kind](value)
    cell = _convert(value, cell_bytes, 0)
    if isinstance(cell, list | dict) and size_of(cell) > cell_bytes:
        return json.dumps(cell, ensure_ascii=False)[:cell_bytes] + CUT_MARK
    return cell


def _convert(value: object, cell_bytes: int, depth: int) -> JsonValue:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return _convert(value.value, cell_bytes, depth)
    if isinstance(value, str):
        return _text(value, cell_bytes)
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return iso_duration(value)
    if isinstance(value, bytes | bytearray | memoryview):
        raw = bytes(value)
        return {"$bytes": len(raw), "hex": raw[:SHOWN_BYTES].hex()}
    if isinstance(value, Mapping | Sequence | set | frozenset) and depth < MAX_DEPTH:
        return _structure(value, cell_bytes, depth + 1)
    return _text(str(value), cell_bytes)


def _structure(value: Mapping[Any, Any] | Sequence[Any] | Set[Any], cell_bytes: int, depth: int) -> JsonValue:
    if isinstance(value, Mapping):
        return {
            _key(key, cell_bytes, depth): _convert(item, cell_bytes, depth) for key, item in value.items()
        }
    return [_convert(item, cell_bytes, depth) for item in value]


def _key(key: object, cell_bytes: int, depth: int) -> str:
    """Keys of a map may be of any type; JSON's are text."""
    converted = _convert(key, cell_bytes, depth)
    return converted if isinstance(converted, str) else json.dumps(converted, ensure_ascii=False)


def _text(value: str, cell_bytes: int) -> str:
    """Lone surrogates cannot be sent as UTF-8, so they become the replacement character."""
    if not value.isascii():
        value = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    if "\0" in value:
        value = value.replace("\0", "\u2400")
    return value if len(value) <= cell_bytes else value[:cell_bytes] + CUT_MARK


def _integer(value: int) -> JsonValue:
    if -SAFE_INTEGER <= value <= SAFE_INTEGER:
        return int(value)
    try:
        return str(int(value))
    except ValueError:  # CPython refuses to print integers of more than 4,300 digits
        return hex(value)


def _float(value: float) -> JsonValue:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _decimal(value: Decimal) -> JsonValue:
    if not value.is_finite():
        return _float(float(value)) if not value.is_snan() else "NaN"
    number = float(value)
    # A double keeps every decimal of up to 15 digits (IEEE 754; C's DBL_DIG).
    if len(value.as_tuple().digits) <= 15 and 1e-15 < abs(number) < 1e15:
        return int(number) if number.is_integer() else number
    if value == value.to_integral_value() and abs(value) <= SAFE_INTEGER:
        return int(value)
    return number if Decimal(repr(number)) == value else format(value, "f")


def iso_duration(value: dt.timedelta) -> str:
    """ISO 8601 in days, hours, minutes and seconds: the lengths that are always the same.

    >>> iso_duration(dt.timedelta(days=1, hours=2, seconds=3.5))
    'P1DT2H3.5S'
    """
    sign = "-" if value < dt.timedelta(0) else ""
    value = abs(value)
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{value.microseconds:06d}".rstrip("0") if value.microseconds else ""
    days = f"{value.days}D" if value.days else ""
    clock = f"{hours}H" * bool(hours) + f"{minutes}M" * bool(minutes)
    if seconds or fraction or not (days or clock):
        clock += f"{seconds}{fraction}S"
    return f"{sign}P{days}" + f"T{clock}" * bool(clock)


def size_of(value: JsonValue) -> int:
    """Roughly how many bytes the cell takes as text; used by the byte limit."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(map(size_of, value)) + 2
    if isinstance(value, dict):
        return sum(len(key) + size_of(item) for key, item in value.items()) + 2
    return SMALL_BYTES


def _as_it_is(value: Any) -> Any:
    return value


PLAIN: Mapping[type, Callable[[Any], JsonValue]] = {
    type(None): _as_it_is,
    bool: _as_it_is,
    int: _integer,
    float: _float,
    Decimal: _decimal,
    dt.datetime: dt.datetime.isoformat,
    dt.date: dt.date.isoformat,
    dt.time: dt.time.isoformat,
}
"""Scalars by their exact type: one look-up instead of a chain of tests, for every cell of every result."""
