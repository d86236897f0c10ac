"""The nodes that wait for the asker: to answer a clarifying question, and to confirm, change or reject a plan."""

from __future__ import annotations

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from agents.deps import TurnDeps, emit
from agents.events import ClarificationAnswered, ClarificationAsked, PlanConfirmed, PlanRejected
from agents.fingerprints import sha256
from agents.replies import PLAN_ANSWER, ClarifyAnswer, ConfirmAnswer, RejectAnswer, ReviseAnswer
from agents.state import Confirmation, Grounds, TurnState


async def clarify(state: TurnState, runtime: Runtime[TurnDeps]) -> TurnState:
    """Waits for an option or a text, and thinks again with it; an option that stands for a plan needs no thought."""
    asked = ClarificationAsked.model_validate(state["clarification"])
    given = interrupt({"what": "clarification", "id": asked.clarification_id})
    answer = ClarifyAnswer.model_validate(given)
    emit(
        runtime,
        ClarificationAnswered(
            clarification_id=asked.clarification_id, option_id=answer.option_id, text=answer.text
        ),
    )
    answers = {**state.get("answers", {}), asked.clarification_id: answer.option_id or answer.text}
    offered = state.get("offered", {})
    if answer.option_id in offered:
        plan = offered[answer.option_id]
        kept = state["candidates"] if plan == state["plan"] else {}
        grounds = Grounds(plan=plan, confidence=state["verdict"]["confidence"])
        return TurnState(
            answers=answers, plan=plan, grounds=grounds, candidates=kept, offered={}, route="plan"
        )
    return TurnState(answers=answers, offered={}, route="think")


async def confirm(state: TurnState, runtime: Runtime[TurnDeps]) -> TurnState:
    """Waits for the person unless the project lets this plan run."""
    revision = state["revision"]
    if not state["awaits"]:
        emit(runtime, PlanConfirmed(revision=revision, by="policy"))
        return TurnState(
            confirmation=_confirmation(state, runtime.context, ""), step=0, results=[], route="write"
        )
    answer = PLAN_ANSWER.validate_python(interrupt({"what": "confirmation", "id": str(revision)}))
    match answer:
        case ConfirmAnswer():
            emit(runtime, PlanConfirmed(revision=revision, by="person"))
            confirmation = _confirmation(state, runtime.context, answer.by)
            return TurnState(confirmation=confirmation, step=0, results=[], route="write")
        case RejectAnswer():
            emit(runtime, PlanRejected(revision=revision, reason=answer.reason))
            return TurnState(status="rejected", route="end")
        case ReviseAnswer():
            return TurnState(request=answer.model_dump(mode="json"), route="revise")


def _confirmation(state: TurnState, deps: TurnDeps, by: str) -> Confirmation:
    """Binds the plan, the bytes that were shown, the person, and the schema they were shown for."""
    return Confirmation(
        revision=state["revision"],
        by=by,
        statements={
            step: sha256(options[0]["sql"]) for step, options in state["candidates"].items() if options
        },
        fingerprints={source.id: source.knowledge.fingerprint for source in deps.sources.values()},
    )
