"""What the columns of a result are called for people."""

from __future__ import annotations

from agents.plan import ColumnName, Dimension, Measure, PlanQuery

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


def output_labels(query: PlanQuery, columns: int) -> tuple[str, ...]:
    """One label per output column, in the order of the statement; empty where the plan does not say."""
    labels = [dimension_label(d) for d in query.dimensions if d.shown]
    labels += [_counted(m, query) or measure_label(m) for m in query.measures if m.shown]
    return tuple(labels) if len(labels) == columns else ("",) * columns


def _counted(measure: Measure, query: PlanQuery) -> str:
    """A bare count counts the rows of something; say of what where that is plain."""
    if measure.function != "count" or measure.column is not None or measure.expression is not None:
        return ""
    if measure.label.lower() not in UNSAID:
        return ""
    tables = [table.table for table in query.tables if table.table]
    return f"number of {tables[0].replace('_', ' ')}" if len(tables) == 1 else MEASURE_WORDS["count"]


def dimension_label(dimension: Dimension) -> str:
    name = dimension.label or _words(dimension.column) or dimension.expression or ""
    return f"{name} by {dimension.grain}" if dimension.grain and not dimension.label else name


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
    return column.column.replace("_", " ") if column is not None else ""
