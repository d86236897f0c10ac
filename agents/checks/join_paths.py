"""How the sources of one query hang together: neighbours, keys, and the same inner joins told from another start."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from agents.checks.base import Statement
from connectors.base import Table
from connectors.sql.reading import ColumnRef, Join, Reading


@dataclass(frozen=True, slots=True)
class Step:
    """From one source to its neighbour: the key columns on this side, and those on the other."""

    near: tuple[ColumnRef, ...]
    far: tuple[ColumnRef, ...]

    @property
    def alias(self) -> str:
        return self.far[0].table


def steps(reading: Reading, here: str) -> Iterator[Step]:
    for join in reading.joins:
        by_other: dict[str, list[tuple[ColumnRef, ColumnRef]]] = {}
        for left, right in join.keys:
            if left.table == here and right.table != here:
                by_other.setdefault(right.table, []).append((left, right))
            elif right.table == here and left.table != here:
                by_other.setdefault(left.table, []).append((right, left))
        for pairs in by_other.values():
            yield Step(tuple(near for near, _ in pairs), tuple(far for _, far in pairs))


def beyond(reading: Reading, step: Step) -> frozenset[str]:
    """The sources reached through a step, without going back over where it starts."""
    seen, queue = {step.near[0].table, step.alias}, [step.alias]
    while queue:
        for further in steps(reading, queue.pop()):
            if further.alias not in seen:
                seen.add(further.alias)
                queue.append(further.alias)
    return frozenset(seen - {step.near[0].table})


def unique(table: Table, columns: Collection[str], statement: Statement) -> bool:
    """Whether those columns name at most one row; unknown counts as unique, so that only evidence warns."""
    names = {column.lower() for column in columns}
    key = {column.lower() for column in table.primary_key}
    if key and key <= names:
        return True
    for column in columns:
        profile = statement.profiles.get((table.full_name, column))
        if profile is not None and profile.rows and profile.distinct is not None and not profile.sampled:
            if profile.distinct >= profile.rows - (profile.nulls or 0):
                return True
            if len(columns) == 1:
                return False
    return not (key and len(columns) == 1 and names < key)


def refers(table: Table, step: Step, statement: Statement) -> bool:
    """Whether the near side is a key into the far side: one row there for each here."""
    declared = {column.lower() for key in table.foreign_keys for column in key.columns}
    if all(column.name.lower() in declared for column in step.near):
        return True
    edges = statement.joins.edges if statement.joins is not None else ()
    names = {column.name.lower() for column in step.near}
    wanted = {table.full_name.lower(), table.name.lower()}
    return any(
        edge.left_table.lower() in wanted and names == {column.lower() for column in edge.left_columns}
        for edge in edges
    )


def rooted(reading: Reading, start: str, keep: Collection[str]) -> tuple[Join, ...] | None:
    """The joins of the sources in `keep`, told from `start`; None when they are not all plain inner joins over keys."""
    sources = {source.alias: source for source in reading.sources}
    if any(
        join.kind != "inner" or not join.keys or join.condition is not None or join.lateral
        for join in reading.joins
    ):
        return None
    seen, queue, joins = {start}, [start], []
    while queue:
        here = queue.pop(0)
        for step in steps(reading, here):
            if step.alias in keep and step.alias not in seen:
                seen.add(step.alias)
                queue.append(step.alias)
                joins.append(Join(sources[step.alias], keys=tuple(zip(step.near, step.far, strict=True))))
    return tuple(joins) if seen == set(keep) else None
