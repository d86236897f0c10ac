"""One whole number divided by another drops the remainder in most engines: 3 / 4 is 0."""

from __future__ import annotations

from sqlglot import exp, parse_one

from agents.checks.base import PASSED, SKIPPED, Finding, Rewrite, Statement
from agents.checks.walk import nodes, queries, stored
from connectors.base import TypeFamily
from connectors.sql.reading import Arithmetic, ColumnRef, DatePart, Expression, Function, Literal, Reading

TITLE = "Divisions keep their fractions"
LABEL, WHY = "Divide exactly", "With the digits after the decimal point."
"""A plan's division is exact, so the plan of the very same reading is the remedy."""
FRACTIONS = exp.DataType.REAL_TYPES
DROPS_REMAINDERS = frozenset({"sqlite", "postgres", "redshift", "trino", "presto", "athena", "tsql"})


def check(statement: Statement) -> Finding:
    reading = statement.reading
    if statement.safe is None or reading is None:
        return SKIPPED
    divisions = [
        (q, n) for q in queries(reading) for n in nodes(q) if isinstance(n, Arithmetic) and n.operator == "/"
    ]
    if not divisions:
        return SKIPPED
    if statement.dialect not in DROPS_REMAINDERS or _keeps_fractions(statement):
        return PASSED
    if not any(_whole(n.left, q, statement) and _whole(n.right, q, statement) for q, n in divisions):
        return PASSED
    detail = "A whole number is divided by a whole number, which drops everything after the decimal point."
    return Finding("warning", detail, {"divisions": len(divisions)}, (Rewrite(LABEL, WHY, reading),))


def _keeps_fractions(statement: Statement) -> bool:
    """Whether every division has a fraction on one side, as the text spells it (`1.0 * a / b`, `CAST(a AS REAL) / b`)."""
    tree = parse_one(statement.sql, dialect=statement.dialect)
    return all(
        any(
            _is_fraction(node)
            for side in (division.this, division.expression)
            for node in side.find_all(exp.Literal, exp.Cast)
        )
        for division in tree.find_all(exp.Div)
    )


def _is_fraction(node: exp.Expr) -> bool:
    if isinstance(node, exp.Literal):
        return not node.is_string and not node.name.isdigit()
    return isinstance(node, exp.Cast) and node.to.this in FRACTIONS


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
