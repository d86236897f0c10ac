"""Makes the plan that a person looks at: statements that keep it, what it will cost, how sure it is; and its revisions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from langgraph.runtime import Runtime

from agents.checks import check_statement
from agents.checks.base import Statement
from agents.checks.scan import foretold
from agents.deps import TurnDeps, emit, thinking
from agents.doubts.asking import EDITED, asked_of
from agents.doubts.carried import with_left_out
from agents.doubts.confidence import confidence, doubts_of, features, label_of
from agents.doubts.edited import after_fields, after_words, steps_digest
from agents.doubts.offers import offers_of
from agents.doubts.probing import measured, plain
from agents.doubts.role_question import role_question
from agents.doubts.same_rows import compared
from agents.events import CheckResult, Declined, PlanProposed, StageStarted
from agents.fingerprints import sha256
from agents.orchestrator import take
from agents.plan import Assumption, Estimate, Plan
from agents.plans.diff import plan_changes
from agents.reasoners.base import BudgetSpent, Proposal, Refusal
from agents.reasoners.choice import Thoughtful
from agents.replies import ReviseAnswer
from agents.state import Candidate, Grounds, TurnState, Verdict
from agents.statements import ask_engine, settle

NOT_UNDERSTOOD = "Not understood:"


async def planner(state: TurnState, runtime: Runtime[TurnDeps]) -> TurnState:
    """Settles the statements of a plan and proposes it as the next revision."""
    deps = runtime.context
    emit(runtime, StageStarted(stage="planning"))
    plan = Plan.model_validate(state["plan"])
    strange = [step.source_name for step in plan.steps if step.source_id not in deps.sources]
    away = [deps.away[step.source_id] for step in plan.steps if step.source_id in deps.away]
    if away:
        emit(runtime, Declined(reason="no_source", message=" ".join(away)))
        return TurnState(status="declined", route="end")
    if strange:
        message = f"You have no right to read {', '.join(strange)}."
        emit(runtime, Declined(reason="not_permitted", message=message))
        return TurnState(status="declined", route="end")
    settled = await _settled(state, deps, plan)
    if settled.forbidden:
        emit(runtime, Declined(reason="not_permitted", message=settled.forbidden))
        return TurnState(status="declined", route="end")
    update = _asked_back(state, runtime, plan, settled.drafts)
    if update is None:
        update = await _proposed(state, runtime, plan, settled)
    update["candidates"] = settled.candidates
    update["figures"] = {sha256(draft.sql): plain(draft.figures) for draft in settled.drafts}
    return update


@dataclass(slots=True)
class Settled:
    """What became of a plan's steps."""

    candidates: dict[str, list[Candidate]] = field(default_factory=dict)
    drafts: list[Statement] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    forbidden: str = ""


async def _settled(state: TurnState, deps: TurnDeps, plan: Plan) -> Settled:
    settled = Settled()
    asked = asked_of(state, deps, plan)
    for step in plan.steps:
        source = deps.sources[step.source_id]
        written = state.get("candidates", {}).get(step.id, [])
        kept, draft, problem = await asyncio.to_thread(settle, step, written, source, deps.budget, asked)
        settled.candidates[step.id] = kept
        if draft is not None:
            draft = await ask_engine(draft, source, deps.budget)
            draft = await measured(draft, source, deps.budget)
            settled.drafts.append(await compared(draft, source, deps.budget))
            continue
        settled.problems.append(problem.detail)
        if problem.name == "permitted":
            settled.forbidden = problem.detail
    return settled


def _asked_back(
    state: TurnState, runtime: Runtime[TurnDeps], plan: Plan, drafts: list[Statement]
) -> TurnState | None:
    """A role that the question leaves open is asked for once, before there is a plan to look at."""
    deps, asked = runtime.context, state.get("clarifications", 0)
    if state.get("revision", 0) or asked >= deps.budget.limits.clarifications:
        return None
    if state["verdict"]["origin"] == "pattern":
        return None
    found = role_question(drafts, plan, deps.sources)
    if found is None:
        return None
    question, plans = found
    emit(runtime, question)
    return TurnState(
        clarification=question.model_dump(mode="json"),
        clarifications=asked + 1,
        offered={option: offer.model_dump(mode="json") for option, offer in plans.items()},
        route="clarify",
    )


