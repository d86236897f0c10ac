"""What the columns of a result are called for people."""

from __future__ import annotations

from agents.nouns import things_called
from agents.plan import ColumnName, Dimension, Measure, PlanQuery
from knowledge.text import split_identifier

MEASURE_WORDS = {
    "count": "number of rows",
    "count_distinct": "number of different",
    "sum": "total",
    "avg": "average",
    "min": "smallest",
    "max": "largest",
}


UNSAID = frozenset({"", "count", "n", "number of value", "number of rows"})
"""Labels of a count that do not say what is counted."""


BARE_NAMES = frozenset({"name", "title", "id", "code", "label", "description"})
"""Columns that only their table tells apart."""


def output_labels(query: PlanQuery, columns: int) -> tuple[str, ...]:
    """One label per output column, in the order of the statement; empty where the plan does not say."""
    labels = {d.id: dimension_label(d, query) for d in query.dimensions if d.shown}
    labels |= {m.id: _counted(m, query) or measure_label(m) for m in query.measures if m.shown}
    shown = [labels[identity] for identity in query.layout or labels if identity in labels]
    return tuple(shown) if len(shown) == columns else ("",) * columns


def _counted(measure: Measure, query: PlanQuery) -> str:
    """A bare count counts the rows of something; say of what where that is plain."""
    if measure.function != "count" or measure.column is not None or measure.expression is not None:
        return ""
    if measure.label.lower() not in UNSAID:
        return ""
    tables = [table.table for table in query.tables if table.table]
    return f"number of {things_called(tables[0])}" if len(tables) == 1 else MEASURE_WORDS["count"]


def dimension_label(dimension: Dimension, query: PlanQuery) -> str:
    """ "country", "category name", "ordered at by month"."""
    name = dimension.label or _column_label(dimension.column, query) or dimension.expression or ""
    return f"{name} by {dimension.grain}" if dimension.grain and not dimension.label else name


def _column_label(column: ColumnName | None, query: PlanQuery) -> str:
    if column is None or column.column.lower() not in BARE_NAMES:
        return _words(column)
    table = next((table.table for table in query.tables if table.alias == column.table), "")
    words = split_identifier(table)
    return " ".join([*words[:-1], *(_singular(word) for word in words[-1:]), column.column.lower()])


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us")) else word


def measure_label(measure: Measure) -> str:
    if measure.label:
        return measure.label
    if measure.function == "expression":
        return measure.expression or ""
    if measure.function == "count" and measure.column is None:
        return MEASURE_WORDS["count"]
    target = _words(measure.column) or measure.expression or ""
    word = "number of" if measure.function == "count" else MEASURE_WORDS[measure.function]
    return f"{word} {target}".strip()


def _words(column: ColumnName | None) -> str:
    return " ".join(split_identifier(column.column)) if column is not None else ""
