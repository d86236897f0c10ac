"""Labels for the parts of a plan that is read from a statement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from agents.plan import MeasureFunction
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


def snake(label: str) -> str:
    """A label as a column name: "Total amount (£)" → total_amount."""
    name = re.sub(r"\W+", "_", label.strip().lower()).strip("_")
    return f"_{name}" if name[:1].isdigit() else name


def told_apart(names: Iterable[str]) -> list[str]:
    """The names of a result's columns, each once: a second `id` is `id_2`. Columns without a name stay without."""
    found: list[str] = []
    taken: set[str] = set()
    for natural in names:
        name, number = natural, 2
        while name and name.lower() in taken:
            name, number = f"{natural}_{number}", number + 1
        taken.add(name.lower())
        found.append(name)
    return found


def words(alias: str) -> str:
    """A column alias as a label; `snake` makes the same alias of it again."""
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