async def _proposed(state: TurnState, runtime: Runtime[TurnDeps], plan: Plan, settled: Settled) -> TurnState:
    deps, drafts = runtime.context, settled.drafts
    checks = tuple(check for draft in drafts for check in check_statement(draft))
    offers = [
        offer
        for draft in drafts
        for offer in await asyncio.to_thread(
            offers_of, draft, plan, deps.sources[draft.step.source_id], deps.budget
        )
    ]
    judged = _judge(state["verdict"], plan, checks, settled.problems)
    plan = plan.model_copy(update={"estimate": _estimate(drafts), "confidence": judged["confidence"]})
    revision = state.get("revision", 0) + 1
    awaits = _awaits(deps, judged, not settled.problems)
    before = Plan.model_validate(state["proposed"]) if revision > 1 else None
    emit(
        runtime,
        PlanProposed(
            revision=revision,
            plan=plan,
            summary=" ".join(draft.back_translation for draft in drafts) or plan.question,
            sql=tuple(draft.sql for draft in drafts),
            changes=plan_changes(before, plan) if before is not None else (),
            awaits_confirmation=awaits,
            confidence_label=judged["label"],
            reasons=tuple(judged["reasons"]),
            checks=checks,
            offers=tuple(offers),
        ),
    )
    kept_plan = plan.model_dump(mode="json")
    return TurnState(
        plan=kept_plan,
        proposed=kept_plan,
        first_plan=state.get("first_plan", kept_plan),
        revision=revision,
        judged=judged,
        remedies=[steps_digest(offer.plan) for offer in offers],
        awaits=awaits,
        unsettled=" ".join(settled.problems),
        tried=[],
        problem="",
        route="confirm",
    )


async def revise(state: TurnState, runtime: Runtime[TurnDeps]) -> TurnState:
    """Changes the plan as the person asked; a whole edited plan needs no reasoner."""
    deps = runtime.context
    request = ReviseAnswer.model_validate(state["request"])
    if state["revision"] >= deps.budget.limits.revisions:
        raise BudgetSpent(
            f"This plan has been changed {state['revision']} times; please ask the question anew."
        )
    plan = Plan.model_validate(state["plan"])
    if request.plan is not None:
        return _edited(state, request.plan)
    if request.words:
        thought = await deps.reasoners.revise(thinking(state, deps), plan, request.words)
        if isinstance(thought.thought, Refusal):
            return _unchanged(state, request.words, thought.thought)
        return _reworded(state, plan, take(state, runtime, thought))
    answers = {**state.get("answers", {}), request.assumption_id: request.option_id}
    changed: TurnState = {**state, "answers": answers}
    thought = await deps.reasoners.think(thinking(changed, deps))
    update = take(changed, runtime, _chosen(thought, request))
    update["answers"] = answers
    return update


def _edited(state: TurnState, plan: Plan) -> TurnState:
    """A plan that a person wrote: its statements are compiled from it.

    Only the steps are theirs. What a plan rests on is not theirs to say, and nobody approved the one they wrote.
    """
    known, before = Plan.model_validate(state["plan"]), state["verdict"]
    own = with_left_out(known.model_copy(update={"steps": plan.steps, "knowledge": ()}))
    kept = own.model_dump(mode="json")
    approved = before["label"] == "verified"
    reasons = [] if approved else [reason for reason in before["reasons"] if reason != EDITED]
    verdict: Verdict = {
        **before,
        "origin": "embedded",
        "label": "checked" if approved else before["label"],
        "reasons": [*reasons, EDITED],
    }
    grounds = state.get("grounds") or Grounds(plan=state["plan"], confidence=before["confidence"])
    if steps_digest(plan) in state.get("remedies", ()):
        grounds = Grounds(plan=kept, confidence=before["confidence"])
    verdict["confidence"] = after_fields(grounds["confidence"], Plan.model_validate(grounds["plan"]), plan)
    return TurnState(plan=kept, grounds=grounds, candidates={}, verdict=verdict, route="plan")


