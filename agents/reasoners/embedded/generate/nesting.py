"""Sub-queries and set operations: "never", "above the average", "both … and", "but not"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from heapq import nlargest
from math import log

from agents.reasoners.embedded.draft import Aggregate, Col, Condition, Draft, Operator, SetOperator, Term
from agents.reasoners.embedded.generate.sketch import Sketch
from agents.reasoners.embedded.generate.wheres import Where
from agents.reasoners.embedded.structure import Judgement
from knowledge.base import JoinEdge

_NESTED = re.compile(r"(!?in|[<>=]|!=)\((avg|max|min|)\)(?:\[(.*)\])?$")
_COMBINED = re.compile(r"(intersect|except|union)\[(.*)\]$")
_PARTNERS = 3

Option = tuple[float, Draft]


def nested(draft: Draft, sketch: Sketch, judgement: Judgement, where: Where) -> Iterator[Option]:
    """The draft with the sub-query that the sketch asks for."""
    shape = _NESTED.match(sketch.nest)
    if shape is None:
        return
    kind, function, inner = shape[1], shape[2], shape[3] or ""
    for outside, inside in where.split(sketch.where, inner):
        base = replace(draft, where=outside)
        if kind in ("in", "!in") and not function:
            yield from _absent(base, judgement, inside, "not in" if kind == "!in" else "in")
        elif function:
            aggregate: Aggregate = function  # type: ignore[assignment]
            yield from _compared(base, judgement, inside, kind, aggregate)


def _compared(
    draft: Draft,
    judgement: Judgement,
    inside: tuple[tuple[Condition, ...], ...],
    kind: str,
    function: Aggregate,
) -> Iterator[Option]:
    """A number against the average, the largest or the smallest of its own column."""
    resolver = judgement.scene.resolver
    chances = {
        column: max(chance, judgement.roles["order"][column] / 2, judgement.roles["aggregate"][column] / 2)
        for column, chance in judgement.roles["where"].items()
        if resolver.is_number(column.table, column.name)
        and all(column not in condition.columns for clause in inside for condition in clause)
    }
    operator: Operator = kind  # type: ignore[assignment]
    for column in nlargest(2, chances, key=lambda c: (chances[c], c.table, c.name)):
        query = Draft(select=(Term(column, function),), where=inside)
        condition = Condition(Term(column), operator, query=query)
        yield log(chances[column]), replace(draft, where=(*draft.where, (condition,)))


def _absent(
    draft: Draft, judgement: Judgement, inside: tuple[tuple[Condition, ...], ...], operator: Operator
) -> Iterator[Option]:
    """Rows that have, or have not, a partner in another table."""
    owners = list(dict.fromkeys([judgement.scene.main, *draft.own_tables]))
    tables = {column.table for clause in inside for condition in clause for column in condition.columns}
    chances = judgement.tables
    for owner in [name for name in owners if name][:2]:
        ranked = nlargest(
            _PARTNERS,
            (t for t in judgement.tables if t != owner),
            key=lambda t: (t in tables, _named(judgement, t), t),
        )
        for table in ranked:
            link = _link(owner, table, judgement)
            if link is None or (tables and table not in tables and not _near(tables, table, judgement)):
                continue
            mine, theirs, extra = link
            query = Draft(select=(Term(theirs),), where=inside).reading_tables(*extra)
            condition = Condition(Term(mine), operator, query=query)
            named = log(max(_named(judgement, table), 0.05)) + log(1 - min(chances[table], 0.9))
            yield named, replace(draft, where=(*draft.where, (condition,))).reading_tables(owner)


def _named(judgement: Judgement, table: str) -> float:
    place = judgement.scene.tables[table]
    return place.score if place is not None else 0.0


def _near(tables: set[str], table: str, judgement: Judgement) -> bool:
    joins = judgement.scene.resolver.knowledge.joins
    return any(joins.between(table, other) for other in tables)


def _link(owner: str, table: str, judgement: Judgement) -> tuple[Col, Col, tuple[str, ...]] | None:
    """The column of the owner and the column that stands for it within the sub-query; with tables that join."""
    joins = judgement.scene.resolver.knowledge.joins
    edges: list[JoinEdge] = sorted(
        joins.between(owner, table), key=lambda e: (e.right_table != owner, e.weight)
    )
    for edge in edges:
        left, right = Col(edge.left_table, edge.left_columns[0]), Col(edge.right_table, edge.right_columns[0])
        return (right, left, ()) if edge.right_table == owner else (left, right, ())
    key = judgement.scene.resolver.key(owner)
    if key is None:
        return None
    for tree in joins.trees([owner, table], 1):
        for edge in tree.edges:
            if edge.right_table == owner and edge.right_columns[0] == key.name:
                return key, Col(edge.left_table, edge.left_columns[0]), (table,)
    return None


def combined(draft: Draft, sketch: Sketch, judgement: Judgement, where: Where) -> Iterator[Option]:
    """The draft itself, or together with the second query that the sketch asks for."""
    if not sketch.combine:
        for outside, _ in where.split(sketch.where, ""):
            yield 0.0, replace(draft, where=outside)
        return
    shape = _COMBINED.match(sketch.combine)
    if shape is None:
        return
    operator: SetOperator = shape[1]  # type: ignore[assignment]
    for outside, inside in where.split(sketch.where, shape[2]):
        base = replace(draft, where=outside)
        partner = replace(draft, where=inside, order=(), limit=None, distinct=False)
        if shape[2] or operator != "except":
            if outside != inside:
                yield 0.0, replace(base, combine=(operator, partner))
            continue
        for table in nlargest(_PARTNERS, judgement.tables, key=lambda t: (_named(judgement, t), t)):
            if table not in draft.own_tables and draft.own_tables:
                other = replace(base, order=(), limit=None, distinct=False).reading_tables(table)
                yield log(max(_named(judgement, table), 0.05)), replace(base, combine=(operator, other))
