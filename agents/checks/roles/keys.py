"""Two keys of one table into the same other table mean different things: where a voyage starts, and where it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agents.checks.base import Statement
from agents.checks.join_paths import Step, steps
from agents.checks.roles.way import ROLE, Roles, Way, name_words, words_of
from agents.checks.walk import source_table
from connectors.base import Table
from connectors.sql.reading import ColumnRef, Reading


def roles_of_keys(reading: Reading, statement: Statement) -> Iterator[Roles]:
    """A key that is called just like the table it leads to is the plain way there, and no guess."""
    assert statement.joins is not None
    for source in reading.sources:
        table = source_table(source.alias, reading, statement.schema)
        if table is None:
            continue
        taken = {step.near[0].name.lower() for step in steps(reading, source.alias)}
        for step in steps(reading, source.alias):
            target = source_table(step.alias, reading, statement.schema)
            if target is None or len(step.near) != 1 or target.full_name == table.full_name:
                continue
            keys = _keys(table, target, step, statement)
            used = step.near[0]
            others = [key for key in keys if key.lower() not in taken]
            plain = name_words(used.name) <= name_words(target.name)
            if used.name.lower() in {key.lower() for key in keys} and others and not plain:
                yield Roles(
                    f"{ROLE}{table.name}>{target.name}",
                    f"{table.name} refers to {target.name} in {len(others) + 1} ways. Which one do you mean?",
                    _way(table, used.name, reading),
                    tuple(_way(table, key, _following(reading, used, key)) for key in others),
                    name_words(target.name),
                )


def _way(table: Table, key: str, reading: Reading) -> Way:
    return Way(key, words_of(key), f"{table.name}.{key}", name_words(key), reading)


def _keys(table: Table, target: Table, step: Step, statement: Statement) -> tuple[str, ...]:
    """Columns of `table` that refer to the same column of `target`."""
    assert statement.joins is not None
    found = [
        edge.left_columns[0]
        for edge in statement.joins.between(table.full_name, target.full_name)
        if edge.left_table.lower() in (table.full_name.lower(), table.name.lower())
        and len(edge.left_columns) == 1
        and edge.right_columns[0].lower() == step.far[0].name.lower()
    ]
    return tuple(dict.fromkeys(found))


def _following(reading: Reading, used: ColumnRef, other: str) -> Reading:
    new = ColumnRef(used.table, other)

    def put(column: ColumnRef) -> ColumnRef:
        return new if column == used else column

    joins = tuple(
        replace(join, keys=tuple((put(left), put(right)) for left, right in join.keys))
        for join in reading.joins
    )
    return replace(reading, joins=joins)
