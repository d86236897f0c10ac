"""Runs the small counts that checks ask for, within what the turn can spare."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace

from agents.budget import Budget
from agents.checks import probes_of
from agents.checks.base import Figures, Probe, Statement
from agents.checks.scan import foretold
from agents.deps import OpenSource
from connectors.base import Limits
from connectors.errors import ConnectorError
from connectors.sql.readings.render import to_sql
from connectors.sql.readings.scope import NotReadable

MOST = 5
"""Probes of one statement."""
SECONDS = 2.0
"""For all of them together."""
SPARED = 8
"""Statements of the turn's budget that probes leave to others."""
ROWS = 2e7
BYTES = 5e9
"""A statement that reads more than this is judged by profiles alone: counting it would cost what asking it costs."""


async def measured(statement: Statement, source: OpenSource, budget: Budget) -> Statement:
    """The statement with the figures that its checks asked for; a probe that fails or takes too long brings none."""
    cost = foretold(statement)
    if statement.safe is None or (cost.rows or 0) > ROWS or (cost.bytes or 0) > BYTES:
        return statement
    figures: dict[str, Figures] = dict(statement.figures)
    until = time.monotonic() + SECONDS
    for probe in probes_of(statement)[:MOST]:
        left = until - time.monotonic()
        if probe.name in figures or left <= 0 or budget.limits.statements - budget.spent.statements <= SPARED:
            continue
        counted = await _counted(probe, statement.dialect, source, budget, left)
        if counted is not None:
            figures[probe.name] = counted
    return replace(statement, figures=figures)


def plain(figures: Mapping[str, Figures]) -> dict[str, dict[str, float]]:
    """As a checkpoint keeps them."""
    return {name: dict(counts) for name, counts in figures.items()}


async def _counted(
    probe: Probe, dialect: str, source: OpenSource, budget: Budget, seconds: float
) -> Figures | None:
    try:
        safe = await asyncio.to_thread(lambda: source.admit(to_sql(probe.reading, dialect)))
        budget.count_statement()
        result = await source.connector.run(safe, Limits(rows=1, bytes=10_000, seconds=seconds))
    except (ConnectorError, NotReadable):
        return None
    cells = result.rows[0] if result.rows else ()
    return {c.name: float(str(cell or 0)) for c, cell in zip(result.columns, cells, strict=False)}
