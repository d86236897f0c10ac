"""Days of moments that carry a time zone begin when the database's session says so, not when the reader's clock does."""

from __future__ import annotations

from agents.checks.base import PASSED, SKIPPED, Finding, Statement
from agents.checks.walk import nodes, queries, stored
from connectors.base import TypeFamily
from connectors.sql.reading import (
    Between,
    ColumnRef,
    Comparison,
    DateBucket,
    DatePart,
    Expression,
    Literal,
    Reading,
)

TITLE = "Days begin where they are meant to"
FINE = frozenset({"day", "weekday", "hour"})
"""Periods so short that an offset of hours changes their figures much."""
ZONED = ("with time zone", "timestamptz", "timestamp_tz", "timestamp_ltz")


def check(statement: Statement) -> Finding:
    reading = statement.reading
    if statement.safe is None or reading is None:
        return SKIPPED
    fine: set[str] = set()
    coarse: set[str] = set()
    for query in queries(reading):
        for node in nodes(query):
            match node:
                case DateBucket(grain=period, value=value) | DatePart(part=period, value=value):
                    (fine if period in FINE else coarse).update(_zoned(value, query, statement))
                case Comparison(left=value, right=Literal(value=str() as bound)) if not _says_zone(bound):
                    coarse.update(_zoned(value, query, statement))
                case Between(value=value, low=Literal(value=str() as bound)) if not _says_zone(bound):
                    coarse.update(_zoned(value, query, statement))
    if fine:
        names = ", ".join(sorted(fine))
        detail = (
            f"{names} holds moments with a time zone; its days and hours are those of the database's session."
        )
        return Finding("warning", detail, {"columns": sorted(fine)})
    if coarse:
        return Finding(
            "passed", f"Periods of {', '.join(sorted(coarse))} begin at midnight of the database's session."
        )
    return PASSED if _moments(reading, statement) else SKIPPED


def _zoned(value: Expression, query: Reading, statement: Statement) -> set[str]:
    found = stored(value, query, statement.schema) if isinstance(value, ColumnRef) else None
    if found is None or not any(mark in found[1].type.lower() for mark in ZONED):
        return set()
    return {f"{found[0].name}.{found[1].name}"}


def _says_zone(bound: str) -> bool:
    return bound.endswith("Z") or "+" in bound[10:] or "-" in bound[10:]


def _moments(reading: Reading, statement: Statement) -> bool:
    return any(
        (found := stored(node, query, statement.schema)) is not None
        and found[1].family is TypeFamily.timestamp
        for query in queries(reading)
        for node in nodes(query)
        if isinstance(node, ColumnRef)
    )
