"""The last point of a series over time is lower only because its period is not over, or the data end within it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from agents.answers.rows import facts, moment
from agents.checks.base import PASSED, SKIPPED, Finding, Outcome, Statement
from agents.checks.walk import columns, nodes, stored
from connectors.base import JsonValue
from connectors.sql.reading import DateBucket, Output, Reading

TITLE = "The last period is complete"
FEWEST = 3
"""Points that make a series."""
DAYS_PER_GRAIN = {"year": 366, "quarter": 92, "month": 31, "week": 7}
MISSING = 0.1
"""Share of a period without data at its end, from which the data seem to stop within it."""


@dataclass(frozen=True, slots=True)
class Last:
    """The newest period of a result."""

    cell: str
    start: date
    end: date
    """First day after it."""


def check(outcome: Outcome) -> Finding:
    reading = outcome.statement.reading
    if reading is None or not reading.group_by or outcome.row_count > len(outcome.result.rows):
        return SKIPPED
    for column in facts(outcome.result):
        if column.role not in ("date", "year"):
            continue
        output = reading.outputs[column.index] if column.index < len(reading.outputs) else None
        last = _last([row[column.index] for row in outcome.result.rows], output)
        if last is None:
            continue
        until, why = _until(last, output, outcome.statement, reading)
        if until is not None:
            detail = f"The last period ({last.cell}) is not complete: {why} {until.isoformat()}."
            return Finding("warning", detail, {"period": last.cell, "until": until.isoformat()})
        return PASSED
    return SKIPPED


def _last(cells: Sequence[JsonValue], output: Output | None) -> Last | None:
    """None for less than a series, and for single days."""
    texts = {str(cell) for cell in cells if cell is not None}
    days = {day: text for text in texts if (day := moment(text)) is not None}
    if len(days) < FEWEST or len(days) < len(texts):
        return None
    newest = max(days)
    grain = _grain(list(days), output)
    if grain is None:
        return None
    return Last(days[newest], newest, _after(newest, grain))


def _grain(days: Sequence[date], output: Output | None) -> str | None:
    for node in nodes(output.expression) if output is not None else ():
        if isinstance(node, DateBucket):
            return node.grain if node.grain in DAYS_PER_GRAIN else None
    if any(day.day != 1 for day in days):
        return None
    return "year" if all(day.month == 1 for day in days) else "month"


def _after(start: date, grain: str) -> date:
    if grain == "week":
        return start + timedelta(days=7)
    months = {"month": 1, "quarter": 3, "year": 12}[grain]
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _until(
    last: Last, output: Output | None, statement: Statement, reading: Reading
) -> tuple[date | None, str]:
    """The day up to which the last period is told, and why; None when that is all of it."""
    if last.start <= statement.today < last.end - timedelta(days=1):
        return statement.today, "today is"
    newest = _newest(output, statement, reading)
    if newest is not None and last.start <= newest:
        missing = (last.end - newest).days - 1
        if missing > MISSING * (last.end - last.start).days:
            return newest, "the data end on"
    return None, ""


def _newest(output: Output | None, statement: Statement, reading: Reading) -> date | None:
    """The latest day seen in the column that the periods come from."""
    for column in columns(output.expression) if output is not None else ():
        found = stored(column, reading, statement.schema)
        profile = statement.profiles.get((found[0].full_name, found[1].name)) if found is not None else None
        if profile is not None and not profile.sampled and profile.max is not None:
            return moment(str(profile.max))
    return None
