"""Labels for the parts of a plan that is read from a statement."""

from __future__ import annotations

from collections.abc import Sequence

from agents.plan import MeasureFunction
from agents.plans.compile import snake
from connectors.sql.reading import (
    Arithmetic,
    Case,
    Cast,
    ColumnRef,
    DateBucket,
    DatePart,
    Expression,
    Function,
    Raw,
)


def words(alias: str) -> str:
    """A column alias as a label; `agents.plans.compile.snake` makes the same alias of it again."""
    return snake(alias).replace("_", " ").strip()


def measure_label(function: MeasureFunction, argument: Expression) -> str:
    """Words for a number: "average price", "number of customers"."""
    what = " ".join(dict.fromkeys(words(name) for name in _column_names((argument,)))) or "value"
    said = {
        "count": "number of",
        "count_distinct": "different",
        "sum": "total",
        "avg": "average",
        "min": "lowest",
        "max": "highest",
    }
    return f"{said.get(function, '')} {what}".strip()


def _column_names(expressions: Sequence[Expression]) -> list[str]:
    names: list[str] = []
    for node in expressions:
        match node:
            case ColumnRef():
                names.append(node.name)
            case Function():
                names += _column_names(node.args)
            case Arithmetic():
                names += _column_names((node.left, node.right))
            case Cast() | DateBucket() | DatePart():
                names += _column_names((node.value,))
            case Case():
                names += _column_names([then for _, then in node.branches])
            case Raw():
                names += [column.name for column in node.columns]
            case _:
                pass
    return names
