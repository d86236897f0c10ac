"""What came back can be the answer: not empty, not all null, not cut short without a word."""

from __future__ import annotations

from agents.answers.summary import null_share
from agents.checks.base import Finding, Outcome

TITLE = "The result is plausible"


def check(outcome: Outcome) -> Finding:
    result, rows = outcome.result, outcome.result.rows
    if not rows:
        filters = outcome.statement.step.query.filters
        hint = " A filter may be too narrow." if filters else ""
        return Finding("warning", f"No rows came back.{hint}", {"rows": 0})
    empty = [c.name for i, c in enumerate(result.columns) if all(row[i] is None for row in rows)]
    if empty:
        return Finding("warning", f"{', '.join(empty)} has no value in any row.", {"empty": empty})
    query = outcome.statement.step.query
    groups = sum(d.shown for d in query.dimensions) if query.grouped else 0
    named = {column.name for column in result.columns[groups:]}
    notes = [
        f"{name} is empty in {share:.0%} of the rows." for name, share in null_share(result) if name in named
    ]
    if result.truncated:
        notes.append(f"Only the first {outcome.row_count:,} rows were kept.")
    if notes:
        return Finding("warning", " ".join(notes), {"rows": outcome.row_count})
    return Finding("passed", evidence={"rows": outcome.row_count})
