"""Driver values into JSON, in one place.

A decimal becomes a number when it survives the trip unchanged, else its exact text; the column's
family tells the reader that the text is a number. Numbers that JSON cannot say are text: "NaN",
"Infinity". Bytes are marked, never decoded by guess.
"""

from __future__ import annotations

import datetime as dt
import enum
import math
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network

from connectors.base import JsonValue

SAFE_INTEGER = 2**53 - 1
"""Beyond this a JavaScript number is not exact (ECMA-262, Number.MAX_SAFE_INTEGER)."""
SHOWN_BYTES = 32
CUT_MARK = "…"
_ADDRESSES = (IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network)


def to_json(value: object, cell_bytes: int = 1_000_000) -> JsonValue:
    """One driver value as JSON; text longer than `cell_bytes` characters is cut and ends in "…"."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, cell_bytes)
    if isinstance(value, enum.Enum):
        return to_json(value.value, cell_bytes)
    if isinstance(value, int):
        return int(value) if abs(value) <= SAFE_INTEGER else str(int(value))
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Decimal):
        return _decimal(value)
    return _structured(value, cell_bytes)


def _structured(value: object, cell_bytes: int) -> JsonValue:
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return iso_duration(value)
    if isinstance(value, bytes | bytearray | memoryview):
        raw = bytes(value)
        return {"$bytes": len(raw), "hex": raw[:SHOWN_BYTES].hex()}
    if isinstance(value, Mapping):
        return {str(key): to_json(item, cell_bytes) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [to_json(item, cell_bytes) for item in value]
    if isinstance(value, uuid.UUID | _ADDRESSES):
        return str(value)
    return _text(str(value), cell_bytes)


def _text(value: str, cell_bytes: int) -> str:
    """Lone surrogates cannot be sent as UTF-8, so they become the replacement character."""
    if not value.isascii():
        value = value.encode("utf-8", "replace").decode("utf-8")
    return value if len(value) <= cell_bytes else value[:cell_bytes] + CUT_MARK


def _float(value: float) -> JsonValue:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _decimal(value: Decimal) -> JsonValue:
    if not value.is_finite():
        return _float(float(value)) if not value.is_snan() else "NaN"
    if value == value.to_integral_value() and abs(value) <= SAFE_INTEGER:
        return int(value)
    number = float(value)
    return number if Decimal(repr(number)) == value else format(value, "f")


def iso_duration(value: dt.timedelta) -> str:
    """ISO 8601: days and seconds, the two lengths that are always the same."""
    sign = "-" if value < dt.timedelta(0) else ""
    value = abs(value)
    fraction = f".{value.microseconds:06d}".rstrip("0") if value.microseconds else ""
    return f"{sign}P{value.days}DT{value.seconds}{fraction}S"


def size_of(value: JsonValue) -> int:
    """Roughly how many bytes the cell takes as text; used by the byte limit."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(map(size_of, value)) + 2
    if isinstance(value, dict):
        return sum(len(key) + size_of(item) for key, item in value.items()) + 2
    return 8
