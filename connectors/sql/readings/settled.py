"""What the schema adds to a canonical reading: `*` spelled out, equal columns under one name, grouping
columns that a primary key already decides left out, and rows counted as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar, cast

from connectors.base import Schema, Table
from connectors.sql.reading import ColumnRef, Expression, Function, Reading, Star
from connectors.sql.readings.canonical import canonical
from connectors.sql.readings.date_ranges import with_date_ranges
from connectors.sql.readings.existence import in_existence_form
from connectors.sql.readings.expressions import has_aggregate
from connectors.sql.readings.flattened import flattened
from connectors.sql.readings.rewriting import put_through
from connectors.sql.readings.scope import expanded_outputs

N = TypeVar("N")
Classes = Mapping[ColumnRef, ColumnRef]


def settled_form(reading: Reading, schema: Schema | None) -> Reading:
    """The canonical reading with everything the schema proves equal made equal."""
    return settled(canonical(prepared(reading, schema)), schema)


def prepared(reading: Reading, schema: Schema | None) -> Reading:
    """What comes before `canonical`: `*` spelled out, derived tables written in, partners asked for in one way."""
    return in_existence_form(with_date_ranges(flattened(spelled_out(reading, schema)), schema), schema)


def settled(reading: Reading, schema: Schema | None) -> Reading:
    """From a canonical reading; unchanged without a schema."""
    return reading if schema is None else _settle(_deep(reading, schema), schema)


def spelled_out(node: N, schema: Schema | None) -> N:
    """Every `*` as its columns in the order in which the text joins their tables, where they are known."""
    if isinstance(node, tuple):
        return cast(N, tuple(spelled_out(part, schema) for part in node))
    if not is_dataclass(node) or isinstance(node, type | ColumnRef):
        return node
    whole = cast(
        N, replace(node, **{f.name: spelled_out(getattr(node, f.name), schema) for f in fields(node)})
    )
    if not isinstance(whole, Reading):
        return whole
    return cast(N, replace(whole, outputs=tuple(expanded_outputs(whole, schema))))


def _deep(node: N, schema: Schema) -> N:
    """Nested readings first, so that a parent sees settled children."""
    if isinstance(node, tuple):
        return cast(N, tuple(_deep(part, schema) for part in node))
    if not is_dataclass(node) or isinstance(node, type | ColumnRef):
        return node
    changed = {f.name: _deep(getattr(node, f.name), schema) for f in fields(node)}
    inner = {
        name: _settle(value, schema) if isinstance(value, Reading) else value
        for name, value in changed.items()
    }
    return cast(N, replace(node, **inner))


def _settle(reading: Reading, schema: Schema) -> Reading:
    kinds = {join.kind for join in reading.joins}
    if kinds & {"semi", "anti"} or any(join.lateral for join in reading.joins):
        return reading
    if not kinds <= {"inner", "cross"}:
        # Equal keys may stand beside NULLs here, but a row made of NULLs is one row for its key too.
        return _grouped(reading, _stored(reading, schema), {})
    names = _one_name(reading)
    reading = replace(
        reading,
        outputs=_renamed(reading.outputs, names),
        where=_renamed(reading.where, names),
        group_by=_renamed(reading.group_by, names),
        having=_renamed(reading.having, names),
        order_by=_renamed(reading.order_by, names),
    )
    tables = _stored(reading, schema)
    if len(reading.sources) == 1:
        reading = _counting_keys(reading, tables)
    reading = replace(
        reading,
        outputs=_counting_rows(reading.outputs, tables),
        having=_counting_rows(reading.having, tables),
        order_by=_counting_rows(reading.order_by, tables),
    )
    return _grouped(_repeated(reading, tables, names), tables, names)


def _stored(reading: Reading, schema: Schema) -> dict[str, Table]:
    return {
        source.alias: table
        for source in reading.sources
        if source.table and (table := schema.table(source.table)) is not None
    }


def _repeated(reading: Reading, tables: Mapping[str, Table], names: Classes) -> Reading:
    """DISTINCT over rows that show every table's key removes nothing."""
    outputs = [output.expression for output in reading.outputs]
    if not reading.distinct or reading.group_by or not reading.sources or any(map(has_aggregate, outputs)):
        return reading
    decided = _decided(outputs, tables, names)
    for source in reading.sources:
        table = tables.get(source.alias)
        key = (
            {ColumnRef(source.alias, name.lower()) for name in table.primary_key}
            if table is not None
            else set()
        )
        if not key or not {names.get(column, column) for column in key} <= decided:
            return reading
    return replace(reading, distinct=False)


