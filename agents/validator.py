"""Decides whether the statement in hand may run: every check before it, one failure keeps it back."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from langgraph.runtime import Runtime

from agents.checks import check_statement, first_failure
from agents.deps import TurnDeps, emit
from agents.doubts.asking import asked_of
from agents.doubts.probing import measured, plain
from agents.events import ChecksFinished, StageStarted
from agents.fingerprints import sha256
from agents.plan import Plan
from agents.state import Draft, TurnState
from agents.statements import ask_engine, inspect, problem_of


async def validator(state: TurnState, runtime: Runtime[TurnDeps]) -> TurnState:
    deps = runtime.context
    emit(runtime, StageStarted(stage="checking"))
    draft = state["draft"]
    plan = Plan.model_validate(state["plan"])
    step = plan.steps[state["step"]]
    source = deps.sources[step.source_id]
    asked, digest = asked_of(state, deps, plan), sha256(draft["sql"])
    statement = await asyncio.to_thread(
        inspect, draft["sql"], step, draft["origin"], source, deps.budget, asked
    )
    figures = state.get("figures", {})
    statement = replace(statement, figures=figures.get(digest, {}))
    if first_failure(check_statement(statement)) is None:
        statement = await ask_engine(statement, source, deps.budget)
        if digest not in figures:
            statement = await measured(statement, source, deps.budget)
    checks = check_statement(statement)
    passed = first_failure(checks) is None and statement.safe is not None
    finished = ChecksFinished(
        step=step.id,
        attempt=draft["attempt"],
        checks=checks,
        conformance=statement.points,
        back_translation=statement.back_translation,
        sha256=digest if statement.safe is not None else "",
        passed=passed,
    )
    emit(runtime, finished)
    lineage = [list(names) for names in statement.lineage]
    approved: Draft = {**draft, "sha256": finished.sha256, "lineage": lineage, "approved": passed}
    update = TurnState(
        draft=approved,
        checked=finished.model_dump(mode="json"),
        figures={**figures, digest: plain(statement.figures)},
    )
    if not passed:
        update["problem"] = problem_of(checks)
        update["route"] = "write"
    elif _needs_review(state, deps):
        update["route"] = "review"
    else:
        update["route"] = "run"
    return update


def _needs_review(state: TurnState, deps: TurnDeps) -> bool:
    """Once per turn: a statement that a reviewer approved or wrote does not come back to them."""
    return "review" not in state and state["judged"]["confidence"] < deps.settings.review_below
