"""Small tools to rewrite readings: every part put through a change, columns replaced, sources renamed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from connectors.sql.reading import AGGREGATES, ColumnRef, Expression, Function, Raw, Reading, Star

N = TypeVar("N")


def put_through(node: N, change: Callable[[Any], Any]) -> N:
    """A copy in which every part, innermost first, is what `change` makes of it; nested queries included."""
    if isinstance(node, tuple):
        return cast(N, tuple(put_through(part, change) for part in node))
    if not is_dataclass(node) or isinstance(node, type):
        return node
    values = {f.name: getattr(node, f.name) for f in fields(node)}
    changed = {name: put_through(value, change) for name, value in values.items()}
    moved = {name: value for name, value in changed.items() if value is not values[name]}
    return cast(N, change(replace(node, **moved) if moved else node))


def with_columns(node: N, meaning: Mapping[ColumnRef, Expression]) -> N:
    """Columns replaced by what they mean; a nested query's own sources hide those of the same name.

    Raises: `KeyError` when a text would have to take an expression.
    """
    if isinstance(node, ColumnRef):
        return cast(N, meaning.get(_folded(node), node))
    if isinstance(node, Raw):
        parts = tuple(with_columns(part, meaning) for part in node.parts)
        if any(not isinstance(part, str | ColumnRef) for part in parts):
            raise KeyError("an expression inside a text")
        return cast(N, replace(node, parts=parts))
    if isinstance(node, tuple):
        return cast(N, tuple(with_columns(part, meaning) for part in node))
    if not is_dataclass(node) or isinstance(node, type):
        return node
    if isinstance(node, Reading):
        own = {source.alias.lower() for source in node.sources}
        meaning = {column: value for column, value in meaning.items() if column.table not in own}
        if not meaning:
            return cast(N, node)
    return cast(
        N, replace(node, **{f.name: with_columns(getattr(node, f.name), meaning) for f in fields(node)})
    )


def _folded(column: ColumnRef) -> ColumnRef:
    return ColumnRef(column.table.lower(), column.name.lower())


def columns_of(node: object) -> Iterator[ColumnRef]:
    """Every column named anywhere in it, nested queries included."""
    if isinstance(node, ColumnRef):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from columns_of(part)
    elif is_dataclass(node) and not isinstance(node, type):
        for f in fields(node):
            yield from columns_of(getattr(node, f.name))


def unbound_columns(reading: Reading) -> Iterator[ColumnRef]:
    """The columns that a query names of the queries around it."""
    own = {source.alias.lower() for source in reading.sources}
    for f in fields(reading):
        yield from (c for c in _named_in(getattr(reading, f.name)) if c.table.lower() not in own)


def _named_in(node: object) -> Iterator[ColumnRef]:
    if isinstance(node, Reading):
        yield from unbound_columns(node)
    elif isinstance(node, ColumnRef):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from _named_in(part)
    elif is_dataclass(node) and not isinstance(node, type):
        for f in fields(node):
            yield from _named_in(getattr(node, f.name))


def with_sources_named(query: Reading, names: Mapping[str, str]) -> Reading:
    """The query with its own sources under other aliases; `names` goes by lower-case alias."""

    def renamed(node: Any, known: Mapping[str, str]) -> Any:
        if isinstance(node, ColumnRef):
            return replace(node, table=known.get(node.table.lower(), node.table))
        if isinstance(node, tuple):
            return tuple(renamed(part, known) for part in node)
        if not is_dataclass(node) or isinstance(node, type):
            return node
        if isinstance(node, Reading):
            own = {source.alias.lower() for source in node.sources}
            known = {was: now for was, now in known.items() if was not in own}
        return replace(node, **{f.name: renamed(getattr(node, f.name), known) for f in fields(node)})

    def alias(part: Any) -> Any:
        if part is None:
            return None
        return replace(renamed(part, names), alias=names.get(part.alias.lower(), part.alias))

    whole = replace(query, **{f.name: renamed(getattr(query, f.name), names) for f in fields(query)})
    joins = tuple(
        replace(new, source=alias(old.source)) for new, old in zip(whole.joins, query.joins, strict=True)
    )
    return replace(whole, source=alias(query.source), joins=joins)


def asks_more(node: object) -> bool:
    """Whether a value depends on more than its own row: aggregates, windows, sub-queries, and texts that may hold them."""
    if isinstance(node, tuple):
        return any(map(asks_more, node))
    if isinstance(node, Raw | Star | Reading):
        return True
    if isinstance(node, Function) and (node.window is not None or node.name in AGGREGATES):
        return True
    if not is_dataclass(node) or isinstance(node, type | ColumnRef):
        return False
    return any(asks_more(getattr(node, f.name)) for f in fields(node))
