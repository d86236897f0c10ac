"""What a check offers instead of the statement it doubts, as changed plans that one click takes."""

from __future__ import annotations

from agents.budget import Budget
from agents.checks import check_statement, first_failure, rewrites_of
from agents.checks.base import Rewrite, Statement
from agents.deps import OpenSource
from agents.events import PlanOffer
from agents.plan import Plan, PlanStep
from agents.plans.compile import CannotPlan
from agents.plans.reading import plan_query_of
from agents.statements import compiled, inspect

MOST = 6


def offers_of(statement: Statement, plan: Plan, source: OpenSource, budget: Budget) -> tuple[PlanOffer, ...]:
    """Every rewrite that can be said as a plan and passes the checks that the statement had to pass."""
    offers: list[PlanOffer] = []
    for number, (check, rewrite) in enumerate(rewrites_of(statement), 1):
        changed = rewritten(plan, statement.step, rewrite, source)
        if changed is None or not _sound(changed, statement.step.id, source, budget):
            continue
        offers.append(
            PlanOffer(
                id=f"{statement.step.id}.{check}.{number}",
                check=check,
                label=rewrite.label,
                detail=rewrite.detail,
                plan=changed,
            )
        )
    return tuple(offers[:MOST])


def rewritten(plan: Plan, step: PlanStep, rewrite: Rewrite, source: OpenSource) -> Plan | None:
    """The plan with one step as the rewrite says it, or None when no plan can say it."""
    try:
        query = plan_query_of(rewrite.reading, source.knowledge.schema, source.capabilities.dialect)
    except CannotPlan:
        return None
    changed = step.model_copy(update={"query": query})
    steps = tuple(changed if other.id == step.id else other for other in plan.steps)
    return plan.model_copy(update={"steps": steps})


def _sound(plan: Plan, step_id: str, source: OpenSource, budget: Budget) -> bool:
    step = next(step for step in plan.steps if step.id == step_id)
    sql = compiled(step, source)
    if sql is None:
        return False
    return first_failure(check_statement(inspect(sql, step, "embedded", source, budget))) is None
