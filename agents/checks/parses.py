"""The statement can be read at all."""

from __future__ import annotations

from agents.checks.base import PASSED, Finding, Statement
from connectors.errors import FailureKind

TITLE = "Can be read"


def check(statement: Statement) -> Finding:
    refusal = statement.refusal
    if refusal is not None and refusal.kind in (FailureKind.syntax, FailureKind.resource):
        return Finding("failed", str(refusal), {"rule": refusal.rule})
    return PASSED
