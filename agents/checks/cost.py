"""What EXPLAIN foretells stays within the limits."""

from __future__ import annotations

from agents.checks.base import SKIPPED, Finding, Statement

TITLE = "Not too costly"


def check(statement: Statement) -> Finding:
    if statement.estimate_refusal:
        return Finding("failed", statement.estimate_refusal)
    estimate = statement.estimate
    if estimate is None:
        return SKIPPED
    limits = statement.limits
    if estimate.bytes is not None and estimate.bytes > limits.scan_bytes:
        return Finding(
            "failed", f"It would read about {estimate.bytes / 1e9:,.1f} GB.", {"bytes": estimate.bytes}
        )
    if estimate.rows is not None and estimate.rows > limits.scan_rows:
        return Finding(
            "failed", f"It would go through about {estimate.rows:,.0f} rows.", {"rows": estimate.rows}
        )
    if estimate.rows is None:
        return Finding("passed", "The engine accepts it.")
    return Finding("passed", f"About {estimate.rows:,.0f} rows.", {"rows": estimate.rows})
