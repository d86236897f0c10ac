"""What could be asked next, from the plan and the shape of its result."""

from __future__ import annotations

from agents.answers.labels import measure_label
from agents.answers.rows import facts
from agents.plan import Plan
from connectors.base import QueryResult

MOST = 3
COARSER = {"day": "month", "week": "month", "month": "year", "quarter": "year", "hour": "day"}


def follow_ups(plan: Plan, result: QueryResult) -> tuple[str, ...]:
    """Short questions that edit the answered one."""
    query = plan.steps[-1].query
    asked: list[str] = []
    for dimension in query.dimensions:
        if dimension.grain in COARSER:
            asked.append(f"by {COARSER[dimension.grain]} instead")
    if query.measures and query.dimensions and len(result.rows) > 5 and query.limit is None:
        asked.append(f"only the top 5 by {measure_label(query.measures[0])}")
    periods = {
        place for place, dimension in enumerate(d for d in query.dimensions if d.shown) if dimension.grain
    }
    for column in facts(result):
        if column.index in periods:
            continue
        if column.role == "category" and query.measures and column.distinct > 1 and not query.layout:
            asked.append(f"only {result.rows[0][column.index]}")
    if not query.measures and len(result.rows) > 1:
        asked.append("how many are there?")
    return tuple(asked[:MOST])
