"""Which parts of a condition are join keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from connectors.base import Schema
from connectors.sql.reading import (
    And,
    ColumnRef,
    Comparison,
    Expression,
    Function,
    Join,
    Output,
    Predicate,
    Source,
)
from connectors.sql.readings.scope import NoForm, Scope, columns_of_source

Keys = tuple[tuple[ColumnRef, ColumnRef], ...]


def conjuncts(predicate: Predicate | None) -> tuple[Predicate, ...]:
    """The parts that must all hold."""
    if predicate is None:
        return ()
    if isinstance(predicate, And):
        return tuple(part for piece in predicate.parts for part in conjuncts(piece))
    return (predicate,)


def conjunction(parts: Sequence[Predicate]) -> Predicate | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _key(part: Predicate, earlier: Iterable[str], alias: str) -> tuple[ColumnRef, ColumnRef] | None:
    """(an earlier source's column, this source's column) when `part` equates them."""
    if not isinstance(part, Comparison) or part.operator != "=":
        return None
    left, right = part.left, part.right
    if not isinstance(left, ColumnRef) or not isinstance(right, ColumnRef):
        return None
    known = set(earlier)
    if left.table == alias and right.table in known:
        left, right = right, left
    return (left, right) if right.table == alias and left.table in known and left.table != alias else None


def split_condition(
    condition: Predicate | None, earlier: set[str], alias: str
) -> tuple[Keys, Predicate | None]:
    """Join keys of an ON clause, and what it says beyond them."""
    keys: list[tuple[ColumnRef, ColumnRef]] = []
    rest: list[Predicate] = []
    for part in conjuncts(condition):
        key = _key(part, earlier, alias)
        if key is None:
            rest.append(part)
        else:
            keys.append(key)
    return tuple(keys), conjunction(rest)


def where_keys(
    source: Source | None, joins: tuple[Join, ...], where: Predicate | None
) -> tuple[tuple[Join, ...], Predicate | None]:
    """Equalities that a comma join leaves in WHERE become keys of the join they belong to.

    Not before a RIGHT or FULL join: that one brings back rows which WHERE leaves out after it.
    """
    if source is None or any(join.kind in ("right", "full") for join in joins):
        return joins, where
    rest = list(conjuncts(where))
    earlier = {source.alias}
    found: list[Join] = []
    for join in joins:
        if join.kind in ("inner", "cross") and not join.keys:
            movable = None if join.lateral else conjunction(rest)
            keys, left = split_condition(movable, earlier, join.source.alias)
            if keys:
                rest = list(conjuncts(left))
            crossed = not keys and join.condition is None
            join = replace(join, keys=keys, kind="cross" if crossed else "inner")
        earlier.add(join.source.alias)
        found.append(join)
    return tuple(found), conjunction(rest)


def using_keys(
    names: Sequence[str], earlier: Sequence[Source], source: Source, schema: Schema | None
) -> Keys:
    """USING (a) equates the nearest earlier column of that name."""
    keys = []
    for name in names:
        wanted = name.lower()
        owner, spelled = earlier[-1].alias if len(earlier) == 1 else earlier[0].alias, name
        for candidate in earlier:
            columns = columns_of_source(candidate, schema) or ()
            match = next((c for c in columns if c.lower() == wanted), None)
            if match is not None:
                owner, spelled = candidate.alias, match
                break
        mine = next((c for c in columns_of_source(source, schema) or () if c.lower() == wanted), name)
        keys.append((ColumnRef(owner, spelled), ColumnRef(source.alias, mine)))
    return tuple(keys)


def merge_columns(scope: Scope, keys: Keys, kind: str) -> None:
    """After USING the bare name means the side that always has a value, and `*` shows it once."""
    for left, right in keys:
        if not isinstance(scope.merged.get(left.name.lower(), left), ColumnRef):
            raise NoForm("USING after a full join with USING")
        value: Expression = right if kind == "right" else left
        if kind == "full":
            value = Function("coalesce", (left, right))
        scope.merged[left.name.lower()] = value
        scope.shown[left] = value
        if kind not in ("semi", "anti"):
            scope.dropped.add(right)


def merged_star(scope: Scope, dialect: str) -> list[Output]:
    """The columns of `*` after USING; the standard puts merged ones first, SQLite and DuckDB leave them in place.

    Raises: `NoForm` when a source's columns are not known.
    """
    columns = [ColumnRef(alias, name) for alias, names in scope.columns.items() for name in names or ()]
    if None in scope.columns.values():
        raise NoForm("a merged * of columns that are not known")
    kept = [column for column in columns if column not in scope.dropped]
    if dialect not in ("sqlite", "duckdb"):
        kept.sort(key=lambda column: column not in scope.shown)
    shown = [(column, scope.shown.get(column, column)) for column in kept]
    return [Output(value, "" if isinstance(value, ColumnRef) else column.name) for column, value in shown]
