"""Decides what kind of turn this is: think, ask back, answer at once, or decline."""

from __future__ import annotations

from dataclasses import replace

from langgraph.runtime import Runtime

from agents.answers.beside import shown_beside
from agents.deps import TurnDeps, emit, thinking
from agents.doubts.carried import with_left_out
from agents.doubts.unknown_words import WITHOUT, word_question
from agents.events import AnswerReady, ClarificationAsked, Declined, QuestionUnderstood, StageStarted
from agents.reasoners.base import DirectAnswer, Proposal, Question, Refusal, Thought
from agents.reasoners.choice import Thoughtful
from agents.reasoners.pattern import approved_answer
from agents.state import Grounds, TurnState, Verdict


async def orchestrator(state: TurnState, runtime: Runtime[TurnDeps]) -> TurnState:
    deps = runtime.context
    emit(runtime, StageStarted(stage="understanding"))
    if not deps.sources:
        message = "There is no datasource to ask yet. Add one, or ask for the right to use one."
        emit(runtime, Declined(reason="no_source", message=message))
        return TurnState(status="declined", route="end")
    if not any(source.knowledge.schema.tables for source in deps.sources.values()):
        names = " and ".join(f"“{source.knowledge.source_name}”" for source in deps.sources.values())
        message = f"There are no tables to ask in {names}. When there are, index the source again."
        emit(runtime, Declined(reason="no_source", message=message))
        return TurnState(status="declined", route="end")
    task = thinking(state, deps)
    known = await approved_answer(task)
    thought = Thoughtful(known, "embedded") if known is not None else await deps.reasoners.think(task)
    return take(state, runtime, thought)


def take(state: TurnState, runtime: Runtime[TurnDeps], thoughtful: Thoughtful) -> TurnState:
    """What follows from a thought, told and kept."""
    thought = thoughtful.thought
    emit(runtime, _understood(state["question"], thoughtful))
    match thought:
        case Proposal():
            return _propose_or_ask(state, runtime, thought, thoughtful)
        case Question():
            return _ask(state, runtime, thought)
        case DirectAnswer():
            emit(
                runtime,
                AnswerReady(
                    text=thought.text,
                    confidence=1.0,
                    confidence_label="checked",
                    follow_ups=thought.follow_ups,
                ),
            )
            return TurnState(status="answered", route="end")
        case Refusal():
            emit(
                runtime,
                Declined(
                    reason=thought.reason,
                    message=" ".join((thought.message, *runtime.context.away.values())),
                    links=thought.links,
                    suggestions=thought.suggestions,
                ),
            )
            return TurnState(status="declined", route="end")


def _understood(question: str, thoughtful: Thoughtful) -> QuestionUnderstood:
    thought: Thought = thoughtful.thought
    reasoner, note = thoughtful.reasoner, thoughtful.note
    match thought:
        case Proposal():
            plan = thought.plan
            return QuestionUnderstood(
                restated=plan.question, route=thought.route, reasoner=reasoner, links=plan.links, note=note
            )
        case Question():
            return QuestionUnderstood(
                restated=question, route="clarify", reasoner=reasoner, links=thought.links, note=note
            )
        case DirectAnswer():
            return QuestionUnderstood(restated=question, route="direct", reasoner=reasoner, note=note)
        case Refusal():
            return QuestionUnderstood(
                restated=question, route="refuse", reasoner=reasoner, links=thought.links, note=note
            )


def _propose_or_ask(
    state: TurnState, runtime: Runtime[TurnDeps], proposal: Proposal, thoughtful: Thoughtful
) -> TurnState:
    update = _propose(state, runtime.context, proposal, thoughtful)
    asked = state.get("clarifications", 0)
    question = word_question(proposal, state.get("answers", {}))
    limit = runtime.context.budget.limits.clarifications
    if question is None or state.get("revision", 0) or asked >= limit:
        return update
    emit(runtime, question)
    update["clarification"] = question.model_dump(mode="json")
    update["clarifications"] = asked + 1
    update["offered"] = {WITHOUT: update["plan"]}
    update["route"] = "clarify"
    return update


def _propose(state: TurnState, deps: TurnDeps, proposal: Proposal, thoughtful: Thoughtful) -> TurnState:
    if proposal.origin != "pattern":
        beside = shown_beside(proposal.plan, deps.sources)
        sql = proposal.sql if beside is proposal.plan else {}
        proposal = replace(proposal, plan=with_left_out(beside), sql=sql)
    verdict = Verdict(
        confidence=proposal.confidence,
        origin=proposal.origin,
        label=proposal.label,
        reasons=list(proposal.reasons),
        reasoner=thoughtful.reasoner,
        note=thoughtful.note,
    )
    written = {step: [{"sql": sql, "origin": proposal.origin}] for step, sql in proposal.sql.items()}
    plan = proposal.plan.model_dump(mode="json")
    return TurnState(
        plan=plan,
        grounds=Grounds(plan=plan, confidence=proposal.confidence),
        verdict=verdict,
        candidates=written,  # type: ignore[typeddict-item]
        route="plan",
    )


def _ask(state: TurnState, runtime: Runtime[TurnDeps], question: Question) -> TurnState:
    asked = state.get("clarifications", 0)
    if asked >= runtime.context.budget.limits.clarifications:
        if question.best is not None:
            return _propose(state, runtime.context, question.best, Thoughtful(question.best, "embedded"))
        message = "The question can still be read in more than one way. Please say it in other words."
        emit(runtime, Declined(reason="not_understood", message=message, links=question.links))
        return TurnState(status="declined", route="end")
    event = ClarificationAsked(
        clarification_id=question.clarification_id, question=question.text, options=question.options
    )
    emit(runtime, event)
    return TurnState(clarification=event.model_dump(mode="json"), clarifications=asked + 1, route="clarify")
