"""The plan that a statement keeps, read from its syntax tree and never from what a model says about it."""

from __future__ import annotations

from functools import cache

from agents.plan import Plan, PlanQuery, PlanStep
from agents.plans.compile import CannotPlan
from agents.plans.reading import plan_query_of
from connectors.base import Capabilities
from connectors.errors import QueryRejected
from connectors.sql import guard
from connectors.sql.policy import EVERYTHING
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
    """The guard looks first: a short text can keep a parser busy for hours, and only the guard's can be stopped.

    This is no permission to run it; that is decided with the reader's own policy later.
    """
    try:
        guard.admit(sql, _parser_of(knowledge.dialect), EVERYTHING)
        return from_sql(sql, knowledge.dialect, knowledge.schema)
    except (QueryRejected, NotReadable) as error:
        raise CannotDerive(str(error)) from error


@cache
def _parser_of(dialect: str) -> Capabilities:
    return Capabilities(
        engine=dialect,
        dialect=dialect,
        read_only_enforced=True,
        can_cancel=False,
        can_explain=False,
        lists_read_tables=False,
    )
