"""What the statement will read stays within the limits of the project and the person."""

from __future__ import annotations

from agents.checks.base import PASSED, SKIPPED, Finding, Statement
from agents.checks.scan import foretold

TITLE = "Not too costly"


def check(statement: Statement) -> Finding:
    if statement.estimate_refusal:
        return Finding("failed", statement.estimate_refusal)
    if statement.safe is None:
        return SKIPPED
    cost, limits = foretold(statement), statement.limits
    figures = {name: value for name, value in cost.model_dump().items() if value is not None}
    passed = [
        f"It would {verb} about {_said(value, unit)}; the limit is {_said(ceiling, unit)}."
        for value, ceiling, unit, verb in (
            (cost.rows, limits.scan_rows, "rows", "read"),
            (cost.bytes, limits.scan_bytes, "bytes", "read"),
            (cost.seconds, limits.scan_seconds, "s", "take"),
        )
        if value is not None and value > ceiling
    ]
    if statement.restricted:
        return Finding("failed", "It would read more than one question may.") if passed else PASSED
    if passed:
        return Finding("failed", " ".join(passed), figures)
    if cost.rows is None:
        return Finding("passed", "The engine accepts it.") if statement.estimate is not None else SKIPPED
    return Finding("passed", f"Reads about {cost.rows:,.0f} rows.", figures)


def _said(value: float, unit: str) -> str:
    """`1,200 rows`, `3.4 GB`, `9e+20 rows`."""
    if value >= 1e15:
        return f"{value:.0e} {unit}"
    if unit == "bytes" and value >= 1e6:
        return f"{value / 1e9:,.1f} GB"
    return f"{value:,.0f} {unit}"