def _one_name(reading: Reading) -> dict[ColumnRef, ColumnRef]:
    """Each joined column → the first column of its class of equals."""
    return {right: left for join in reading.joins for left, right in join.keys}


def _renamed(node: N, names: Classes) -> N:
    if isinstance(node, ColumnRef):
        return cast(N, names.get(node, node))
    if isinstance(node, tuple):
        return cast(N, tuple(_renamed(part, names) for part in node))
    if not names or not is_dataclass(node) or isinstance(node, type):
        return node
    return cast(N, replace(node, **{f.name: _renamed(getattr(node, f.name), names) for f in fields(node)}))


def _counting_rows(node: N, tables: Mapping[str, Table]) -> N:
    """`count` of a column that is never NULL counts rows."""
    match node:
        case Function(name="count", args=(ColumnRef() as column,), distinct=False, window=None):
            found = tables[column.table].column(column.name) if column.table in tables else None
            never_null = found is not None and (found.primary_key or not found.nullable)
            return cast(N, replace(node, args=(Star(),))) if never_null else node
        case tuple():
            return cast(N, tuple(_counting_rows(part, tables) for part in node))
        case Reading():
            return node
    if not is_dataclass(node) or isinstance(node, type):
        return node
    changed = {f.name: _counting_rows(getattr(node, f.name), tables) for f in fields(node)}
    return cast(N, replace(node, **changed))


def _counting_keys(reading: Reading, tables: Mapping[str, Table]) -> Reading:
    """The different keys of one table are its rows."""

    def counted(node: object) -> object:
        match node:
            case Function(
                name="count", args=(ColumnRef(table=alias, name=name),), distinct=True, window=None
            ):
                key = tables[alias].primary_key if alias in tables else ()
                if tuple(part.lower() for part in key) == (name,):
                    return replace(node, args=(Star(),), distinct=False)
        return node

    parts = {part: put_through(getattr(reading, part), counted) for part in ("outputs", "having", "order_by")}
    return replace(reading, **parts)


def _grouped(reading: Reading, tables: Mapping[str, Table], names: Classes) -> Reading:
    """GROUP BY without what the rest decides; a grouping that only removes repeats is DISTINCT."""
    group = set(reading.group_by)
    if not group:
        return reading
    keys = {(alias, name.lower()) for alias, table in tables.items() for name in table.primary_key}
    by_need = sorted(group, key=lambda e: (isinstance(e, ColumnRef) and (e.table, e.name) in keys, repr(e)))
    for expression in by_need:
        if expression in _decided(group - {expression}, tables, names):
            group.remove(expression)
    outputs = [output.expression for output in reading.outputs]
    plain = reading.having is None and not any(
        has_aggregate(e) for e in (*outputs, *(order.expression for order in reading.order_by))
    )
    if plain and group <= set(outputs) and set(outputs) <= _decided(group, tables, names):
        return replace(reading, group_by=(), distinct=True)
    return replace(reading, group_by=tuple(sorted(group, key=repr)))


def _decided(given: Iterable[Expression], tables: Mapping[str, Table], names: Classes) -> set[Expression]:
    """Everything that has one value where `given` has: a table's columns by its key, equal columns by each other."""
    decided = set(given)
    pending = {alias for alias, table in tables.items() if table.primary_key}
    grew = True
    while grew:
        grew = False
        for alias in sorted(pending):
            key = {ColumnRef(alias, name.lower()) for name in tables[alias].primary_key}
            if {names.get(column, column) for column in key} <= decided:
                own = (ColumnRef(alias, column.name.lower()) for column in tables[alias].columns)
                decided |= {names.get(column, column) for column in own}
                pending.discard(alias)
                grew = True
    return decided


def decided_by(reading: Reading, schema: Schema | None) -> set[Expression]:
    """What has one value in each group: the grouping, what equals it, and every column of a table whose key it holds."""
    decided = set(reading.group_by)
    pairs = [pair for join in reading.joins if join.kind in ("inner", "cross") for pair in join.keys]
    tables = {
        source.alias: table
        for source in reading.sources
        if schema is not None and source.table and (table := schema.table(source.table)) is not None
    }
    before = -1
    while before != len(decided):
        before = len(decided)
        decided |= {other for left, right in pairs for other in (left, right) if {left, right} & decided}
        for alias, table in tables.items():
            key = {ColumnRef(alias, name) for name in table.primary_key}
            if key and key <= decided:
                decided |= {ColumnRef(alias, column.name) for column in table.columns}
    return decided
