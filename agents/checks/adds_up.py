"""Parts that make a whole are added up and held against the total of the rows they were made of."""

from __future__ import annotations

from decimal import Decimal

from agents.answers.rows import number
from agents.checks.base import SKIPPED, Finding, Outcome, Statement
from agents.checks.join_paths import steps, unique
from agents.checks.walk import aliases, nodes, source_table
from connectors.sql.reading import ColumnRef, Exists, Function, Output, Reading, Subquery
from connectors.sql.readings.joins import conjuncts

TITLE = "The parts add up to the whole"
PLAIN = frozenset({"inner", "left", "right", "full"})
"""Joins that are meant to leave the rows of a table as they are."""
ALMOST = Decimal("0.000001")


def check(outcome: Outcome) -> Finding:
    reading, whole = outcome.statement.reading, outcome.whole
    found = _measure(reading, outcome.statement) if reading is not None else None
    total = number(whole) if whole is not None else None
    if reading is None or found is None or total is None:
        return SKIPPED
    index, measure = found
    parts = sum((number(row[index]) or Decimal() for row in outcome.result.rows), Decimal())
    evidence = {"parts": float(parts), "whole": float(total)}
    (alias,) = aliases(measure.args)
    table = source_table(alias, reading, outcome.statement.schema)
    name = table.name if table is not None else alias
    if abs(parts - total) <= ALMOST * max(abs(parts), abs(total)):
        return Finding("passed", f"Together they make {_said(total)[0]}, as all rows of {name} do.", evidence)
    ours, theirs = _said(parts, total)
    detail = f"The parts add up to {ours}; all rows of {name} together make {theirs}."
    return Finding("warning", detail, evidence)


def whole_of(statement: Statement) -> Reading | None:
    """The first additive measure over its own table alone; None where nothing is joined, so that the two cannot differ."""
    reading = statement.reading
    found = _measure(reading, statement) if reading is not None else None
    if reading is None or found is None:
        return None
    measure = found[1]
    (alias,) = aliases(measure.args)
    source = next(source for source in reading.sources if source.alias == alias)
    return Reading(outputs=(Output(measure, "whole"),), source=source, where=reading.where)


def _measure(reading: Reading, statement: Statement) -> tuple[int, Function] | None:
    """Which output is a sum or count over one joined table, in a query that shows all of its groups."""
    if not reading.joins or reading.having is not None or reading.qualify is not None or reading.distinct:
        return None
    if reading.limit is not None or reading.offset or reading.set_operations:
        return None
    if any(j.kind not in PLAIN or j.condition is not None or j.lateral for j in reading.joins):
        return None
    if any(isinstance(part, Subquery | Exists) for part in nodes(reading.where)):
        return None
    for index, output in enumerate(reading.outputs):
        match output.expression:
            case Function(name="sum" | "count", args=(argument,), distinct=False, window=None) as measure:
                used = aliases(argument)
                if len(used) != 1 or not isinstance(argument, ColumnRef):
                    continue
                conditions = {alias for part in conjuncts(reading.where) for alias in aliases(part)}
                if conditions <= used and _only_looks_up(argument.table, reading, statement):
                    return index, measure
    return None


def _only_looks_up(start: str, reading: Reading, statement: Statement) -> bool:
    """Whether every join leads from many rows to one, so that it names rows and is not meant to choose among them."""
    seen, queue = {start}, [start]
    while queue:
        for step in steps(reading, queue.pop()):
            table = source_table(step.alias, reading, statement.schema)
            if step.alias in seen:
                continue
            if table is None or not unique(table, [column.name for column in step.far], statement):
                return False
            seen.add(step.alias)
            queue.append(step.alias)
    return source_table(start, reading, statement.schema) is not None and len(seen) == len(reading.sources)


def _said(*values: Decimal) -> list[str]:
    """With as many decimals each, so that they can be compared at a glance."""
    places = 0 if all(value == value.to_integral_value() for value in values) else 2
    return [f"{value:,.{places}f}" for value in values]
