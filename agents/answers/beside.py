"""What a plan shows beside what was asked: the figure that rows are ranked by, and what tells people of one name apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from agents.deps import OpenSource
from agents.nouns import things_called
from agents.plan import ColumnName, Dimension, Measure, Plan, PlanQuery, PlanStep
from knowledge.base import SourceKnowledge
from knowledge.text import split_identifier

_NAMES = frozenset({"name", "names", "fullname", "firstname", "lastname", "surname", "nm"})
_KEY = "key"
Part = TypeVar("Part", Dimension, Measure)


def shown_beside(plan: Plan, sources: Mapping[str, OpenSource]) -> Plan:
    """The plan with these columns; itself where there are none to add."""
    steps = tuple(
        _step(step, sources[step.source_id].knowledge) if step.source_id in sources else step
        for step in plan.steps
    )
    return plan if steps == plan.steps else plan.model_copy(update={"steps": steps})


def _step(step: PlanStep, knowledge: SourceKnowledge) -> PlanStep:
    query = step.query
    plain = all(table.table for table in query.tables) and not (query.combine or query.distinct)
    if not plain or query.distinct_on or query.groupings:
        return step
    query = _told_apart(_ranked(query, knowledge), knowledge)
    return step if query == step.query else step.model_copy(update={"query": query})


def _ranked(query: PlanQuery, knowledge: SourceKnowledge) -> PlanQuery:
    """ "The store with the most orders" says how many these are."""
    if query.limit is None or not query.order:
        return query
    by = query.order[0].by
    return query.model_copy(
        update={
            "dimensions": tuple(_shown(d) if d.id == by else d for d in query.dimensions),
            "measures": tuple(_counting(m, query, knowledge) if m.id == by else m for m in query.measures),
            "layout": (*query.layout, by) if query.layout and by not in query.layout else query.layout,
        }
    )


def _counting(measure: Measure, query: PlanQuery, knowledge: SourceKnowledge) -> Measure:
    """The measure shown; a count of rows says of which, where the joins repeat none of them."""
    if measure.shown or measure.function != "count" or measure.column or measure.expression:
        return _shown(measure)
    tables = {table.alias: table for table in query.tables}
    for end in (end for join in query.joins for end in (join.left, join.right)):
        found = tables.get(end.table)
        table = knowledge.schema.table(_full(found.schema_name, found.table)) if found is not None else None
        if table is not None and table.primary_key == (end.column,):
            tables.pop(end.table)
    things = [things_called(table.table) for table in tables.values()]
    update = {"shown": True, "label": f"number of {things[0]}"} if len(things) == 1 else {"shown": True}
    return measure.model_copy(update=update)


def _told_apart(query: PlanQuery, knowledge: SourceKnowledge) -> PlanQuery:
    """With the key of rows that are shown by names which several of them may have."""
    shown = [d for d in query.dimensions if d.shown]
    if (
        not shown
        or any(d.column is None or d.grain for d in shown[:1])
        or (query.measures and not query.grouped)
    ):
        return query
    first = shown[0].column
    assert first is not None
    full = next((_full(t.schema_name, t.table) for t in query.tables if t.alias == first.table), "")
    table = knowledge.schema.table(full)
    if table is None or len(table.primary_key) != 1:
        return query
    key = table.primary_key[0]
    own = [d.column.column for d in shown if d.column is not None and d.column.table == first.table]
    if key in own or not _may_repeat(full, own, knowledge):
        return query
    hidden = next(
        (d for d in query.dimensions if d.column == ColumnName(table=first.table, column=key)), None
    )
    if hidden is None and query.grouped:
        return query
    told = (
        _shown(hidden)
        if hidden is not None
        else Dimension(id=_KEY, column=ColumnName(table=first.table, column=key))
    )
    others = tuple(d for d in query.dimensions if d is not hidden)
    at = others.index(shown[0])
    layout = query.layout
    if layout:
        place = layout.index(shown[0].id) if shown[0].id in layout else 0
        layout = (*layout[:place], told.id, *(i for i in layout[place:] if i != told.id))
    return query.model_copy(update={"dimensions": (*others[:at], told, *others[at:]), "layout": layout})


def _may_repeat(table: str, columns: list[str], knowledge: SourceKnowledge) -> bool:
    """Whether nothing but names is shown, and two rows may have the same."""
    if not all(set(split_identifier(column)) & _NAMES for column in columns):
        return False
    if len(columns) > 1:
        return True
    profile = knowledge.profiles.get((table, columns[0]))
    if profile is None or profile.rows is None or profile.distinct is None:
        return False
    return profile.sampled or profile.distinct < profile.rows


def _full(schema: str | None, table: str) -> str:
    return f"{schema}.{table}" if schema else table


def _shown(part: Part) -> Part:
    return part.model_copy(update={"shown": True})
