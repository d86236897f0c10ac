"""Routes an unsure turn to a human reviewer and waits for the decision, however long it takes."""

from __future__ import annotations

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from agents.deps import ReviewRequestData, TurnDeps, emit
from agents.events import ChecksFinished, ReviewDecided, ReviewRequested, SqlDrafted, StageStarted
from agents.fingerprints import short_id
from agents.plan import Plan
from agents.replies import ReviewAnswer
from agents.state import Draft, TurnState


async def request_review(state: TurnState, runtime: Runtime[TurnDeps]) -> TurnState:
    deps = runtime.context
    emit(runtime, StageStarted(stage="review"))
    plan = Plan.model_validate(state["plan"])
    step = plan.steps[state["step"]]
    source = deps.sources[step.source_id]
    checked = ChecksFinished.model_validate(state["checked"])
    review_id = short_id(state["turn_id"], "review", step.id)
    confidence = state["judged"]["confidence"]
    reason = " ".join(state["judged"]["reasons"]) or "The answer is less sure than this project asks for."
    request = ReviewRequestData(
        reason=reason,
        question=plan.question,
        plan=plan,
        source_id=source.id,
        source_name=source.name,
        dialect=source.capabilities.dialect,
        sql=state["draft"]["sql"],
        back_translation=checked.back_translation,
        checks=checked.checks,
        conformance=checked.conformance,
        confidence=confidence,
    )
    await deps.reviews.request(review_id, state["turn_id"], request)
    event = ReviewRequested(review_id=review_id, reason=reason)
    emit(runtime, event)
    return TurnState(review=event.model_dump(mode="json"), route="wait")


async def review(state: TurnState, runtime: Runtime[TurnDeps]) -> TurnState:
    """A corrected statement passes the same checks as any other before it runs."""
    review_id = str(state["review"]["review_id"])
    answer = ReviewAnswer.model_validate(interrupt({"what": "review", "id": review_id}))
    decided = ReviewDecided(review_id=review_id, decision=answer.decision, by=answer.by, note=answer.note)
    emit(runtime, decided)
    kept = decided.model_dump(mode="json")
    if answer.decision == "rejected":
        return TurnState(review=kept, status="rejected", route="end")
    if answer.decision == "approved":
        return TurnState(review=kept, route="run")
    step = Plan.model_validate(state["plan"]).steps[state["step"]]
    source = runtime.context.sources[step.source_id]
    attempt = state["draft"]["attempt"] + 1
    emit(
        runtime,
        SqlDrafted(
            step=step.id,
            sql=answer.sql,
            dialect=source.capabilities.dialect,
            attempt=attempt,
            origin="reviewer",
        ),
    )
    draft = Draft(sql=answer.sql, origin="reviewer", attempt=attempt, sha256="", lineage=[], approved=False)
    return TurnState(review=kept, draft=draft, tried=[*state["tried"], answer.sql], route="check")
