"""A total of money that also counts what was cancelled, where the rows say so and the question does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from agents.checks.base import PASSED, SKIPPED, Finding, Rewrite, Statement
from agents.checks.roles.tree import paths_from
from agents.checks.walk import aggregates, columns, source_table
from connectors.base import Table
from connectors.sql.reading import ColumnRef, Comparison, In, Literal, Predicate, Reading
from connectors.sql.readings.joins import conjunction, conjuncts
from knowledge.text import stem

TITLE = "What was cancelled is counted on purpose"
VOID = frozenset(
    stem(word)
    for word in ["cancelled", "canceled", "void", "voided", "refunded", "rejected", "failed", "declined"]
)
"""Stems of states in which no money was earned."""


@dataclass(frozen=True, slots=True)
class _State:
    """A column that says in which state a row is, with the void ones among its values."""

    table: Table
    column: str
    values: tuple[str, ...]
    alias: str = ""
    """Of the table in the query; empty when the query does not read it."""


def check(statement: Statement) -> Finding:
    reading = statement.reading
    if (
        statement.safe is None
        or reading is None
        or not any(c.name == "sum" for c in aggregates(reading.outputs))
    ):
        return SKIPPED
    state = next(_states(reading, statement), None)
    if state is None:
        return PASSED
    listed = " and ".join(f"“{value}”" for value in state.values)
    detail = f"The total also counts what {state.table.name}.{state.column} calls {listed}."
    evidence = {"column": f"{state.table.name}.{state.column}", "values": list(state.values)}
    if not state.alias:
        return Finding("warning", detail, evidence)
    where = conjunction([*conjuncts(reading.where), _without(state)])
    rewrite = Rewrite(
        f"Leave out {listed}", "Count what counts as earned only.", replace(reading, where=where)
    )
    return Finding("warning", detail, evidence, (rewrite,))


def _without(state: _State) -> Predicate:
    column = ColumnRef(state.alias, state.column)
    if len(state.values) == 1:
        return Comparison(column, "!=", Literal(state.values[0]))
    return In(column, tuple(map(Literal, state.values)), negated=True)


def _states(reading: Reading, statement: Statement) -> Iterator[_State]:
    """Of the tables that are read, and of those that the rows added up belong to; nobody chose among their states."""
    chosen = {(c.table, c.name) for c in columns((reading.where, reading.group_by, reading.outputs))}
    for source in reading.sources:
        table = source_table(source.alias, reading, statement.schema)
        for state in _of(table, source.alias, statement) if table is not None else ():
            if (source.alias, state.column) not in chosen:
                yield state
    read = {t.full_name for s in reading.sources if (t := source_table(s.alias, reading, statement.schema))}
    if len(read) == 1 and statement.joins is not None:
        for path in paths_from(statement.joins, next(iter(read)), 1):
            owner = statement.schema.table(path[-1].right_table) if path else None
            yield from _of(owner, "", statement) if owner is not None else ()


def _of(table: Table, alias: str, statement: Statement) -> Iterator[_State]:
    for column in table.columns:
        profile = statement.profiles.get((table.full_name, column.name))
        held = [str(v) for v, _ in profile.top_values if isinstance(v, str)] if profile is not None else []
        void = tuple(sorted(value for value in held if stem(value.casefold()) in VOID))
        if void and len(void) < len(held):
            yield _State(table, column.name, void, alias)
