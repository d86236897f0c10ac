"""A minimum, maximum or average lies between the smallest and the largest value that the column was seen to hold."""

from __future__ import annotations

from agents.answers.rows import number
from agents.checks.base import SKIPPED, Finding, Outcome

TITLE = "Numbers fit the columns they come from"
BOUNDED = frozenset({"min", "max", "avg"})


def check(outcome: Outcome) -> Finding:
    query = outcome.statement.step.query
    tables = {table.alias: table for table in query.tables}
    shown = [d for d in query.dimensions if d.shown]
    looked = 0
    for offset, measure in enumerate(m for m in query.measures if m.shown):
        index = len(shown) + offset
        if measure.function not in BOUNDED or measure.column is None or measure.column.table not in tables:
            continue
        table = outcome.statement.schema.table(tables[measure.column.table].table)
        if table is None or index >= len(outcome.result.columns):
            continue
        profile = outcome.statement.profiles.get((table.full_name, measure.column.column))
        if profile is None or profile.sampled:
            continue
        low, high = number(profile.min), number(profile.max)
        if low is None or high is None:
            continue
        looked += 1
        values = [v for row in outcome.result.rows if (v := number(row[index])) is not None]
        if any(v < low or v > high for v in values):
            name = f"{table.name}.{measure.column.column}"
            return Finding(
                "warning", f"{name} was last seen between {low} and {high}; the result lies outside."
            )
    return Finding("passed") if looked else SKIPPED
