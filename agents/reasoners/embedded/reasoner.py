"""The reasoner that needs no model: a semantic parser behind the same port as the language model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from agents.answers.chart import choose_chart
from agents.answers.labels import output_labels
from agents.answers.summary import describe
from agents.doubts.unknown_words import explained
from agents.plan import Plan, PlanQuery, PlanStep
from agents.plans.reading import CannotPlan, reading_of
from agents.reasoners.base import (
    PreviousTurn,
    Proposal,
    Question,
    Refusal,
    Summary,
    Thinking,
    Thought,
)
from agents.reasoners.embedded import refuse
from agents.reasoners.embedded.analytic.join_in import with_business
from agents.reasoners.embedded.clarify import READING, assumed, choice, chosen, option_id
from agents.reasoners.embedded.decompile import TooRich, draft_of
from agents.reasoners.embedded.dialogue.discount import Discount, without_discount
from agents.reasoners.embedded.dialogue.go_on import go_on
from agents.reasoners.embedded.dialogue.labels import with_labels
from agents.reasoners.embedded.dialogue.scene import Scene
from agents.reasoners.embedded.draft import Draft
from agents.reasoners.embedded.follow_up import drops_part, goes_back
from agents.reasoners.embedded.propose import decide, decline, proposal, strangers
from agents.reasoners.embedded.think import Understanding, understand
from connectors.base import QueryResult
from connectors.sql.readings.render import to_sql
from knowledge.base import SourceKnowledge
from knowledge.lexicon import load
from knowledge.linking import linker_for
from knowledge.question_words import tokenise

LONGEST_QUESTION, MOST_WORDS = 2_000, 120
"""Characters and words; a longer text is not one question."""
LONGEST_EDIT = 300
"""Characters in which a change of an answer can be said."""
_CHANGED = re.compile(r"(.+) \(([^()]+)\)", re.DOTALL)
"""A question, and what was said to it."""
_REMEMBERED = 4
"""Turns before the last one that a follow-up may go back to."""
_CHOSEN = 0.85
"""How sure a reading is that a person chose."""


class EmbeddedReasoner:
    """Answers in milliseconds, the same each time, and says which words it understood."""

    name: Literal["embedded", "llm"] = "embedded"

    async def think(self, thinking: Thinking) -> Thought:
        question = explained(thinking.question.strip(), thinking.answers)
        if (early := _without_query(question, thinking)) is not None:
            return early
        sources = await self._understood(thinking, question)
        if thinking.history and (thought := await self._follow_up(thinking, question, sources)) is not None:
            return _answered(thought, thinking)
        understood = max(sources, key=lambda item: (item.best is not None, -strangers(item), item.confidence))
        asked = thinking.answers.get(READING)
        if asked is not None:
            return await self._clarified(thinking, understood, asked)
        return decide(understood, question)

    async def revise(self, thinking: Thinking, plan: Plan, words: str) -> Thought:
        step = plan.steps[-1]
        knowledge = thinking.sources.get(step.source_id)
        if knowledge is None:
            return Refusal("no_source", "The source of this plan is not available any more.")
        draft = _draft(step, knowledge)
        if draft is None:
            return Refusal(
                "unsupported", "I can't change this plan in words; please edit its fields.", links=plan.links
            )
        restated = _restated(plan.question, words)
        changed = await self._edit(thinking, words, knowledge, *draft, restated, query=step.query)
        if changed is None:
            thought = await self.think(replace(thinking, question=words, history=(), answers={}))
            return thought.best if isinstance(thought, Question) and thought.best else thought
        return replace(changed, route="plan") if isinstance(changed, Proposal) else changed

    async def write_sql(self, thinking: Thinking, plan: Plan, step: PlanStep) -> Sequence[str]:
        knowledge = thinking.sources.get(step.source_id)
        if knowledge is None:
            return ()
        try:
            return (to_sql(reading_of(step.query, knowledge.dialect), knowledge.dialect),)
        except CannotPlan:
            return ()

    async def repair(
        self, thinking: Thinking, plan: Plan, step: PlanStep, sql: str, problem: str
    ) -> str | None:
        """The statement that the plan itself compiles to, unless that is the one that failed."""
        for other in await self.write_sql(thinking, plan, step):
            if other != sql:
                return other
        return None

    async def summarise(self, thinking: Thinking, plan: Plan, results: Sequence[QueryResult]) -> Summary:
        result = results[-1]
        query = plan.steps[-1].query
        known = output_labels(query, len(result.columns))
        labels = [label or column.name for label, column in zip(known, result.columns, strict=True)]
        return describe(result, choose_chart(result, plan.question, labels), labels)

    async def _understood(self, thinking: Thinking, question: str) -> list[Understanding]:
        """What each source makes of the question by itself."""
        found = []
        for source_id, knowledge in thinking.sources.items():
            prober = thinking.probers.get(source_id)
            understood = await understand(question, knowledge, prober, thinking.today)
            found.append(await with_business(understood, prober))
        return found

    async def _follow_up(
        self, thinking: Thinking, question: str, sources: Sequence[Understanding]
    ) -> Thought | None:
        """The question as one that goes on from the previous answer, when that is the likelier way to read it."""
        previous = _previous(thinking.history, question)
        if previous is None:
            return None
        step = previous.plan.steps[-1]
        knowledge = thinking.sources.get(step.source_id)
        if knowledge is None:
            return None
        draft = _draft(step, knowledge)
        if draft is None:
            return None
        if goes_back(question):
            sql = {step.id: previous.sql[-1]} if previous.sql else {}
            return Proposal(previous.plan, sql, 0.9, "embedded", "checked", route="follow_up")
        alone = next((item for item in sources if item.knowledge is knowledge), None)
        restated = _restated(previous.plan.question, question)
        return await self._edit(
            thinking,
            question,
            knowledge,
            *draft,
            restated,
            query=step.query,
            sure_before=previous.plan.confidence,
            alone=alone,
            earlier=_earlier(thinking.history[:-1], knowledge),
        )

    async def _edit(
        self,
        thinking: Thinking,
        words: str,
        knowledge: SourceKnowledge,
        draft: Draft,
        discount: Discount | None,
        restated: str,
        *,
        query: PlanQuery | None = None,
        sure_before: float = 1.0,
        alone: Understanding | None = None,
        earlier: tuple[Draft, ...] = (),
    ) -> Thought | None:
        """The draft changed as the words say; None where they say something else than a change."""
        if len(words) > LONGEST_EDIT:
            return None
        linker = linker_for(knowledge)
        lattice = linker.link(words, thinking.today)
        scene = Scene(words, lattice, linker, draft, thinking.today, discount, earlier)
        going = await go_on(scene, alone, thinking.probers.get(knowledge.source_id), sure_before)
        if going is None or going.new:
            return None
        thought = decide(going.understood, restated, edit=True)
        if not isinstance(thought, Proposal):
            return thought
        labelled = with_labels(thought, query, draft, knowledge) if query is not None else thought
        return replace(labelled, route="follow_up")

    async def _clarified(self, thinking: Thinking, understood: Understanding, answer: str) -> Thought:
        item = chosen(understood, answer)
        if item is not None:
            plan = proposal(understood, item, thinking.question.strip(), _CHOSEN)
            if plan is not None:
                return replace(
                    _with_switch(plan, understood, answer),
                    label="checked",
                    reasons=("You chose this reading.",),
                )
        best = understood.best
        if best is None:
            return decline(understood)
        restated = f"{thinking.question.strip()} ({answer.strip()})"
        draft = best.candidate.draft
        changed = await self._edit(thinking, answer, understood.knowledge, draft, None, restated)
        return changed if changed is not None else decide(understood, thinking.question.strip(), asked=True)


def _with_switch(taken: Proposal, understood: Understanding, answer: str) -> Proposal:
    """The chosen reading with the switch it was chosen by, so that it can be turned back."""
    found = choice(understood)
    if found is None or not any(option_id(item) == answer for item, _ in found.items):
        return taken
    switch = assumed(found).model_copy(update={"chosen": answer})
    return replace(taken, plan=taken.plan.model_copy(update={"assumptions": (switch,)}))


def _without_query(question: str, thinking: Thinking) -> Thought | None:
    """What can be said without reading any data."""
    if not thinking.sources:
        return Refusal("no_source", "There is no data source to ask.")
    if not question:
        return Refusal("not_understood", "The question is empty.")
    lexicon = load()
    words = tokenise(question[: LONGEST_QUESTION + 1], lexicon)
    if len(question) > LONGEST_QUESTION or len(words) > MOST_WORDS:
        return Refusal(
            "unsupported", "This text is too long for one question. Please ask one thing at a time."
        )
    if not (thinking.history and drops_part(question)) and (refusal := refuse.writes(question)) is not None:
        return refusal
    sources = tuple(thinking.sources.values())
    return (
        refuse.small_talk(words, lexicon)
        or refuse.about_self(question)
        or refuse.beyond(question, sources)
        or refuse.about_schema(question, sources)
    )


def _previous(history: Sequence[PreviousTurn], question: str) -> PreviousTurn | None:
    """The turn that a follow-up is about: the last one, or the one before it for "go back"."""
    if goes_back(question):
        return history[-2] if len(history) > 1 else None
    return history[-1] if history[-1].plan.steps else None


def _draft(step: PlanStep, knowledge: SourceKnowledge) -> tuple[Draft, Discount | None] | None:
    """The draft of a plan's step, and the discount its sums are without; None when it says more than a draft can."""
    try:
        reading, discount = without_discount(reading_of(step.query, knowledge.dialect))
        return draft_of(reading, knowledge.schema), discount
    except (CannotPlan, TooRich):
        return None


def _restated(question: str, words: str) -> str:
    """The question with everything said to it since, in one pair of parentheses."""
    said, words = _CHANGED.fullmatch(question), words.strip().rstrip("?. ")
    return f"{said[1]} ({said[2]}; {words})" if said is not None else f"{question} ({words})"


def _earlier(history: Sequence[PreviousTurn], knowledge: SourceKnowledge) -> tuple[Draft, ...]:
    """What the last few turns asked of the same source, latest first."""
    steps = [turn.plan.steps[-1] for turn in history[-_REMEMBERED:] if turn.plan.steps]
    found = [_draft(step, knowledge) for step in reversed(steps) if step.source_id == knowledge.source_id]
    return tuple(known[0] for known in found if known is not None)


def _answered(thought: Thought, thinking: Thinking) -> Thought:
    """A follow-up asks nothing back twice."""
    return thought.best if isinstance(thought, Question) and thinking.answers and thought.best else thought
