"""The statement does what the plan says: no more, no less, nothing else."""

from __future__ import annotations

from agents.checks.base import SKIPPED, Finding, Statement
from agents.events import CheckVerdict

TITLE = "Does what the plan says"


def check(statement: Statement) -> Finding:
    if statement.safe is None:
        return SKIPPED
    if statement.reading is None:
        if statement.origin in ("person", "reviewer"):
            return Finding("warning", "The statement is too unusual to compare it with the plan.")
        return Finding("failed", "The statement is too unusual to prove that it does what the plan says.")
    kept = sum(point.verdict == "kept" for point in statement.points)
    broken = [point for point in statement.points if point.verdict != "kept"]
    if not broken:
        return Finding("passed", f"Matches the plan {kept}/{kept}.", {"kept": kept})
    details = "; ".join(point.detail or f"{point.promise}: {point.verdict}" for point in broken)
    verdict: CheckVerdict = "warning" if statement.origin in ("person", "reviewer") else "failed"
    return Finding(verdict, details, {"kept": kept, "of": len(statement.points)})
