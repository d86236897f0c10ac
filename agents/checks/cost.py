"""What the statement will read stays within the limits of the project and the person."""

from __future__ import annotations

from agents.checks.base import SKIPPED, Finding, Statement
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
        f"{said}, and {limit} may be read"
        for value, ceiling, said, limit in (
            (cost.bytes, limits.scan_bytes, f"{(cost.bytes or 0) / 1e9:,.1f} GB", f"{limits.scan_bytes / 1e9:,.1f} GB"),
            (cost.rows, limits.scan_rows, f"{cost.rows or 0:,.0f} rows", f"{limits.scan_rows:,.0f}"),
        )
        if value is not None and value > ceiling
    ]  # fmt: skip
    if cost.seconds is not None and cost.seconds > limits.scan_seconds:
        passed.append(f"{cost.seconds:,.0f} s of work, and {limits.scan_seconds:,.0f} s are allowed")
    if passed:
        return Finding("failed", f"It would take about {'; '.join(passed)}.", figures)
    if cost.rows is None:
        return Finding("passed", "The engine accepts it.") if statement.estimate is not None else SKIPPED
    return Finding("passed", f"Reads about {cost.rows:,.0f} rows.", figures)
