"""A condition on a value that the column does not hold finds nothing, and NOT of it excludes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agents.checks.base import SKIPPED, Finding, Probe, Rewrite, Statement
from agents.checks.walk import changed, nodes, queries, stored
from connectors.base import Column, Table, TypeFamily
from connectors.sql.reading import ColumnRef, Comparison, Function, In, Literal, Output, Reading, Source, Star
from knowledge.base import ValueMatch

TITLE = "Filter values exist"
NEAREST = 3
MOST_PROBES = 3


@dataclass(frozen=True, slots=True)
class Named:
    """A text that a condition compares a stored column with."""

    table: Table
    column: Column
    value: str

    @property
    def name(self) -> str:
        return f"value:{self.table.full_name}.{self.column.name}={self.value}"


def check(statement: Statement) -> Finding:
    reading = statement.reading
    if statement.safe is None or reading is None:
        return SKIPPED
    named = named_values(reading, statement)
    missing = [item for item in named if _rows(item, statement) == 0]
    if not missing:
        return Finding("passed", evidence={"values": len(named)}) if named else SKIPPED
    details, rewrites = [], []
    evidence: dict[str, list[str]] = {}
    for item in missing:
        near = _nearest(item, statement)
        evidence[f"{item.table.name}.{item.column.name} = {item.value}"] = near
        hint = f" Nearest: {', '.join(f'“{value}”' for value in near)}." if near else ""
        details.append(f"No row of {item.table.name} has “{item.value}” in {item.column.name}.{hint}")
        rewrites += [_with(reading, item, value, statement) for value in near]
    return Finding("warning", " ".join(details), {"nearest": evidence}, tuple(rewrites))


def probes(statement: Statement) -> Iterator[Probe]:
    """Rows that hold a text which the value index does not know."""
    if statement.reading is None:
        return
    unknown = [item for item in named_values(statement.reading, statement) if not _known(item, statement)]
    for item in unknown[:MOST_PROBES]:
        source = Source("t", item.table.name, item.table.schema)
        where = Comparison(ColumnRef("t", item.column.name), "=", Literal(item.value))
        yield Probe(
            item.name, Reading((Output(Function("count", (Star(),)), "rows"),), source=source, where=where)
        )


def named_values(reading: Reading, statement: Statement) -> tuple[Named, ...]:
    """Every text that a condition compares a stored text column with, once."""
    return tuple(dict.fromkeys(_named(reading, statement)))


def _named(reading: Reading, statement: Statement) -> Iterator[Named]:
    for query in queries(reading):
        for node in nodes((query.where, query.having, query.joins, query.outputs)):
            match node:
                case Comparison(ColumnRef() as column, "=" | "!=", Literal(str() as value, "text")):
                    values: tuple[object, ...] = (value,)
                case In(ColumnRef() as column, tuple() as options):
                    values = tuple(o.value for o in options if isinstance(o, Literal) and o.kind == "text")
                case _:
                    continue
            found = stored(column, query, statement.schema)
            if found is not None and found[1].family is TypeFamily.text:
                yield from (Named(*found, text) for text in values if isinstance(text, str))


def _known(item: Named, statement: Statement) -> bool:
    return any(match.value == item.value for match in matches_of(item, statement))


def _rows(item: Named, statement: Statement) -> int | None:
    """Rows with the value; None when nobody knows."""
    if _known(item, statement):
        return None
    counted = statement.figures.get(item.name)
    return int(counted["rows"]) if counted is not None else None


def _nearest(item: Named, statement: Statement) -> list[str]:
    return [match.value for match in matches_of(item, statement)]


def matches_of(item: Named, statement: Statement) -> Sequence[ValueMatch]:
    """Stored values of its column that are nearest to it, itself included where it is stored."""
    if statement.values is None:
        return ()
    return statement.values.nearest(item.table.full_name, item.column.name, item.value, NEAREST)


def _with(reading: Reading, item: Named, value: str, statement: Statement) -> Rewrite:
    def is_it(column: ColumnRef) -> bool:
        return stored(column, reading, statement.schema) == (item.table, item.column)

    def put(node: object) -> object:
        match node:
            case Comparison(ColumnRef() as column, "=" | "!=", Literal(text)) if text == item.value and is_it(
                column
            ):
                return replace(node, right=Literal(value))
            case In(ColumnRef() as column, tuple() as options) if is_it(column):
                return replace(
                    node,
                    options=tuple(Literal(value) if o == Literal(item.value) else o for o in options),
                )
        return node

    return Rewrite(f"Use “{value}”", f"Instead of “{item.value}”.", changed(reading, put))
