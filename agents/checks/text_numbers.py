"""Numbers that are stored as text sort and compare as text: '9' comes after '10'."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agents.checks.base import SKIPPED, Finding, Rewrite, Statement
from agents.checks.walk import changed, nodes, queries, stored
from connectors.base import TypeFamily
from connectors.sql.reading import Between, Cast, ColumnRef, Comparison, Function, Literal, Order, Reading
from knowledge.base import ColumnKind

TITLE = "Numbers are compared as numbers"
ORDERED = frozenset({"<", "<=", ">", ">="})
NUMBER = "DECIMAL(38, 10)"


def check(statement: Statement) -> Finding:
    reading = statement.reading
    if statement.safe is None or reading is None:
        return SKIPPED
    found: dict[str, str] = {}
    flawed: set[ColumnRef] = set()
    for query in queries(reading):
        for column, how in _as_text(query, statement):
            name = _text_numbers(column, query, statement)
            if name:
                found.setdefault(name, how)
                flawed.add(column)
    if not found:
        return Finding("passed")
    detail = " ".join(f"{name} holds numbers as text, and is {how} as text." for name, how in found.items())
    return Finding("warning", detail, {"columns": sorted(found)}, (_as_numbers(reading, flawed),))


def _as_text(query: Reading, statement: Statement) -> Iterator[tuple[ColumnRef, str]]:
    """Columns whose order matters, and for what."""
    for node in nodes(query):
        match node:
            case Comparison(left=ColumnRef() as column, operator=operator, right=Literal()) if (
                operator in ORDERED
            ):
                yield column, "compared"
            case Between(value=ColumnRef() as column):
                yield column, "compared"
            case Order(expression=ColumnRef() as column):
                yield column, "sorted"
            case Function(name="min" | "max", args=(ColumnRef() as column,)):
                yield column, "compared"


def _text_numbers(column: ColumnRef, query: Reading, statement: Statement) -> str:
    """`table.column` when the column is text and everything seen in it was a number."""
    found = stored(column, query, statement.schema)
    if found is None or found[1].family is not TypeFamily.text:
        return ""
    profile = statement.profiles.get((found[0].full_name, found[1].name))
    numbers = profile is not None and profile.kind is ColumnKind.measure
    return f"{found[0].name}.{found[1].name}" if numbers else ""


def _as_numbers(reading: Reading, flawed: set[ColumnRef]) -> Rewrite:
    def put(node: object) -> object:
        match node:
            case Comparison(left=ColumnRef() as column, right=Literal(value=value)) if column in flawed:
                return replace(node, left=Cast(column, NUMBER), right=_number(value))
            case Order(expression=ColumnRef() as column) if column in flawed:
                return replace(node, expression=Cast(column, NUMBER))
            case Function(name="min" | "max", args=(ColumnRef() as column,)) if column in flawed:
                return replace(node, args=(Cast(column, NUMBER),))
            case Between(value=ColumnRef() as column) if column in flawed:
                return replace(node, value=Cast(column, NUMBER))
        return node

    return Rewrite("Compare as numbers", "9 then comes before 10.", changed(reading, put))


def _number(value: str | int | float | bool | None) -> Literal:
    if isinstance(value, str):
        try:
            return Literal(float(value), "number")
        except ValueError:
            return Literal(value)
    return Literal(value, "number")
