"""Whether it matters which way a query goes: ways that bring back the same rows need no question."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from agents.budget import Budget
from agents.checks.base import Figures, Statement
from agents.checks.roles import SAME, Roles, open_roles
from agents.checks.scan import foretold
from agents.deps import OpenSource
from agents.doubts.probing import BYTES, ROWS, SPARED
from connectors.base import Limits, QueryResult
from connectors.errors import ConnectorError
from connectors.sql.reading import Reading
from connectors.sql.readings.render import to_sql
from connectors.sql.readings.scope import NotReadable

_COMPARED = 500
"""Rows; ways whose first rows are so many are not compared, since the rest may differ."""
_SECONDS = 1.0
"""For each way."""


async def compared(statement: Statement, source: OpenSource, budget: Budget) -> Statement:
    """The statement with what was found out about the first role that is open in it."""
    cost = foretold(statement)
    if statement.safe is None or (cost.rows or 0) > ROWS or (cost.bytes or 0) > BYTES:
        return statement
    roles = next(open_roles(statement), None)
    if roles is None:
        return statement
    same = await _same(roles, source, budget)
    return replace(statement, figures={**statement.figures, SAME + roles.id: same})


async def _same(roles: Roles, source: OpenSource, budget: Budget) -> Figures:
    """1 for each way that brings back what the one taken brings back."""
    wanted = await _rows(roles.used.reading, source, budget)
    found: dict[str, float] = {}
    for other in roles.others if wanted is not None else ():
        found[other.id] = float(await _rows(other.reading, source, budget) == wanted)
    return found


async def _rows(reading: Reading, source: OpenSource, budget: Budget) -> list[str] | None:
    """In any order; None when they are too many, or take too long."""
    if budget.limits.statements - budget.spent.statements <= SPARED:
        return None
    try:
        safe = await asyncio.to_thread(lambda: source.admit(to_sql(reading, source.capabilities.dialect)))
        budget.count_statement()
        limits = Limits(rows=_COMPARED, bytes=1_000_000, seconds=_SECONDS)
        result: QueryResult = await source.connector.run(safe, limits)
    except (ConnectorError, NotReadable):
        return None
    return None if result.truncated else sorted(repr(row) for row in result.rows)
