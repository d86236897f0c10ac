"""One whole number divided by another drops the remainder in most engines: 3 / 4 is 0."""

from __future__ import annotations

from dataclasses import replace

from agents.checks.base import PASSED, SKIPPED, Finding, Rewrite, Statement
from agents.checks.walk import changed, nodes, queries, stored
from connectors.base import TypeFamily
from connectors.sql.reading import Arithmetic, ColumnRef, DatePart, Expression, Function, Literal, Reading
from connectors.sql.readings.types import DROPS_REMAINDERS

TITLE = "Divisions keep their fractions"
LABEL, WHY = "Divide exactly", "With the digits after the decimal point."


def check(statement: Statement) -> Finding:
    reading = statement.reading
    if statement.safe is None or reading is None:
        return SKIPPED
    divisions = [
        (q, n)
        for q in queries(reading)
        for n in nodes(q)
        if isinstance(n, Arithmetic) and n.operator in ("/", "//")
    ]
    if not divisions:
        return SKIPPED
    dropping = [(q, n) for q, n in divisions if n.operator == "//" and statement.dialect in DROPS_REMAINDERS]
    if not any(_whole(n.left, q, statement) and _whole(n.right, q, statement) for q, n in dropping):
        return PASSED
    detail = "A whole number is divided by a whole number, which drops everything after the decimal point."
    return Finding(
        "warning", detail, {"divisions": len(dropping)}, (Rewrite(LABEL, WHY, changed(reading, _exact)),)
    )


def _exact(node: object) -> object:
    return replace(node, operator="/") if isinstance(node, Arithmetic) and node.operator == "//" else node


def _whole(node: Expression, reading: Reading, statement: Statement) -> bool:
    """Whether the value is plainly a whole number."""
    match node:
        case Literal(value=value, kind="number"):
            return isinstance(value, int)
        case ColumnRef():
            found = stored(node, reading, statement.schema)
            return found is not None and found[1].family is TypeFamily.integer
        case Function(name="count"):
            return True
        case Function(name="sum" | "min" | "max" | "abs", args=(argument,)):
            return _whole_argument(argument, reading, statement)
        case Arithmetic(left=left, right=right):
            return _whole(left, reading, statement) and _whole(right, reading, statement)
        case DatePart():
            return True
    return False


def _whole_argument(argument: object, reading: Reading, statement: Statement) -> bool:
    return isinstance(argument, Expression) and _whole(argument, reading, statement)
