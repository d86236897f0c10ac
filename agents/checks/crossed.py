"""A join without a condition combines every row with every row."""

from __future__ import annotations

from agents.checks.base import PASSED, SKIPPED, Finding, Statement
from agents.checks.walk import aggregates, queries
from connectors.sql.reading import Reading

TITLE = "Tables are joined by something"


def check(statement: Statement) -> Finding:
    reading = statement.reading
    if statement.safe is None or reading is None or not any(query.joins for query in queries(reading)):
        return SKIPPED
    crossed = [
        join.source.table or join.source.alias
        for query in queries(reading)
        for join in query.joins
        if not join.keys
        and join.condition is None
        and join.kind in ("inner", "cross")
        and not join.lateral
        and not _one_row(join.source.query)
        and not join.source.raw
    ]
    if crossed:
        names = ", ".join(crossed)
        return Finding("warning", f"{names} is combined with every row of the rest.", {"tables": crossed})
    return PASSED


def _one_row(query: Reading | None) -> bool:
    """A derived table of one row adds columns, not rows."""
    if query is None:
        return False
    return query.limit == 1 or (
        not query.group_by
        and not query.set_operations
        and bool(query.outputs)
        and all(any(aggregates(output)) for output in query.outputs)
    )
