"""The same plan by a second statement of another form has to give the same rows."""

from __future__ import annotations

from agents.checks.base import SKIPPED, Finding, Outcome, Statement
from agents.checks.join_paths import steps
from agents.checks.preaggregate import counted_once
from agents.checks.walk import aggregates, aliases, source_table
from agents.same_result import same_result
from connectors.sql.reading import Reading

TITLE = "A second statement agrees"


def check(outcome: Outcome) -> Finding:
    second = outcome.second
    if second is None or outcome.row_count > len(outcome.result.rows) or second.result.truncated:
        return SKIPPED
    evidence = {"sql": second.sql, "rows": len(second.result.rows)}
    if same_result(outcome.result.rows, second.result.rows, ordered=False):
        return Finding("passed", "Written another way, it gives the same rows.", evidence)
    return Finding("warning", "Written another way, the same plan gives other rows.", evidence)


def second_form(statement: Statement) -> Reading | None:
    """The query with a joined table summed up or only looked into, instead of joined; None where there is no such form.

    It would differ where a key that should be unique is not.
    """
    reading = statement.reading
    if reading is None or not reading.joins or reading.limit is not None:
        return None
    for function in aggregates((reading.outputs, reading.having)):
        for start in sorted(aliases(function.args)):
            for step in steps(reading, start):
                table = source_table(step.alias, reading, statement.schema)
                rewrite = counted_once(reading, start, step, table.name if table is not None else step.alias)
                if rewrite is not None:
                    return rewrite.reading
    return None
