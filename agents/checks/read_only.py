"""One statement, and one that can only read."""

from __future__ import annotations

from agents.checks.base import PASSED, SKIPPED, Finding, Statement
from connectors.errors import FailureKind

TITLE = "Read-only, single statement"
PERMISSION_RULES = frozenset({"table", "column"})


def check(statement: Statement) -> Finding:
    refusal = statement.refusal
    if refusal is None:
        return PASSED
    if refusal.kind in (FailureKind.syntax, FailureKind.resource):
        return SKIPPED
    if refusal.rule in PERMISSION_RULES:
        return PASSED
    return Finding("failed", str(refusal), {"rule": refusal.rule})
