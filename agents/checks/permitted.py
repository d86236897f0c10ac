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
    views = {table.name.lower() for table in statement.schema.tables if table.is_view}
    admitted = {_bare(name) for name in statement.safe.tables}
    surplus = sorted(name for name in statement.engine_tables if _bare(name) not in admitted)
    if surplus and not admitted & views:
        detail = f"The engine says that the statement also reads {', '.join(surplus)}."
        return Finding("failed", detail, {"engine": sorted(statement.engine_tables)})
    return Finding("passed", evidence={"tables": sorted(statement.safe.tables)})


def _bare(name: str) -> str:
    return name.rpartition(".")[2].strip('"`').lower()
