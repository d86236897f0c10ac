"""The plan that a statement keeps, read from its syntax tree and never from what a model says about it."""

from __future__ import annotations

from agents.plan import Plan, PlanQuery, PlanStep
from agents.plans.compile import CannotPlan
from agents.plans.reading import plan_query_of
from agents.plans.texts import look_first
from connectors.errors import QueryRejected
from connectors.sql.reading import Reading
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.scope import NotReadable
from knowledge.base import SourceKnowledge

STEP = "s1"
"""Id of the only step of a derived plan."""


class CannotDerive(ValueError):
    """The statement cannot be read, or no plan can say what it does."""


def derive_plan(sql: str, knowledge: SourceKnowledge, question: str) -> Plan:
    query = derive_query(sql, knowledge)
    step = PlanStep(id=STEP, source_id=knowledge.source_id, source_name=knowledge.source_name, query=query)
    return Plan(question=question, steps=(step,))


def derive_query(sql: str, knowledge: SourceKnowledge) -> PlanQuery:
    try:
        return plan_query_of(read(sql, knowledge), knowledge.schema, knowledge.dialect)
    except CannotPlan as error:
        raise CannotDerive(str(error)) from error


def read(sql: str, knowledge: SourceKnowledge) -> Reading:
    try:
        look_first(sql, knowledge.dialect)
        return from_sql(sql, knowledge.dialect, knowledge.schema)
    except (QueryRejected, NotReadable) as error:
        raise CannotDerive(str(error)) from error
