"""Derived tables and CTEs that only choose rows and columns are written into the query that reads them."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from connectors.sql.reading import (
    ColumnRef,
    Comparison,
    Join,
    Output,
    Predicate,
    Reading,
    Source,
)
from connectors.sql.readings.joins import conjunction, conjuncts
from connectors.sql.readings.rewriting import asks_more, put_through, with_columns, with_sources_named


def flattened(reading: Reading) -> Reading:
    """From a reading whose `*` are spelled out; gives equal rows under the same column names."""
    numbers = count(1)

    def change(node: object) -> object:
        if not isinstance(node, Reading) or any(
            join.kind in ("right", "full") or join.lateral for join in node.joins
        ):
            return node
        for source in node.sources:
            if _can_go(source, node):
                node = _without(source, node, next(numbers))
        return node

    return put_through(reading, change)


def _can_go(source: Source, reading: Reading) -> bool:
    inner = source.query
    if (
        inner is None
        or inner.source is None
        or any(j.kind in ("right", "full") or j.lateral for j in inner.joins)
    ):
        return False
    attached = next((join.kind for join in reading.joins if join.source is source), "inner")
    rest = (
        inner.group_by, inner.having, inner.qualify, inner.distinct, inner.distinct_on, inner.set_operations,
        inner.limit is not None, inner.offset, inner.ending,
    )  # fmt: skip
    plain = not any(rest) and not any(asks_more(output.expression) for output in inner.outputs)
    return attached in ("inner", "cross") and plain


def _without(source: Source, reading: Reading, number: int) -> Reading:
    """The derived table's own tables, conditions and expressions in its place; unchanged where a text stands in the way."""
    assert source.query is not None
    names = {own.alias.lower(): f"{own.alias}~q{number}" for own in source.query.sources}
    inner = with_sources_named(source.query, names)
    meaning = {
        ColumnRef(source.alias.lower(), _name(written).lower()): output.expression
        for written, output in zip(source.query.outputs, inner.outputs, strict=True)
    }
    named = replace(reading, outputs=tuple(Output(o.expression, _name(o)) for o in reading.outputs))
    parts = {
        part: getattr(named, part)
        for part in ("outputs", "where", "group_by", "having", "qualify", "order_by", "distinct_on")
    }
    try:
        changed = {part: with_columns(value, meaning) for part, value in parts.items()}
        joins = [_join(join, with_columns(join, meaning)) for join in reading.joins]
    except KeyError:
        return reading
    assert inner.source is not None
    where: list[Predicate] = [*conjuncts(changed.pop("where")), *conjuncts(inner.where)]
    first = reading.source
    attached: list[Join] = []
    if first is source:
        first, attached = inner.source, [*inner.joins]
    for old, join in zip(reading.joins, joins, strict=True):
        if old.source is source:
            attached += [replace(join, source=inner.source), *inner.joins]
        else:
            attached.append(join)
    return replace(named, source=first, joins=tuple(attached), where=conjunction(where), **changed)


def _join(old: Join, new: Join) -> Join:
    """Keys that became expressions are conditions."""
    keys = [pair for pair in new.keys if all(isinstance(side, ColumnRef) for side in pair)]
    loose = [Comparison(left, "=", right) for left, right in new.keys if (left, right) not in keys]
    condition = conjunction([*loose, *conjuncts(new.condition)])
    return replace(new, source=old.source, keys=tuple(keys), condition=condition)


def _name(output: Output) -> str:
    return output.alias or (output.expression.name if isinstance(output.expression, ColumnRef) else "")
