"""Names that a person gave to what a plan shows stay with it when the plan is changed in words."""

from __future__ import annotations

from dataclasses import replace

from agents.plan import Dimension, Measure, PlanQuery
from agents.plans.compile import CannotPlan
from agents.plans.reading import plan_query_of, reading_of
from agents.reasoners.base import Proposal
from agents.reasoners.embedded.compile import NoPath, to_reading
from agents.reasoners.embedded.draft import Draft
from agents.reasoners.embedded.naming import named
from connectors.sql.readings.render import to_sql
from knowledge.base import SourceKnowledge

_Key = tuple[str, ...]


def with_labels(proposal: Proposal, before: PlanQuery, draft: Draft, knowledge: SourceKnowledge) -> Proposal:
    """The proposal with the labels of `before` that are not the ones its `draft` would get by itself."""
    given = _given(before, draft, knowledge)
    step = proposal.plan.steps[-1]
    query = step.query

    dimensions = tuple(
        part.model_copy(update={"label": given.get(_key(part, query), part.label)})
        for part in query.dimensions
    )
    measures = tuple(
        part.model_copy(update={"label": given.get(_key(part, query), part.label)}) for part in query.measures
    )
    query = query.model_copy(update={"dimensions": dimensions, "measures": measures})
    if query == step.query:
        return proposal
    try:
        sql = to_sql(reading_of(query, knowledge.dialect), knowledge.dialect)
    except CannotPlan:
        return proposal
    plan = proposal.plan.model_copy(
        update={"steps": (*proposal.plan.steps[:-1], step.model_copy(update={"query": query}))}
    )
    return replace(proposal, plan=plan, sql={**proposal.sql, step.id: sql})


def _given(before: PlanQuery, draft: Draft, knowledge: SourceKnowledge) -> dict[_Key, str]:
    """What a person called the parts of a plan."""
    try:
        own = plan_query_of(
            named(to_reading(draft, knowledge), knowledge.schema), knowledge.schema, knowledge.dialect
        )
    except (NoPath, CannotPlan):
        return {}
    usual = {_key(part, own): part.label for part in _parts(own)}
    said = {_key(part, before): part.label for part in _parts(before)}
    return {key: label for key, label in said.items() if label and key in usual and usual[key] != label}


def _parts(query: PlanQuery) -> list[Dimension | Measure]:
    dimensions: list[Dimension | Measure] = [part for part in query.dimensions if part.shown]
    return [*dimensions, *(part for part in query.measures if part.shown)]


def _key(part: Dimension | Measure, query: PlanQuery) -> _Key:
    """What a part computes, whatever the aliases of the tables."""
    tables = {table.alias: table.table for table in query.tables}
    column = (tables.get(part.column.table, ""), part.column.column) if part.column is not None else ("", "")
    kind = part.function if isinstance(part, Measure) else f"by {part.grain}"
    return (kind, *column, part.expression or "")
