"""Joins neither count rows twice nor lose them silently; judged from keys and profiles, without touching the source."""

from __future__ import annotations

from collections.abc import Iterator

from agents.checks.base import SKIPPED, Finding, Statement
from connectors.base import Table
from connectors.sql.reading import (
    And,
    Arithmetic,
    Case,
    Cast,
    ColumnRef,
    Expression,
    Function,
    In,
    IsNull,
    Or,
    Predicate,
    Reading,
    Star,
    Subquery,
)

TITLE = "Joins are sound"
MULTIPLIED = frozenset({"sum", "avg"})
"""Aggregates that come out wrong when a join repeats their rows."""


def check(statement: Statement) -> Finding:
    reading = statement.reading
    if statement.safe is None or reading is None:
        return SKIPPED
    tables = {s.alias: statement.schema.table(s.table) for s in reading.sources if s.table}
    findings = [
        *_crossed(reading),
        *_repeated(reading, tables, statement),
        *_lost(reading, tables, statement),
        *_null_keys(reading.where, statement),
    ]
    if findings:
        return Finding("warning", " ".join(findings))
    return Finding("passed", evidence={"joins": len(reading.joins)})


def _crossed(reading: Reading) -> Iterator[str]:
    for join in reading.joins:
        if not join.keys and join.condition is None and join.kind in ("inner", "cross") and not join.lateral:
            yield f"{join.source.table or join.source.alias} is combined with every row of the rest."


def _repeated(reading: Reading, tables: dict[str, Table | None], statement: Statement) -> Iterator[str]:
    """A sum over a table whose rows a join repeats, because the other side may have several partners."""
    for alias, function in _aggregates(reading):
        many = _many_side_reached_from(alias, reading, tables, statement)
        if many:
            table = tables.get(alias)
            name = table.name if table is not None else alias
            yield f"{function} over {name} counts a row once for each matching row of {many}."
            return


def _many_side_reached_from(
    start: str, reading: Reading, tables: dict[str, Table | None], statement: Statement
) -> str:
    """The first table, walking the joins away from `start`, of which one row can have several."""
    seen, queue = {start}, [start]
    while queue:
        here = queue.pop(0)
        for near, far in _steps(reading, here):
            alias = far[0].table
            if alias in seen:
                continue
            seen.add(alias)
            queue.append(alias)
            table = tables.get(alias)
            if table is not None and near and not _unique(table, [c.name for c in far], statement):
                return table.name
    return ""


def _steps(reading: Reading, here: str) -> Iterator[tuple[list[ColumnRef], list[ColumnRef]]]:
    """Key columns on this side and on the other side of every join that touches `here`."""
    for join in reading.joins:
        by_other: dict[str, list[tuple[ColumnRef, ColumnRef]]] = {}
        for left, right in join.keys:
            if left.table == here and right.table != here:
                by_other.setdefault(right.table, []).append((left, right))
            elif right.table == here and left.table != here:
                by_other.setdefault(left.table, []).append((right, left))
        for pairs in by_other.values():
            yield [near for near, _ in pairs], [far for _, far in pairs]


def _unique(table: Table, columns: list[str], statement: Statement) -> bool:
    """Whether those columns name at most one row; unknown counts as unique, so that only evidence warns."""
    names = {column.lower() for column in columns}
    key = {column.lower() for column in table.primary_key}
    if key and key <= names:
        return True
    for column in columns:
        profile = statement.profiles.get((table.full_name, column))
        if profile is not None and profile.rows and profile.distinct is not None and not profile.sampled:
            filled = profile.rows - (profile.nulls or 0)
            if profile.distinct >= filled:
                return True
            if len(columns) == 1:
                return False
    return not (key and len(columns) == 1 and names < key)


def _lost(reading: Reading, tables: dict[str, Table | None], statement: Statement) -> Iterator[str]:
    """An inner join over a column with empty cells leaves those rows out."""
    for join in reading.joins:
        if join.kind != "inner":
            continue
        for left, right in join.keys:
            for near, far in ((left, right), (right, left)):
                table = tables.get(near.table)
                if table is None or not _refers(table, near.name):
                    continue
                profile = statement.profiles.get((table.full_name, near.name))
                if profile is not None and profile.nulls:
                    other = tables.get(far.table)
                    partner = other.name if other is not None else far.table
                    yield f"{profile.nulls:,} rows of {table.name} without {partner} are left out."


def _null_keys(predicate: Predicate | None, statement: Statement) -> Iterator[str]:
    """NOT IN a list with one empty cell finds nothing at all."""
    match predicate:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _null_keys(part, statement)
        case In(options=Subquery(query=inner), negated=True) if len(inner.outputs) == 1:
            column = inner.outputs[0].expression
            sources = {source.alias: source for source in inner.sources}
            if (
                not isinstance(column, ColumnRef)
                or column.table not in sources
                or _filled(inner.where, column)
            ):
                return
            table = statement.schema.table(sources[column.table].table)
            profile = statement.profiles.get((table.full_name, column.name)) if table is not None else None
            if table is not None and profile is not None and profile.nulls:
                yield (
                    f"{table.name}.{column.name} has {profile.nulls:,} empty cells, "
                    "and NOT IN a list with an empty cell finds no row."
                )


def _filled(predicate: Predicate | None, column: ColumnRef) -> bool:
    """Whether the sub-query leaves out empty cells itself."""
    if isinstance(predicate, And):
        return any(_filled(part, column) for part in predicate.parts)
    return isinstance(predicate, IsNull) and predicate.negated and predicate.value == column


def _refers(table: Table, column: str) -> bool:
    return any(column.lower() in (c.lower() for c in key.columns) for key in table.foreign_keys)


def _aggregates(reading: Reading) -> Iterator[tuple[str, str]]:
    """(table alias, function) of every sum and average of a column."""
    for output in reading.outputs:
        for function in _functions(output.expression):
            if function.name in MULTIPLIED and not function.distinct and function.window is None:
                for column in _columns(function):
                    yield column.table, function.name


def _functions(expression: Expression) -> Iterator[Function]:
    if isinstance(expression, Function):
        yield expression
    for part in _parts(expression):
        yield from _functions(part)


def _columns(expression: Expression) -> Iterator[ColumnRef]:
    if isinstance(expression, ColumnRef):
        yield expression
    for part in _parts(expression):
        yield from _columns(part)


def _parts(expression: Expression) -> tuple[Expression, ...]:
    match expression:
        case Function(args=args):
            return tuple(a for a in args if not isinstance(a, Star))
        case Arithmetic(left=left, right=right):
            return (left, right)
        case Cast(value=value):
            return (value,)
        case Case(branches=branches, otherwise=otherwise):
            values = tuple(value for _, value in branches)
            return (*values, otherwise) if otherwise is not None else values
    return ()
