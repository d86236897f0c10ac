"""Only tables and columns that this reader may see; where the engine can say what is read, it must agree."""

from __future__ import annotations

from agents.checks.base import PASSED, SKIPPED, Finding, Statement
from agents.checks.read_only import PERMISSION_RULES

TITLE = "Only permitted tables and columns"


def check(statement: Statement) -> Finding:
    refusal = statement.refusal
    if refusal is not None:
        if refusal.rule in PERMISSION_RULES:
            return Finding("failed", str(refusal), {"rule": refusal.rule})
        return SKIPPED
    if statement.safe is None or statement.engine_tables is None:
        return PASSED
    known = {table.name.lower() for table in statement.schema.tables}
    views = {table.name.lower() for table in statement.schema.tables if table.is_view}
    admitted = {_bare(name) for name in statement.safe.tables}
    surplus = sorted(name for name in statement.engine_tables if _bare(name) not in admitted)
    if surplus and not admitted & views:
        named = [name for name in surplus if _bare(name) in known] or ["tables that you may not see"]
        return Finding("failed", f"The engine says that the statement also reads {', '.join(named)}.")
    read = sorted(name for name in statement.safe.tables if _bare(name) in known)
    if statement.restricted:
        return Finding(
            "passed",
            "Your row filters, masks and hidden columns were applied.",
            {"tables": read, "restricted": True},
        )
    return Finding("passed", evidence={"tables": read})


def _bare(name: str) -> str:
    return name.rpartition(".")[2].strip('"`').lower()
