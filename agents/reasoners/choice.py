"""Who thinks: the language model when there is one that works, the embedded reasoner otherwise.

`auto` lets both think at once. The language model's proposal is preferred; the embedded one checks it
(agreement raises confidence) and is already there when the model fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from agents.agreement import agree
from agents.plan import Plan, PlanStep
from agents.reasoners.base import (
    AgentError,
    ModelRefused,
    ModelUnavailable,
    Proposal,
    Reasoner,
    Summary,
    Thinking,
    Thought,
)
from connectors.base import QueryResult

ReasonerName = Literal["embedded", "llm"]
Wanted = Literal["auto", "embedded", "llm"]
PATIENCE = 0.25
"""Seconds that a finished model answer waits for the embedded reasoner's second opinion."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Thoughtful:
    """A thought and whose it is."""

    thought: Thought
    reasoner: ReasonerName
    note: str = ""
    """Why another reasoner than the wanted one answers."""


@dataclass(frozen=True, slots=True)
class Reasoners:
    wanted: Wanted = "auto"
    embedded: Reasoner | None = None
    llm: Reasoner | None = None
    healthy: Callable[[], bool] = lambda: True
    """Whether the language model is worth trying (`ChatModels.healthy`)."""

    async def think(self, thinking: Thinking) -> Thoughtful:
        return await self._either(lambda reasoner: reasoner.think(thinking), thinking)

    async def revise(self, thinking: Thinking, plan: Plan, words: str) -> Thoughtful:
        return await self._either(lambda reasoner: reasoner.revise(thinking, plan, words), thinking)

    async def write_sql(self, by: str, thinking: Thinking, plan: Plan, step: PlanStep) -> Sequence[str]:
        """Candidates of the reasoner that made the plan; none when it cannot be reached any more."""
        reasoner = self._named(by)
        if reasoner is None:
            return ()
        try:
            return await reasoner.write_sql(thinking, plan, step)
        except (ModelUnavailable, ModelRefused):
            return ()

    async def repair(
        self, by: str, thinking: Thinking, plan: Plan, step: PlanStep, sql: str, problem: str
    ) -> str | None:
        reasoner = self._named(by)
        if reasoner is None:
            return None
        try:
            return await reasoner.repair(thinking, plan, step, sql, problem)
        except (ModelUnavailable, ModelRefused):
            return None

    async def summarise(
        self, by: str, thinking: Thinking, plan: Plan, results: Sequence[QueryResult]
    ) -> Summary | None:
        """None when the reasoner is not there; the caller then words the answer itself."""
        reasoner = self._named(by)
        if reasoner is None:
            return None
        try:
            return await reasoner.summarise(thinking, plan, results)
        except (ModelUnavailable, ModelRefused):
            return None

    def _named(self, name: str) -> Reasoner | None:
        if name == "llm" and self.llm is not None and self.healthy():
            return self.llm
        return self.embedded if name == "embedded" else None

    async def _either(self, ask: Callable[[Reasoner], Awaitable[Thought]], thinking: Thinking) -> Thoughtful:
        if self.wanted == "embedded" or self.llm is None:
            if self.wanted == "llm":
                raise ModelUnavailable("This project wants a language model, but none is configured.")
            return Thoughtful(await ask(self._need_embedded()), "embedded")
        if self.wanted == "llm" or self.embedded is None:
            return Thoughtful(await ask(self.llm), "llm")
        if not self.healthy():
            note = "The language model failed several times just now; the embedded reasoner answers."
            return Thoughtful(await ask(self.embedded), "embedded", note)
        return await self._both(ask, self.llm, self.embedded, thinking)

    async def _both(
        self,
        ask: Callable[[Reasoner], Awaitable[Thought]],
        llm: Reasoner,
        embedded: Reasoner,
        thinking: Thinking,
    ) -> Thoughtful:
        second = asyncio.ensure_future(ask(embedded))
        try:
            try:
                first = await ask(llm)
            except (ModelUnavailable, ModelRefused) as error:
                return Thoughtful(await second, "embedded", f"{error} The embedded reasoner answers instead.")
            opinion = await _within(second, PATIENCE)
            return Thoughtful(compare(first, opinion, thinking), "llm")
        finally:
            second.cancel()
            await asyncio.gather(second, return_exceptions=True)

    def _need_embedded(self) -> Reasoner:
        if self.embedded is None:
            raise ModelUnavailable("No reasoner is configured.")
        return self.embedded


async def _within(future: asyncio.Future[T], seconds: float) -> T | None:
    """The result if it comes in time and is not a failure; a second opinion must not spoil the first."""
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.shield(future)
    except (TimeoutError, AgentError):
        return None


def compare(first: Thought, second: Thought | None, thinking: Thinking) -> Thought:
    """The model's thought, surer where the embedded reasoner came to the same statement."""
    if not isinstance(first, Proposal) or not isinstance(second, Proposal):
        return first
    if not agree(first, second, thinking):
        others = (*first.alternatives, replace(second, alternatives=()))
        return replace(first, alternatives=others)
    both = 1 - (1 - first.confidence) * (1 - second.confidence)
    reason = "The embedded reasoner came to the same statement on its own."
    return replace(first, confidence=min(0.97, both), reasons=(*first.reasons, reason))
