"""The reasoner that asks a language model. One call makes a proposal; the plan is then read from the statement's own tree."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from agents.budget import Budget
from agents.events import ClarificationOption
from agents.llm.models import ChatModels, Message, Tier
from agents.llm.parsing import Unusable, parse_reply
from agents.plan import Assumption, AssumptionOption, Plan, PlanStep
from agents.plans.compile import CannotPlan, reading_of
from agents.plans.derivation import CannotDerive, derive_plan
from agents.prompts import fenced, render
from agents.reasoners.base import (
    DirectAnswer,
    ModelUnavailable,
    Proposal,
    Question,
    Refusal,
    Summary,
    Thinking,
    Thought,
)
from agents.reasoners.llm_context import approved, as_data, hints_text, history_text, schema_text
from connectors.base import QueryResult
from connectors.sql.readings.render import to_sql
from knowledge.base import SourceKnowledge

MAX_CONFIDENCE = 0.85
"""A model's own opinion counts up to here; agreement and checks do the rest."""
SUMMARY_ROWS = 20
R = TypeVar("R", bound=BaseModel)


class _Reply(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Assumed(_Reply):
    text: str
    options: list[str] = []


class ThoughtReply(_Reply):
    """What prompts/plan.md and prompts/revise.md ask for."""

    route: Literal["plan", "follow_up", "clarify", "direct", "refuse"]
    restated: str = ""
    source: str = ""
    sql: str = ""
    assumptions: list[_Assumed] = []
    confidence: float = Field(default=0.6, ge=0, le=1)
    question: str = ""
    options: list[str] = []
    reason: Literal["not_understood", "off_topic", "writes_data", "unsupported"] = "not_understood"
    message: str = ""

    @field_validator("assumptions", mode="before")
    @classmethod
    def _plain_sentences(cls, value: object) -> object:
        """Models like to send sentences instead of objects."""
        if isinstance(value, list):
            return [{"text": item} if isinstance(item, str) else item for item in value]
        return value


class SqlReply(_Reply):
    sql: str


class SummaryReply(_Reply):
    text: str = Field(min_length=1)
    follow_ups: list[str] = []


class LlmReasoner:
    name: Literal["embedded", "llm"] = "llm"

    def __init__(self, models: ChatModels, budget: Budget) -> None:
        self._models = models
        self._budget = budget

    async def think(self, thinking: Thinking) -> Thought:
        system, human = render(
            "plan",
            dialect=_dialects(thinking),
            today=thinking.today.isoformat(),
            schema=await schema_text(thinking),
            hints=await asyncio.to_thread(hints_text, thinking, await approved(thinking)),
            history=history_text(thinking.history),
            question=fenced(thinking.question, 8_100),
        )
        return await self._thought(thinking, system, human)

    async def revise(self, thinking: Thinking, plan: Plan, words: str) -> Thought:
        present = {"question": plan.question, "queries": [_compiled(s, thinking) for s in plan.steps]}
        system, human = render(
            "revise",
            dialect=_dialects(thinking),
            today=thinking.today.isoformat(),
            schema=await schema_text(thinking),
            hints=await asyncio.to_thread(hints_text, thinking, ()),
            present=as_data(present),
            wish=fenced(words, 2_000),
        )
        return await self._thought(thinking, system, human)

    async def write_sql(self, thinking: Thinking, plan: Plan, step: PlanStep) -> Sequence[str]:
        system, human = render(
            "write_sql",
            dialect=thinking.sources[step.source_id].dialect,
            today=thinking.today.isoformat(),
            schema=await schema_text(thinking),
            plan=as_data(_slim(plan)),
        )
        reply = await self._ask("strong", system, human, SqlReply)
        return [clean_sql(reply.sql)] if reply.sql.strip() else []

    async def repair(
        self, thinking: Thinking, plan: Plan, step: PlanStep, sql: str, problem: str
    ) -> str | None:
        system, human = render(
            "repair",
            dialect=thinking.sources[step.source_id].dialect,
            schema=await schema_text(thinking),
            plan=as_data(_slim(plan)),
            failure=as_data({"query": sql, "problem": problem[:600]}),
        )
        reply = await self._ask("strong", system, human, SqlReply)
        mended = clean_sql(reply.sql)
        return mended if mended and mended != sql else None

    async def summarise(self, thinking: Thinking, plan: Plan, results: Sequence[QueryResult]) -> Summary:
        result = results[-1]
        allowed = all(knowledge.values_allowed for knowledge in thinking.sources.values())
        shown = [list(row) for row in result.rows[:SUMMARY_ROWS]] if allowed else []
        data = {"columns": [c.name for c in result.columns], "row_count": len(result.rows), "rows": shown}
        system, human = render("summarise", question=fenced(plan.question, 2_000), rows=as_data(data))
        reply = await self._ask("fast", system, human, SummaryReply)
        return Summary(reply.text, follow_ups=tuple(text[:120] for text in reply.follow_ups[:3]))

    async def _thought(self, thinking: Thinking, system: str, human: str) -> Thought:
        """One answer, and one more chance when it cannot be used."""
        messages: list[Message] = [("system", system), ("human", human)]
        for last in (False, True):
            text = (await self._models.call("strong", messages, self._budget)).text
            try:
                reply = parse_reply(text, ThoughtReply)
                return await asyncio.to_thread(_as_thought, reply, thinking)
            except Unusable as problem:
                if last:
                    raise ModelUnavailable("The language model gave no usable answer.") from problem
                messages += [
                    ("ai", text[:4_000]),
                    ("human", f"That cannot be used: {problem}. Answer again."),
                ]
        raise AssertionError("unreachable")

    async def _ask(self, tier: Tier, system: str, human: str, shape: type[R]) -> R:
        messages: list[Message] = [("system", system), ("human", human)]
        for last in (False, True):
            text = (await self._models.call(tier, messages, self._budget)).text
            try:
                return parse_reply(text, shape)
            except Unusable as problem:
                if last:
                    raise ModelUnavailable("The language model gave no usable answer.") from problem
                messages += [
                    ("ai", text[:4_000]),
                    ("human", f"That cannot be used: {problem}. Answer again."),
                ]
        raise AssertionError("unreachable")


def _as_thought(reply: ThoughtReply, thinking: Thinking) -> Thought:
    """Raises `Unusable` with what the model should do better."""
    if reply.route == "direct":
        if not reply.message.strip():
            raise Unusable("message is empty")
        return DirectAnswer(reply.message)
    if reply.route == "refuse":
        message = reply.message or "The question could not be understood."
        return Refusal(reply.reason, message)
    if reply.route == "clarify":
        if not reply.question.strip():
            raise Unusable("question is empty")
        options = [ClarificationOption(id=text[:200], label=text[:200]) for text in reply.options[:4]]
        asked = len(thinking.answers) + 1
        return Question(f"llm-{asked}: {reply.question[:200]}", reply.question, tuple(options))
    return _as_proposal(reply, thinking)


def _as_proposal(reply: ThoughtReply, thinking: Thinking) -> Proposal:
    sql = clean_sql(reply.sql)
    if not sql:
        raise Unusable("sql is empty")
    knowledge = _source_of(reply, thinking)
    try:
        plan = derive_plan(sql, knowledge, reply.restated or thinking.question)
    except CannotDerive as error:
        raise Unusable(f"sql: {error}") from error
    confidence = min(reply.confidence, MAX_CONFIDENCE)
    assumptions = tuple(_assumption(index, a) for index, a in enumerate(reply.assumptions[:5], 1))
    plan = plan.model_copy(update={"assumptions": assumptions, "confidence": confidence, "reasoner": "llm"})
    return Proposal(
        plan=plan,
        sql={plan.steps[0].id: sql},
        confidence=confidence,
        origin="llm",
        label="checked" if confidence >= 0.6 and not assumptions else "check_this",
        route="follow_up" if reply.route == "follow_up" else "plan",
    )


def _source_of(reply: ThoughtReply, thinking: Thinking) -> SourceKnowledge:
    if reply.source in thinking.sources:
        return thinking.sources[reply.source]
    if len(thinking.sources) == 1:
        return next(iter(thinking.sources.values()))
    raise Unusable(f"source must be one of {', '.join(thinking.sources)}")


def _assumption(index: int, assumed: _Assumed) -> Assumption:
    options = tuple(AssumptionOption(id=text[:200], label=text[:200]) for text in assumed.options[:4])
    return Assumption(
        id=f"a{index}", text=assumed.text[:400], options=options, chosen=options[0].id if options else ""
    )


def clean_sql(text: str) -> str:
    """Without a fence and without the semicolon at its end."""
    text = text.strip()
    if text.startswith("```"):
        text = text.strip("`").removeprefix("sql").strip()
    return text.rstrip().rstrip(";").rstrip()


def _dialects(thinking: Thinking) -> str:
    named = {k.source_id: k.dialect for k in thinking.sources.values()}
    distinct = sorted(set(named.values()))
    return distinct[0] if len(distinct) == 1 else ", ".join(f"{s}: {d}" for s, d in named.items())


def _compiled(step: PlanStep, thinking: Thinking) -> str:
    """The statement a step says; the plan's own fields when it cannot be compiled."""
    knowledge = thinking.sources[step.source_id]
    try:
        return to_sql(reading_of(step.query, knowledge.dialect, knowledge.schema), knowledge.dialect)
    except CannotPlan:
        return step.query.model_dump_json(exclude_defaults=True)


def _slim(plan: Plan) -> dict[str, object]:
    """The plan without what the model does not need."""
    return {
        "question": plan.question,
        "steps": [step.model_dump(mode="json", exclude_defaults=True) for step in plan.steps],
    }
