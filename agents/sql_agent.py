"""Puts the next statement in hand for the current step: one that is settled already, or a repair of the one that failed."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agents.deps import TurnDeps, emit, thinking
from agents.events import RepairStarted, SqlDrafted, StageStarted
from agents.plan import Plan
from agents.state import Candidate, Draft, TurnState
from connectors.errors import QueryRejected


async def sql_agent(state: TurnState, runtime: Runtime[TurnDeps]) -> TurnState:
    """Raises `QueryRejected` with the last problem when no statement is left to try."""
    deps = runtime.context
    plan = Plan.model_validate(state["plan"])
    step = plan.steps[state["step"]]
    tried, problem = state.get("tried", []), state.get("problem", "")
    attempt = len(tried) + 1
    if problem:
        emit(runtime, RepairStarted(step=step.id, attempt=attempt, problem=problem))
    else:
        emit(runtime, StageStarted(stage="writing_sql"))
    chosen = await _next(state, runtime, plan)
    if chosen is None:
        raise QueryRejected(
            problem or state.get("unsettled") or "The plan could not be turned into a statement."
        )
    source = deps.sources[step.source_id]
    emit(
        runtime,
        SqlDrafted(
            step=step.id,
            sql=chosen["sql"],
            dialect=source.capabilities.dialect,
            attempt=attempt,
            origin=chosen["origin"],
        ),
    )
    draft = Draft(
        sql=chosen["sql"], origin=chosen["origin"], attempt=attempt, sha256="", lineage=[], approved=False
    )
    return TurnState(draft=draft, tried=[*tried, chosen["sql"]], route="check")


async def _next(state: TurnState, runtime: Runtime[TurnDeps], plan: Plan) -> Candidate | None:
    """In order: what was settled before, what the reasoner writes for the plan, what it makes of the failure."""
    deps, step = runtime.context, plan.steps[state["step"]]
    tried, problem = state.get("tried", []), state.get("problem", "")
    for candidate in state["candidates"].get(step.id, []):
        if candidate["sql"] not in tried:
            return candidate
    if len(tried) > deps.budget.limits.repairs:
        return None
    by = state["verdict"]["reasoner"]
    task = thinking(state, deps)
    if not tried:
        written = await deps.reasoners.write_sql(by, task, plan, step)
    else:
        repaired = await deps.reasoners.repair(by, task, plan, step, tried[-1], problem)
        written = [repaired] if repaired is not None else []
    fresh = [sql for sql in written if sql not in tried]
    return Candidate(sql=fresh[0], origin="llm" if by == "llm" else "embedded") if fresh else None