def _reworded(state: TurnState, before: Plan, update: TurnState) -> TurnState:
    """What became of a change in words, no surer than the plan that it changed."""
    if "verdict" in update:
        own = state["verdict"]["confidence"]
        sure = after_words(own, update["verdict"]["confidence"], before)
        update["verdict"] = {**update["verdict"], "confidence": sure}
        update["grounds"] = {**update["grounds"], "confidence": sure}
    return update


def _unchanged(state: TurnState, words: str, refusal: Refusal) -> TurnState:
    """Words that were not understood cost nobody their plan: it is proposed again as it was, and says so."""
    reasons = [reason for reason in state["verdict"]["reasons"] if not reason.startswith(NOT_UNDERSTOOD)]
    told = f"{NOT_UNDERSTOOD} “{words}”, so the plan is as it was. {refusal.message}".strip()
    return TurnState(verdict={**state["verdict"], "reasons": [told, *reasons]}, route="plan")


def _chosen(thoughtful: Thoughtful, request: ReviseAnswer) -> Thoughtful:
    """The proposal, with the switch that the person turned left where they put it."""
    proposal = thoughtful.thought
    if not isinstance(proposal, Proposal):
        return thoughtful
    assumptions = tuple(
        a.model_copy(update={"chosen": request.option_id}) if a.id == request.assumption_id else a
        for a in proposal.plan.assumptions
    )
    plan = proposal.plan.model_copy(update={"assumptions": assumptions})
    return replace(thoughtful, thought=replace(proposal, plan=plan))


def _judge(base: Verdict, plan: Plan, checks: Sequence[CheckResult], problems: list[str]) -> Verdict:
    """How sure the turn is before anything ran."""
    open_ends = [_assumed(a) for a in plan.assumptions if len(a.options) > 1]
    doubts = [*open_ends, *doubts_of(checks), *problems]
    evidence = features(plan, checks) | ({"no_statement": float(len(problems))} if problems else {})
    sure = confidence(base["confidence"], evidence, embedded=base["reasoner"] == "embedded")
    label = label_of(base["label"], sure, doubts)
    left = ", ".join(f"“{link.words}”" for link in plan.links if link.kind == "ignored" and link.reason)
    told = [f"Left out of the plan: {left}."] if left else []
    return {**base, "confidence": sure, "label": label, "reasons": [*base["reasons"], *told, *doubts]}


def _assumed(assumption: Assumption) -> str:
    """What was taken for granted, as a sentence."""
    labels = {option.id: option.label for option in assumption.options}
    taken = labels.pop(assumption.chosen, "")
    return (
        f"{assumption.text}: “{taken}” was taken; it may be {' or '.join(f'“{o}”' for o in labels.values())}."
    )


def _awaits(deps: TurnDeps, judged: Verdict, drafted: bool) -> bool:
    settings = deps.settings
    if settings.confirmation == "when_unsure":
        return not drafted or judged["label"] == "check_this" or judged["confidence"] < settings.ask_below
    return settings.confirmation == "always"


def _estimate(drafts: list[Statement]) -> Estimate:
    """Of all steps together; what is not known of one is not known of the whole."""
    if any(draft.restricted for draft in drafts):
        return Estimate()
    costs = [foretold(draft) for draft in drafts]

    def together(values: Iterable[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return sum(known) if known and len(known) == len(costs) else None

    return Estimate(
        rows=together(cost.rows for cost in costs),
        bytes=together(cost.bytes for cost in costs),
        seconds=together(cost.seconds for cost in costs),
    )
