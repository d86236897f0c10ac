"""Driver values into JSON: what a number is, what is marked, what is cut."""

from __future__ import annotations

import datetime as dt
import enum
import ipaddress
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.values import SAFE_INTEGER, iso_duration, size_of, to_json


class Size(enum.Enum):
    small = "S"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (Decimal("10.00"), 10),
        (Decimal("19.99"), 19.99),
        (Decimal("1E+3"), 1000),
        (Decimal("0.1000000000000000055511151231257827"), "0.1000000000000000055511151231257827"),
        (Decimal("123456789012345678"), "123456789012345678"),
        (Decimal("1E-400"), format(Decimal("1E-400"), "f")),
        (Decimal("NaN"), "NaN"),
        (Decimal("sNaN"), "NaN"),
        (Decimal("-Infinity"), "-Infinity"),
        (SAFE_INTEGER, SAFE_INTEGER),
        (SAFE_INTEGER + 1, str(SAFE_INTEGER + 1)),
        (-SAFE_INTEGER - 1, str(-SAFE_INTEGER - 1)),
        (10**5000, hex(10**5000)),
        (float("inf"), "Infinity"),
        (float("nan"), "NaN"),
        (1e300, 1e300),
        (True, True),
        (None, None),
        (dt.date(1, 2, 3), "0001-02-03"),
        (
            dt.datetime(2024, 1, 2, 3, 4, tzinfo=dt.timezone(dt.timedelta(hours=2))),
            "2024-01-02T03:04:00+02:00",
        ),
        (dt.time(23, 59, 1, 5), "23:59:01.000005"),
        (b"\x00\xff", {"$bytes": 2, "hex": "00ff"}),
        (memoryview(b"ab"), {"$bytes": 2, "hex": "6162"}),
        (bytes(1000), {"$bytes": 1000, "hex": "00" * 64}),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (ipaddress.ip_interface("10.0.0.1/8"), "10.0.0.1/8"),
        (Size.small, "S"),
        ("a\0b", "a␀b"),
        ("a\ud800b", "a\ufffd\ufffd\ufffdb"),
        ({1: Decimal("1.5"), None: [b""]}, {"1": 1.5, "null": [{"$bytes": 0, "hex": ""}]}),
        ((1, {2}), [1, [2]]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_one_value(value: object, cell: object) -> None:
    assert to_json(value) == cell


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (dt.timedelta(), "PT0S"),
        (dt.timedelta(days=2), "P2D"),
        (dt.timedelta(hours=-3), "-PT3H"),
        (dt.timedelta(days=1, minutes=2, seconds=3, microseconds=400_000), "P1DT2M3.4S"),
    ],
)
def test_spans_are_iso(span: dt.timedelta, text: str) -> None:
    assert iso_duration(span) == text


def test_a_cell_is_bounded_however_it_is_built() -> None:
    assert to_json("x" * 50, 10) == "x" * 10 + "…"
    cut = to_json(["x" * 8] * 1000, 100)
    assert isinstance(cut, str) and len(cut) == 101 and cut.endswith("…")


def test_deep_structures_end() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    json.dumps(to_json(deep))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals() | st.binary() | st.datetimes()
    | st.timedeltas() | st.uuids(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(anything)
def test_everything_becomes_json_that_survives_the_wire(value: object) -> None:
    cell = to_json(value)
    assert json.loads(json.dumps(cell, allow_nan=False)) == cell
    assert "\\u0000" not in json.dumps(cell)
    assert to_json(cell) == cell, "what is converted stays as it is"
    assert size_of(cell) >= 0


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_are_never_changed(value: Decimal) -> None:
    cell = to_json(value)
    assert isinstance(cell, int | float | str)
    assert Decimal(repr(cell) if isinstance(cell, float) else cell) == value
