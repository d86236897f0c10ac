"""The tables of a plan in an order in which each is attached to those before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from agents.plan import ColumnName, Filter, JoinKind, PlanJoin, PlanQuery, PlanTable
from agents.plans.texts import CannotPlan
from connectors.sql.reading import ColumnRef, Join, Predicate, Reading, Source
from connectors.sql.readings.joins import conjunction

Read = Callable[[ColumnName], ColumnRef]
ReadFilter = Callable[[Filter], Predicate]


def attached(
    query: PlanQuery, sources: Mapping[str, Source], column: Read, read_filter: ReadFilter
) -> tuple[Source | None, tuple[Join, ...]]:
    """The first table and the joins of the others.

    Inner and left joins may be listed in any order; right, full and lateral ones mean the order they are listed in.
    """
    if not sources:
        return None, ()
    kinds = _kinds(query)
    lateral = {table.alias for table in query.tables if table.lateral}
    as_listed = bool(lateral) or any(kind not in ("inner", "left") for kind in kinds.values())
    on = {c.table: conjunction([read_filter(f) for f in c.filters]) for c in query.conditions}
    first, *rest = sources
    waiting, before = dict.fromkeys(rest), {first}
    joins: list[Join] = []
    while waiting:
        alias = next(iter(waiting)) if as_listed else _next(query.joins, before, waiting)
        pairs = [pair for join in query.joins if (pair := _oriented(join, before, alias)) is not None]
        keys = tuple((column(left), column(right)) for left, right in pairs)
        kind = kinds.get(alias, "inner")
        if kind == "inner" and any(_was_optional(join, before, alias) for join in query.joins):
            kind = "right"
        crossed = kind == "inner" and not keys and on.get(alias) is None
        joins.append(
            Join(sources[alias], "cross" if crossed else kind, keys, on.get(alias), alias in lateral)
        )
        del waiting[alias]
        before.add(alias)
    return sources[first], tuple(joins)


def column_name(column: ColumnRef) -> ColumnName:
    """Raises `CannotPlan` for a column of no known table."""
    if not column.table:
        raise CannotPlan(f"It is not clear which table {column.name} belongs to.")
    return ColumnName(table=column.table, column=column.name)


def joins_of(reading: Reading) -> list[PlanJoin]:
    """The equalities that attach a statement's tables."""
    return [
        PlanJoin(
            left=column_name(left),
            right=column_name(right),
            kind="inner" if join.kind == "cross" else join.kind,
        )
        for join in reading.joins
        for left, right in join.keys
    ]


def as_attached(
    tables: Sequence[PlanTable], joins: Sequence[PlanJoin]
) -> tuple[list[PlanTable], list[PlanJoin]]:
    """The tables of inner joins in the order in which `attached` takes them, and each join from an earlier to a later one."""
    waiting = {table.alias: table for table in tables}
    if len(waiting) < len(tables) or any(join.kind != "inner" for join in joins):
        return list(tables), list(joins)
    first = tables[0]
    del waiting[first.alias]
    order, before, oriented = [first], {first.alias}, []
    while waiting:
        alias = _next(joins, before, waiting)
        for join in joins:
            pair = _oriented(join, before, alias)
            if pair is not None:
                oriented.append(join.model_copy(update={"left": pair[0], "right": pair[1]}))
        order.append(waiting.pop(alias))
        before.add(alias)
    return order, oriented


def _kinds(query: PlanQuery) -> dict[str, JoinKind]:
    kinds: dict[str, JoinKind] = {}
    for join in query.joins:
        if kinds.get(join.right.table, "inner") == "inner":
            kinds[join.right.table] = join.kind
    return kinds | {condition.table: condition.kind for condition in query.conditions}


def _next(joins: Iterable[PlanJoin], before: set[str], waiting: Iterable[str]) -> str:
    order = list(waiting)
    connected = (a for a in order if any(_oriented(join, before, a) for join in joins))
    return next(connected, order[0])


def _oriented(join: PlanJoin, before: set[str], alias: str) -> tuple[ColumnName, ColumnName] | None:
    """(side of a table before, side of the new one) when the join connects `alias` to what is attached."""
    if join.left.table in before and join.right.table == alias:
        return join.left, join.right
    if join.right.table in before and join.left.table == alias:
        return join.right, join.left
    return None


def _was_optional(join: PlanJoin, before: set[str], alias: str) -> bool:
    """Whether the join keeps rows of `alias`, the new table, that have no partner in an earlier one."""
    return join.kind == "left" and join.left.table == alias and join.right.table in before
