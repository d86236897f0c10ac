"""An average of averages weighs a small group as much as a large one."""

from __future__ import annotations

from agents.checks.base import PASSED, SKIPPED, Finding, Rewrite, Statement
from agents.checks.walk import aggregates, columns, queries
from connectors.sql.reading import ColumnRef, Function, Output, Reading

TITLE = "No average of averages"
AGAIN = frozenset({"avg", "sum"})


def check(statement: Statement) -> Finding:
    reading = statement.reading
    if statement.safe is None or reading is None:
        return SKIPPED
    looked = False
    for query in queries(reading):
        for function in aggregates((query.outputs, query.having, query.order_by)):
            if function.name not in AGAIN:
                continue
            looked = True
            inner = next((c for c in columns(function.args) if _is_average(c, query)), None)
            if inner is not None:
                what = "average" if function.name == "avg" else "sum"
                detail = (
                    f"This is the {what} of averages: every group counts the same, however many rows it has."
                )
                again = _over_all_rows(reading, function, inner) if query is reading else None
                rewrites = (again,) if again is not None else ()
                return Finding("warning", detail, {"column": inner.name}, rewrites)
    return PASSED if looked else SKIPPED


def _over_all_rows(reading: Reading, function: Function, column: ColumnRef) -> Rewrite | None:
    """The average of what the groups were made of; None where the outer query asks for more than that."""
    inner = reading.source.query if reading.source is not None else None
    if inner is None or function.name != "avg" or len(reading.outputs) != 1 or inner.having is not None:
        return None
    if reading != Reading(outputs=reading.outputs, source=reading.source) or inner.limit is not None:
        return None
    average = next((o.expression for o in inner.outputs if o.alias.lower() == column.name.lower()), None)
    if average is None or inner.set_operations or reading.outputs[0].expression != function:
        return None
    output = Output(average, reading.outputs[0].alias)
    whole = Reading(outputs=(output,), source=inner.source, joins=inner.joins, where=inner.where)
    return Rewrite("Average over all rows", "Every row then counts the same.", whole)


def _is_average(column: ColumnRef, query: Reading) -> bool:
    """Whether a column of a derived table is itself an average over groups."""
    source = next((s for s in query.sources if s.alias == column.table), None)
    if source is None or source.query is None:
        return False
    inner = source.query
    for output in inner.outputs:
        expression = output.expression
        name = output.alias or (expression.name if isinstance(expression, ColumnRef) else "")
        if name.lower() != column.name.lower():
            continue
        if isinstance(expression, ColumnRef):
            return _is_average(expression, inner)
        return bool(inner.group_by) and any(
            isinstance(f, Function) and f.name == "avg" for f in aggregates(expression)
        )
    return False
