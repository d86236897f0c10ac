"""Asks the source again, another way, when an answer came cheap enough: the total of its parts, and a second statement."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from agents.budget import Budget
from agents.checks.adds_up import whole_of
from agents.checks.base import Outcome, Second
from agents.checks.second import second_form
from agents.deps import OpenSource
from agents.statements import compiled
from connectors.base import Limits, QueryResult
from connectors.errors import ConnectorError
from connectors.sql.reading import Reading
from connectors.sql.readings.render import to_sql
from connectors.sql.readings.scope import NotReadable

CHEAP_SECONDS = 2.0
"""An answer that took longer is not asked for again."""
SPARED_SECONDS = 20.0
SPARED_STATEMENTS = 4
"""Of the turn's budget, left to others."""


async def looked_again(outcome: Outcome, seconds: float, source: OpenSource, budget: Budget) -> Outcome:
    """The outcome with what was asked again; `seconds` is what the answer itself took."""
    rows = len(outcome.result.rows)
    if seconds > CHEAP_SECONDS or outcome.row_count > rows or outcome.result.truncated:
        return outcome
    limits = Limits(rows=rows + 1, bytes=5_000_000, seconds=max(1.0, 3 * seconds))
    whole = whole_of(outcome.statement)
    if whole is not None:
        found = await _run(whole, limits, source, budget)
        if found is not None and found[1].rows:
            outcome = replace(outcome, whole=found[1].rows[0][0])
    second = _second(outcome, source)
    if second is not None:
        found = await _run(second, limits, source, budget)
        if found is not None:
            outcome = replace(outcome, second=Second(*found))
    return outcome


def _second(outcome: Outcome, source: OpenSource) -> Reading | str | None:
    """Another form of the query, or what the plan itself compiles to when a model or a person wrote the statement."""
    statement = outcome.statement
    form = second_form(statement)
    if form is not None:
        return form
    if statement.origin == "embedded" or (
        statement.reading is not None and statement.reading.limit is not None
    ):
        return None
    own = compiled(statement.step, source)
    return own if own != statement.sql else None


async def _run(
    query: Reading | str, limits: Limits, source: OpenSource, budget: Budget
) -> tuple[str, QueryResult] | None:
    """None when it cannot be said, afforded or run."""
    left = budget.limits.statements - budget.spent.statements
    if left <= SPARED_STATEMENTS or budget.seconds_left < SPARED_SECONDS:
        return None
    try:
        sql = query if isinstance(query, str) else to_sql(query, source.capabilities.dialect)
        safe = await asyncio.to_thread(source.admit, sql)
        budget.count_statement()
        return sql, await source.connector.run(safe, limits)
    except (ConnectorError, NotReadable):
        return None
