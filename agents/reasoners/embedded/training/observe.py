"""What the structure models learn from: a question's signals, columns, tables and conditions, with the part each plays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from agents.reasoners.embedded.candidates import read_by_rules
from agents.reasoners.embedded.draft import Condition, Draft, Term
from agents.reasoners.embedded.generate.atoms import atoms
from agents.reasoners.embedded.generate.column_features import column_numbers, question_numbers, table_numbers
from agents.reasoners.embedded.generate.signals import signals
from agents.reasoners.embedded.generate.sketch import Sketch, sketch_of
from agents.reasoners.embedded.linear import hashed
from agents.reasoners.embedded.structure import ROLES
from knowledge.linking import Linker

TODAY = date(2025, 1, 1)
"""Fixed, so that training does not depend on the day it runs."""

Row = tuple[dict[str, float], bool]


@dataclass(frozen=True, slots=True)
class Observed:
    db_id: str
    buckets: list[int]
    sketch: Sketch
    slots: dict[str, list[Row]]
    """Rows of each slot model with whether it applies."""


def observe(db_id: str, question: str, gold: Draft, linker: Linker) -> Observed:
    scene = read_by_rules(linker.link(question, TODAY), linker).scene
    shared = question_numbers(scene)
    played = _roles(gold)
    slots: dict[str, list[Row]] = {role: [] for role in ROLES}
    for column in scene.columns:
        numbers = column_numbers(scene, column, shared)
        for role in ROLES:
            slots[role].append((numbers, (column.table, column.name) in played[role]))
    read = set(gold.own_tables)
    inside = {table for part in gold.inner for deep in part.everywhere() for table in deep.own_tables}
    tables = [(table, table_numbers(scene, table, shared)) for table in scene.tables]
    slots["from"] = [(numbers, table in read) for table, numbers in tables]
    slots["within"] = [(numbers, table in inside) for table, numbers in tables]
    true = {_plain(condition) for part in gold.everywhere() for condition in part.conditions}
    slots["atom"] = [(atom.numbers, _plain(atom.condition) in true) for atom in atoms(scene, shared)]
    buckets = hashed(signals(scene))
    return Observed(db_id, buckets, sketch_of(gold), slots)


def _plain(condition: Condition) -> tuple[object, ...]:
    """A condition as it counts: a value's case and type aside."""
    values = tuple(str(value.value).strip().lower().removesuffix(".0") for value in condition.values)
    column = condition.term.column
    owner = (column.table, column.name) if column is not None else ()
    return owner, condition.term.aggregate, condition.operator, values


def _roles(gold: Draft) -> dict[str, set[tuple[str, str]]]:
    def named(terms: Iterable[Term]) -> set[tuple[str, str]]:
        return {(column.table, column.name) for term in terms for column in term.columns}

    return {
        "select": named(term for term in gold.select if not term.aggregated),
        "aggregate": named(t for t in gold.select if t.aggregated and (t.aggregate != "count" or t.distinct)),
        "group": named(gold.group),
        "order": named(sort.term for sort in gold.order),
        "where": named(condition.term for part in gold.everywhere() for condition in part.conditions),
    }
