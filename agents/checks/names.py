"""Every table and column exists in the schema as it was indexed."""

from __future__ import annotations

from agents.checks.base import PASSED, SKIPPED, Finding, Statement

TITLE = "Tables, columns and types fit the schema"


def check(statement: Statement) -> Finding:
    if statement.safe is None:
        return SKIPPED
    if statement.unknown_names:
        return Finding(
            "failed", " ".join(statement.unknown_names), {"problems": list(statement.unknown_names)}
        )
    return PASSED
