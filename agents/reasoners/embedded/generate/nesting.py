"""Sub-queries: "never", "above the average", "of the commonest kind", "with more than three"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from heapq import nlargest
from math import log

from agents.reasoners.embedded.draft import ROWS, Aggregate, Col, Condition, Draft, Operator, Sort, Term
from agents.reasoners.embedded.generate.sketch import Sketch
from agents.reasoners.embedded.generate.wheres import Where, having_of
from agents.reasoners.embedded.structure import Judgement, odds
from knowledge.base import JoinEdge

_NESTED = re.compile(r"(avg|)(!?in|[<>=]|!=)\((avg|max|min|)\)(?:\[(.*)\])?(limit|having|)$")
_PARTNERS = 3
_COUNTS = ("count>", "count<", "count=")

Option = tuple[float, Draft]


def nested(draft: Draft, sketch: Sketch, judgement: Judgement, where: Where) -> Iterator[Option]:
    """The draft with the sub-query that the sketch asks for."""
    shape = _NESTED.match(sketch.nest)
    if shape is None:
        return
    grouped, kind, function, inner, rest = shape[1], shape[2], shape[3], shape[4] or "", shape[5]
    operator: Operator = "not in" if kind == "!in" else kind  # type: ignore[assignment]
    for outside, inside in where.split(sketch.where, inner):
        base = replace(draft, where=outside)
        if rest == "limit":
            yield from _foremost(base, judgement, inside, operator)
        elif rest == "having":
            yield from _counted(base, judgement, inside, operator, where)
        elif grouped:
            yield from _groups_compared(base, judgement, inside, operator, function)
        elif kind in ("in", "!in") and not function:
            yield from _absent(base, judgement, inside, operator)
        elif function:
            yield from _compared(base, judgement, inside, operator, function)


def _compared(
    draft: Draft,
    judgement: Judgement,
    inside: tuple[tuple[Condition, ...], ...],
    operator: Operator,
    function: str,
) -> Iterator[Option]:
    """A number against the average, the largest or the smallest of its own column."""
    resolver = judgement.scene.resolver
    chances = {
        column: max(chance, judgement.roles["order"][column] / 2, judgement.roles["aggregate"][column] / 2)
        for column, chance in judgement.roles["where"].items()
        if resolver.is_number(column.table, column.name)
        and all(column not in condition.columns for clause in inside for condition in clause)
    }
    aggregate: Aggregate = function  # type: ignore[assignment]
    for column in nlargest(2, chances, key=lambda c: (chances[c], c.table, c.name)):
        query = Draft(select=(Term(column, aggregate),), where=inside)
        condition = Condition(Term(column), operator, query=query)
        yield log(chances[column]), replace(draft, where=(*draft.where, (condition,)))


def _groups_compared(
    draft: Draft,
    judgement: Judgement,
    inside: tuple[tuple[Condition, ...], ...],
    operator: Operator,
    function: str,
) -> Iterator[Option]:
    """Groups whose average is above or below the average of all rows."""
    aggregate: Aggregate = function  # type: ignore[assignment]
    resolver, chances = judgement.scene.resolver, judgement.roles["aggregate"]
    measured = [column for column in chances if resolver.is_measured(column)]
    for column in nlargest(2, measured, key=lambda c: (chances[c], c.table, c.name)):
        term = Term(column, aggregate)
        condition = Condition(term, operator, query=Draft(select=(term,), where=inside))
        yield log(chances[column]), replace(draft, having=(*draft.having, (condition,)))


def _foremost(
    draft: Draft, judgement: Judgement, inside: tuple[tuple[Condition, ...], ...], operator: Operator
) -> Iterator[Option]:
    """Rows of the kind that most rows are of: "the customers with the commonest payment method"."""
    scene, chances = judgement.scene, judgement.roles["where"]
    likely = nlargest(3, chances, key=lambda c: (chances[c], c.table, c.name))
    down = not any(tag.startswith(("LEAST", "MIN")) for tag in scene.line)
    for column in likely:
        for counted, extra in _counted_by(column, judgement):
            query = Draft(
                select=(Term(counted),),
                where=inside,
                group=(Term(counted),),
                order=(Sort(ROWS, down),),
                limit=1,
            ).reading_tables(*extra)
            condition = Condition(Term(column), operator, query=query)
            yield log(chances[column]), replace(draft, where=(*draft.where, (condition,)))


def _counted_by(column: Col, judgement: Judgement) -> Iterator[tuple[Col, tuple[str, ...]]]:
    """The column itself, and for a key the references to it in the tables that are spoken of."""
    yield column, ()
    if column != judgement.scene.resolver.key(column.table):
        return
    for table in nlargest(2, judgement.tables, key=lambda t: (judgement.within[t], t)):
        link = link_of(column.table, table, judgement) if table != column.table else None
        if link is not None and link[0] == column:
            yield link[1], link[2]


def _counted(
    draft: Draft,
    judgement: Judgement,
    inside: tuple[tuple[Condition, ...], ...],
    operator: Operator,
    where: Where,
) -> Iterator[Option]:
    """Rows with, or without, so many partners in another table."""
    for code in _COUNTS:
        having = having_of(code, where.atoms, judgement)
        if having is None:
            continue
        for score, whole in _absent(draft, judgement, inside, operator):
            condition = whole.where[-1][0]
            assert condition.query is not None
            query = replace(condition.query, group=condition.query.select, having=having)
            yield score, replace(whole, where=(*whole.where[:-1], (replace(condition, query=query),)))


def _absent(
    draft: Draft, judgement: Judgement, inside: tuple[tuple[Condition, ...], ...], operator: Operator
) -> Iterator[Option]:
    """Rows that have, or have not, a partner in another table."""
    owners = list(dict.fromkeys([judgement.scene.main, *draft.own_tables]))
    tables = {column.table for clause in inside for condition in clause for column in condition.columns}
    for owner in [name for name in owners if name][:2]:
        ranked = nlargest(
            _PARTNERS,
            (t for t in judgement.tables if t != owner),
            key=lambda t: (t in tables, judgement.within[t], t),
        )
        for table in ranked:
            link = link_of(owner, table, judgement)
            if link is None or (tables and table not in tables and not _near(tables, table, judgement)):
                continue
            mine, theirs, extra = link
            query = Draft(select=(Term(theirs),), where=inside).reading_tables(*extra)
            condition = Condition(Term(mine), operator, query=query)
            yield (
                odds(judgement.within[table]),
                replace(draft, where=(*draft.where, (condition,))).reading_tables(owner),
            )


def _near(tables: set[str], table: str, judgement: Judgement) -> bool:
    joins = judgement.scene.resolver.knowledge.joins
    return any(joins.between(table, other) for other in tables)


def link_of(owner: str, table: str, judgement: Judgement) -> tuple[Col, Col, tuple[str, ...]] | None:
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
