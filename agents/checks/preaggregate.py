"""The same question with every row counted once: what a join repeats is summed up before it is joined, or only asked for."""

from __future__ import annotations

from agents.checks.base import Rewrite
from agents.checks.join_paths import Step, beyond, rooted
from agents.checks.walk import aggregates, aliases, changed, outside_aggregates
from connectors.sql.reading import (
    ColumnRef,
    Comparison,
    Exists,
    Expression,
    Function,
    Join,
    Literal,
    Output,
    Predicate,
    Reading,
    Source,
    Star,
)
from connectors.sql.readings.joins import conjunction, conjuncts

OUTER = {"sum": "sum", "count": "sum", "min": "min", "max": "max"}
"""What puts the parts of an additive measure together again."""


def counted_once(reading: Reading, start: str, step: Step, many: str) -> Rewrite | None:
    """Take the sources beyond `step` out of the join; None where that changes what is asked.

    Sources that only narrow the rows become EXISTS. Where sums, counts or extremes are taken over them, each
    is computed per key first. A column of theirs that is shown or grouped by leaves no such form.
    """
    if reading.set_operations or reading.distinct or not all(source.table for source in reading.sources):
        return None
    far = beyond(reading, step)
    near = frozenset(source.alias for source in reading.sources) - far
    if start in far or any(c.table in far for c in outside_aggregates(_shown(reading))):
        return None
    inside, outside = _split(reading.where, far)
    if inside is None:
        return None
    joins, inner_joins = rooted(reading, start, near), rooted(reading, step.alias, far)
    source = next(source for source in reading.sources if source.alias == step.alias)
    first = next(source for source in reading.sources if source.alias == start)
    if joins is None or inner_joins is None:
        return None
    inner = Reading(outputs=(), source=source, joins=inner_joins, where=conjunction(inside))
    measured = [f for f in aggregates(_shown(reading)) if _over(f, far)]
    if not measured:
        exists = _exists(inner, step)
        whole = Reading(
            outputs=reading.outputs, source=first, joins=joins, where=conjunction((*outside, exists)),
            group_by=reading.group_by, having=reading.having, order_by=reading.order_by,
            limit=reading.limit, offset=reading.offset,
        )  # fmt: skip
        return Rewrite("Count each row once", f"{many} only narrows the rows, and repeats none.", whole)
    if any(f.name not in OUTER or f.distinct or _mixed(f, far) for f in measured):
        return None
    return Rewrite(
        "Count each row once",
        f"{many} is added up per key before it is joined.",
        _joined(reading, first, joins, outside, inner, step, measured),
    )


def _shown(reading: Reading) -> tuple[object, ...]:
    return (reading.outputs, reading.group_by, reading.having, reading.order_by)


def _over(function: Function, far: frozenset[str]) -> bool:
    """Whether the aggregate is about the far rows; a count of rows counts those that were repeated into being."""
    return bool(aliases(function.args) & far) or _rows(function)


def _rows(function: Function) -> bool:
    return function.name == "count" and function.args in ((), (Star(),))


def _mixed(function: Function, far: frozenset[str]) -> bool:
    return bool(aliases(function.args) - far)


def _split(
    where: Predicate | None, far: frozenset[str]
) -> tuple[list[Predicate] | None, tuple[Predicate, ...]]:
    """Conditions on the far sources alone, and the others; None when one is about both."""
    inside: list[Predicate] = []
    outside: list[Predicate] = []
    for part in conjuncts(where):
        used = aliases(part)
        if used & far and used - far:
            return None, ()
        (inside if used & far else outside).append(part)
    return inside, tuple(outside)


def _exists(inner: Reading, step: Step) -> Predicate:
    keys = tuple(Comparison(far, "=", near) for near, far in zip(step.near, step.far, strict=True))
    where = conjunction((*keys, *conjuncts(inner.where)))
    query = Reading((Output(Literal(1, "number")),), inner.source, inner.joins, where)
    return Exists(query)


def _joined(
    reading: Reading,
    first: Source,
    joins: tuple[Join, ...],
    outside: tuple[Predicate, ...],
    inner: Reading,
    step: Step,
    measured: list[Function],
) -> Reading:
    alias = f"{step.alias}_totals"
    names = {function: f"m{i}" for i, function in enumerate(dict.fromkeys(measured), 1)}
    keys = tuple(Output(column, column.name) for column in step.far)
    sums = tuple(Output(function, name) for function, name in names.items())
    derived = Reading((*keys, *sums), inner.source, inner.joins, inner.where, group_by=tuple(step.far))
    pairs = tuple((near, ColumnRef(alias, far.name)) for near, far in zip(step.near, step.far, strict=True))

    def put(node: object) -> object:
        if isinstance(node, Function) and node in names:
            column: Expression = ColumnRef(alias, names[node])
            total = Function(OUTER[node.name], (column,))
            if (
                node.name == "count" and not reading.group_by
            ):  # of no rows at all, a count is 0 and a sum nothing
                return Function("coalesce", (total, Literal(0, "number")))
            return total
        return node

    return Reading(
        outputs=changed(reading.outputs, put),
        source=first,
        joins=(*joins, Join(Source(alias, query=derived), keys=pairs)),
        where=conjunction(outside),
        group_by=reading.group_by,
        having=changed(reading.having, put),
        order_by=changed(reading.order_by, put),
        limit=reading.limit,
        offset=reading.offset,
    )
