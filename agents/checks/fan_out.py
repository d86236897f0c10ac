"""A sum over rows that a join repeats counts them more than once.

The keys and profiles say where that can happen; a probe counts how often it does within the groups shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agents.checks.base import SKIPPED, Finding, Probe, Statement
from agents.checks.join_paths import Step, steps, unique
from agents.checks.preaggregate import counted_once
from agents.checks.walk import aggregates, aliases, queries, source_table
from connectors.base import Table
from connectors.sql.reading import ColumnRef, Function, IsNull, Output, Reading, Source, Star
from connectors.sql.readings.joins import conjunction, conjuncts

TITLE = "No row is counted twice"
PROBE = "fan_out"
REPEATED = frozenset({"sum", "avg"})
"""Aggregates that come out wrong when rows repeat."""


@dataclass(frozen=True, slots=True)
class FanOut:
    """`function` over rows of `alias`, each of which can meet several rows across `step`."""

    alias: str
    function: Function
    step: Step
    table: Table
    many: Table


def check(statement: Statement) -> Finding:
    reading = statement.reading
    if statement.safe is None or reading is None:
        return SKIPPED
    for query in queries(reading):
        found = _find(query, statement)
        if found is None:
            continue
        counts = statement.figures.get(PROBE) if query is reading else None
        if counts is None:
            return _warning(found, "", {}, query, statement)
        met, rows = int(counts["met"] or 0), int(counts["rows"] or 0)
        evidence = {"rows": rows, "counted": met}
        if met <= rows:
            return Finding("passed", f"Each of {rows:,} rows is counted once.", evidence)
        said = f" {met:,} times instead of {rows:,}"
        return _warning(found, said, evidence, query, statement)
    return Finding("passed", evidence={"joins": len(reading.joins)})


def _warning(
    found: FanOut, said: str, evidence: dict[str, int], query: Reading, statement: Statement
) -> Finding:
    what = "average" if found.function.name == "avg" else "total"
    detail = (
        f"The {what} counts rows of {found.table.name} once for each matching row of {found.many.name}"
        f"{':' if said else '.'}{said}{'.' if said else ''}"
    )
    rewrite = (
        counted_once(query, found.alias, found.step, found.many.name) if query is statement.reading else None
    )
    rewrites = (rewrite,) if rewrite is not None else ()
    return Finding(
        "warning", detail, {"table": found.table.name, "many": found.many.name, **evidence}, rewrites
    )


def probes(statement: Statement) -> Iterator[Probe]:
    """Rows of the summed table within each group, and how often the join shows them."""
    reading = statement.reading
    found = _find(reading, statement) if reading is not None else None
    if reading is None or found is None or len(found.table.primary_key) != 1 or reading.set_operations:
        return
    key = ColumnRef(found.alias, found.table.primary_key[0])
    groups = tuple(Output(e, f"g{i}") for i, e in enumerate(reading.group_by))
    inner = Reading(
        outputs=(*groups, Output(key, "k"), Output(Function("count", (Star(),)), "n")),
        source=reading.source,
        joins=reading.joins,
        where=conjunction((*conjuncts(reading.where), IsNull(key, negated=True))),
        group_by=(*reading.group_by, key),
    )
    n = Function("sum", (ColumnRef("met", "n"),))
    yield Probe(
        PROBE,
        Reading(
            outputs=(Output(n, "met"), Output(Function("count", (Star(),)), "rows")),
            source=Source("met", query=inner),
        ),
    )


def _find(reading: Reading, statement: Statement) -> FanOut | None:
    for function in aggregates((reading.outputs, reading.having, reading.order_by)):
        if function.name not in REPEATED or function.distinct:
            continue
        used = aliases(function.args)
        for alias in sorted(used):
            table = source_table(alias, reading, statement.schema)
            step = _many(alias, used, reading, statement)
            if table is not None and step is not None:
                many = source_table(step.alias, reading, statement.schema)
                assert many is not None
                return FanOut(alias, function, step, table, many)
    return None


def _many(start: str, used: frozenset[str], reading: Reading, statement: Statement) -> Step | None:
    """The first step, walking the joins away from `start`, over which one row meets several that the sum does not use."""
    filters = {join.source.alias for join in reading.joins if join.kind in ("semi", "anti")}
    seen, queue = {start}, [start]
    while queue:
        for step in steps(reading, queue.pop(0)):
            if step.alias in seen or step.alias in filters:
                continue
            seen.add(step.alias)
            queue.append(step.alias)
            table = source_table(step.alias, reading, statement.schema)
            if table is None or step.alias in used:
                continue
            if not unique(table, [column.name for column in step.far], statement):
                return step
    return None
