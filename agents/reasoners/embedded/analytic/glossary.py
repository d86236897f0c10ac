"""A project's own metrics and filters, as its glossary defines them in SQL, inside a business reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace

from agents.reasoners.embedded.chunks import Chunk
from connectors.base import Table
from connectors.sql.reading import And, ColumnRef, Expression, Function, Output, Predicate, Reading, Source
from connectors.sql.readings.expressions import has_aggregate
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import render_source
from connectors.sql.readings.scope import NotReadable
from knowledge.base import GlossaryTerm, SourceKnowledge
from knowledge.glossary import names_of
from knowledge.linking import Lattice
from knowledge.text import split_identifier, stem, stems

METRIC, FILTER = "METRIC", "FILTER"
"""Kinds of chunks that name a metric, or a filter, of the project."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A metric or a filter over tables that go by their own names."""

    term: GlossaryTerm
    tables: tuple[str, ...]
    """Full names of the tables whose columns it uses; the first one's rows are what it is computed over."""
    column: str
    """A column of the first table."""
    expression: Expression | None = None
    predicate: Predicate | None = None


def with_terms(
    chunks: Sequence[Chunk], lattice: Lattice, knowledge: SourceKnowledge
) -> tuple[tuple[Chunk, ...], Mapping[int, Definition]]:
    """The chunks with those that name a metric or a filter put together, and what each stands for, by first token."""
    said = [stem(token.lower) for token in lattice.tokens]
    found: dict[int, Definition] = {}
    cut = list(chunks)
    for term in knowledge.glossary:
        place = _place(said, term) if term.kind in ("metric", "filter") and term.expression else None
        if place is None or place[0] in found:
            continue
        definition = define(term, knowledge)
        if definition is not None:
            found[place[0]] = definition
            cut = list(put_together(cut, lattice, *place, METRIC if term.kind == "metric" else FILTER))
    return tuple(cut), found


def _place(said: Sequence[str], term: GlossaryTerm) -> tuple[int, int] | None:
    """Where the question names the term, by its longest name."""
    for name in sorted(names_of(term), key=len, reverse=True):
        wanted = list(stems(name))
        for first in range(len(said) - len(wanted) + 1):
            if wanted and list(said[first : first + len(wanted)]) == wanted:
                return first, first + len(wanted)
    return None


def put_together(
    chunks: Sequence[Chunk], lattice: Lattice, first: int, last: int, kind: str
) -> Iterator[Chunk]:
    """The chunks with one of a kind in place of what lies between two tokens."""
    placed = False
    for chunk in chunks:
        if chunk.last <= first or chunk.first >= last:
            yield chunk
            continue
        for position in range(chunk.first, min(chunk.last, first)):
            yield Chunk(position, position + 1, "word", lattice.text(position, position + 1))
        if not placed:
            yield Chunk(first, last, kind, lattice.text(first, last))
            placed = True
        for position in range(max(last, chunk.first), chunk.last):
            yield Chunk(position, position + 1, "word", lattice.text(position, position + 1))


def define(term: GlossaryTerm, knowledge: SourceKnowledge) -> Definition | None:
    """What a term's SQL says; None when it cannot be read over the tables it is about."""
    for tables in _tables(term, knowledge):
        sources = [Source(table.name, table.name, table.schema or None) for table in tables]
        listed = ", ".join(render_source(source, knowledge.dialect) for source in sources)
        head = f"SELECT {term.expression}" if term.kind == "metric" else "SELECT 1"
        tail = f" WHERE {term.expression}" if term.kind == "filter" else ""
        try:
            reading = from_sql(f"{head} FROM {listed}{tail}", knowledge.dialect, knowledge.schema)
        except NotReadable:
            continue
        definition = _definition(term, tables, reading)
        if definition is not None:
            return definition
    return None


def _tables(term: GlossaryTerm, knowledge: SourceKnowledge) -> Iterator[list[Table]]:
    """Tables that the term may be about: its targets, else each table."""
    named: dict[str, Table] = {}
    for target in term.targets:
        table = knowledge.schema.table(target) or knowledge.schema.table(target.rpartition(".")[0])
        if table is not None:
            named[table.full_name] = table
    if named:
        yield list(named.values())
    else:
        yield from ([table] for table in knowledge.schema.tables if not table.is_view)


def _definition(term: GlossaryTerm, tables: Sequence[Table], reading: Reading) -> Definition | None:
    expression = reading.outputs[0].expression
    used = list(_columns_of(expression if term.kind == "metric" else reading.where))
    by_alias = {table.name: table for table in tables}
    if not used or any(
        column.table not in by_alias or by_alias[column.table].column(column.name) is None for column in used
    ):
        return None
    first = by_alias[used[0].table]
    names = tuple(dict.fromkeys([first.full_name, *(by_alias[column.table].full_name for column in used)]))
    if term.kind == "filter":
        return Definition(term, names, used[0].name, predicate=reading.where)
    whole = expression if has_aggregate(expression) else Function("sum", (expression,))
    return Definition(term, names, used[0].name, expression=whole)


def _columns_of(node: object) -> Iterator[ColumnRef]:
    """Every column below a part of a reading."""
    if isinstance(node, ColumnRef):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from _columns_of(part)
    elif is_dataclass(node) and not isinstance(node, type):
        for field in fields(node):
            yield from _columns_of(getattr(node, field.name))


def with_metric(reading: Reading, placeholder: Expression, definition: Definition) -> Reading:
    """The reading with the metric where the placeholder stands."""
    metric = definition.expression
    assert metric is not None
    name = "_".join(split_identifier(definition.term.term))
    return replace(
        reading,
        outputs=tuple(Output(metric, name) if o.expression == placeholder else o for o in reading.outputs),
        order_by=tuple(
            replace(o, expression=metric) if o.expression == placeholder else o for o in reading.order_by
        ),
    )


def with_filters(reading: Reading, predicates: Sequence[Predicate]) -> Reading:
    parts = [
        *(
            reading.where.parts
            if isinstance(reading.where, And)
            else [reading.where]
            if reading.where
            else []
        ),
        *predicates,
    ]
    return replace(reading, where=parts[0] if len(parts) == 1 else And(tuple(parts)))
