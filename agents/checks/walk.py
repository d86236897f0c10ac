"""Ways through a reading that the checks share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar, cast

from connectors.base import Column, Schema, Table
from connectors.sql.reading import AGGREGATES, ColumnRef, Function, Reading

N = TypeVar("N")
ELSEWHERE = (Reading, str, bool)


def nodes(node: object) -> Iterator[Any]:
    """Everything a reading, predicate or expression is made of, itself first, without the queries nested in it."""
    ahead: list[object] = [node]
    while ahead:
        part = ahead.pop()
        if isinstance(part, tuple):
            ahead.extend(reversed(part))
        elif (names := _field_names(cast("Hashable", type(part)))) is not None:
            yield part
            for name in names:
                value = getattr(part, name)
                if value is not None and not isinstance(value, ELSEWHERE):
                    ahead.append(value)


@cache
def _field_names(kind: Hashable) -> tuple[str, ...] | None:
    """Last first; None for what is no dataclass. Every check walks every tree, so this is looked up once per class."""
    return tuple(field.name for field in reversed(fields(kind))) if is_dataclass(kind) else None


def queries(reading: Reading) -> Iterator[Reading]:
    """The reading and every query nested in it."""
    yield reading
    for node in nodes(reading):
        inner = getattr(node, "query", None)
        if isinstance(inner, Reading):
            yield from queries(inner)


def columns(node: object) -> Iterator[ColumnRef]:
    return (part for part in nodes(node) if isinstance(part, ColumnRef))


def aliases(node: object) -> frozenset[str]:
    """Of the sources whose columns are used."""
    return frozenset(column.table for column in columns(node))


def aggregates(node: object) -> Iterator[Function]:
    """Aggregate calls that are no window functions."""
    for part in nodes(node):
        if isinstance(part, Function) and part.name in AGGREGATES and part.window is None:
            yield part


def outside_aggregates(node: object) -> Iterator[ColumnRef]:
    """Columns that are used other than as the argument of an aggregate."""
    if isinstance(node, Function) and node.name in AGGREGATES and node.window is None:
        return
    if isinstance(node, ColumnRef):
        yield node
    elif isinstance(node, tuple):
        for item in node:
            yield from outside_aggregates(item)
    elif is_dataclass(node) and not isinstance(node, type):
        for part in fields(node):
            yield from outside_aggregates(getattr(node, part.name))


def source_table(alias: str, reading: Reading, schema: Schema) -> Table | None:
    """The stored table behind an alias; None for derived tables and enclosing queries' sources."""
    for source in reading.sources:
        if source.alias == alias and source.table:
            return schema.table(f"{source.schema}.{source.table}" if source.schema else source.table)
    return None


def stored(column: ColumnRef, reading: Reading, schema: Schema) -> tuple[Table, Column] | None:
    """The stored column a reference means."""
    table = source_table(column.table, reading, schema)
    found = table.column(column.name) if table is not None else None
    return (table, found) if table is not None and found is not None else None


def changed(node: N, change: Callable[[Any], Any]) -> N:
    """The tree with every part put through `change`, innermost first; nested queries stay as they are."""
    if isinstance(node, tuple):
        return tuple(changed(item, change) for item in node)  # type: ignore[return-value]
    if not is_dataclass(node) or isinstance(node, type):
        return node
    parts = {}
    for part in fields(node):
        value = getattr(node, part.name)
        new = value if isinstance(value, Reading) else changed(value, change)
        if new is not value:
            parts[part.name] = new
    whole = replace(node, **parts) if parts else node
    return change(whole)  # type: ignore[no-any-return]
