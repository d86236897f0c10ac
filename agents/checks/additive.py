"""Sums of what does not add up: keys and codes, rates and averages, and balances over time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agents.checks.base import PASSED, SKIPPED, Finding, Rewrite, Statement
from agents.checks.walk import aggregates, changed, nodes, queries, stored
from connectors.base import Column, Table
from connectors.sql.reading import ColumnRef, Comparison, DateBucket, Function, Literal, Reading
from knowledge.base import ColumnKind, ColumnProfile
from knowledge.text import split_identifier

TITLE = "Sums and averages make sense"
NAMES = "names things"
RATES = frozenset({
    "rate", "ratio", "percent", "percentage", "pct", "share", "average", "avg", "mean", "median", "probability",
    "temperature", "latitude", "longitude",
})  # fmt: skip
STOCKS = frozenset({
    "balance", "stock", "inventory", "headcount", "onhand", "level", "holdings", "outstanding", "backlog",
})  # fmt: skip
"""Amounts at a moment: adding two moments counts the same thing twice."""


def check(statement: Statement) -> Finding:
    reading = statement.reading
    if statement.safe is None or reading is None:
        return SKIPPED
    looked = 0
    for query in queries(reading):
        for function, table, column in _summed(query, statement):
            looked += 1
            detail = _problem(function, table, column, query, statement)
            if detail:
                evidence = {"column": f"{table.name}.{column.name}"}
                rewrites = (_instead(query, function, detail),) if query is reading else ()
                return Finding("warning", detail, evidence, rewrites)
    return PASSED if looked else SKIPPED


def _summed(query: Reading, statement: Statement) -> Iterator[tuple[Function, Table, Column]]:
    for function in aggregates((query.outputs, query.having, query.order_by)):
        argument = function.args[0] if function.args else None
        if function.name in ("sum", "avg") and isinstance(argument, ColumnRef):
            found = stored(argument, query, statement.schema)
            if found is not None:
                yield function, *found


def _problem(function: Function, table: Table, column: Column, query: Reading, statement: Statement) -> str:
    name = f"{table.name}.{column.name}"
    profile = statement.profiles.get((table.full_name, column.name))
    words = split_identifier(column.name)
    if _names_things(table, column, profile):
        what = "total" if function.name == "sum" else "average"
        return f"{name} {NAMES}; a {what} of it means nothing."
    if function.name != "sum":
        return ""
    if RATES.intersection(words):
        return f"{name} is a rate or an average; adding it up means nothing. An average would have to be weighted."
    if STOCKS.intersection(words) or words[:2] == ["on", "hand"]:
        moment = _moments(table, statement)
        if moment is not None and not _one_moment(moment, query, statement):
            return (
                f"{name} is an amount at a moment, and {table.name} has many moments ({moment.name}); "
                "their sum counts the same things again and again."
            )
    return ""


def _instead(reading: Reading, function: Function, detail: str) -> Rewrite:
    """Things that are named can be counted; everything else can be averaged."""
    counts = NAMES in detail

    def put(node: object) -> object:
        return replace(function, name="count" if counts else "avg") if node == function else node

    label, why = (
        ("Count them", "How many there are.") if counts else ("Average it", "Instead of adding it up.")
    )
    return Rewrite(label, why, changed(reading, put))


def _names_things(table: Table, column: Column, profile: ColumnProfile | None) -> bool:
    key = {c.lower() for k in table.foreign_keys for c in k.columns}
    if (column.primary_key and len(table.primary_key) == 1) or column.name.lower() in key:
        return True
    return profile is not None and profile.kind in (ColumnKind.id, ColumnKind.code)


def _moments(table: Table, statement: Statement) -> Column | None:
    """The date column that makes the table a series of snapshots: its days repeat."""
    for column in table.columns:
        profile = statement.profiles.get((table.full_name, column.name))
        if profile is None or profile.kind is not ColumnKind.date or not profile.rows or not profile.distinct:
            continue
        if 1 < profile.distinct < profile.rows:
            return column
    return None


def _one_moment(moment: Column, query: Reading, statement: Statement) -> bool:
    """Whether every group holds a single moment."""

    def is_it(node: object) -> bool:
        return isinstance(node, ColumnRef) and node.name.lower() == moment.name.lower()

    if any(
        is_it(e) or (isinstance(e, DateBucket) and e.grain == "day" and is_it(e.value))
        for e in query.group_by
    ):
        return True
    return any(
        isinstance(part, Comparison) and part.operator == "=" and is_it(part.left)
        and not (isinstance(part.right, Literal) and part.right.value is None)
        for part in nodes(query.where)
    )  # fmt: skip
