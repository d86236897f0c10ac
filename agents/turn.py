"""Runs turns: starts them, takes up an answer where a turn waits, and goes on after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, cast
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from agents.deps import TurnDeps
from agents.events import AgentEvent, UsageCounted
from agents.graph import build_graph
from agents.reasoners.base import AgentError, AnswerOutOfDate, BudgetSpent
from agents.replies import (
    WAITS_FOR,
    Answer,
    ClarifyAnswer,
    ConfirmAnswer,
    RejectAnswer,
    ReviewAnswer,
    ReviseAnswer,
    Waiting,
)
from agents.state import TurnState
from connectors.errors import ConnectorError
from knowledge.base import KnowledgeError

Sent = AsyncGenerator[tuple[str, AgentEvent], None]
"""What `agents.deps.emit` writes."""
STEPS = 200
"""Nodes of one turn, revisions and repairs included; far above what the budgets allow."""
TURN_ERRORS = (AgentError, ConnectorError, KnowledgeError)
"""What ends a turn with a clear sentence; anything else is a bug and rises."""


@dataclass(frozen=True, slots=True)
class KeyedEvent:
    """`key` is the same when a node has to run again, so that storing by (turn, key) stores once."""

    key: str
    event: AgentEvent


@dataclass(frozen=True, slots=True)
class Outcome:
    status: Literal["waiting", "answered", "declined", "rejected", "failed"]
    waiting_for: Waiting | None = None
    error: Exception | None = None
    """One of `TURN_ERRORS` when the turn failed."""


@dataclass(frozen=True, slots=True)
class WaitingFor:
    what: Waiting
    id: str
    """Clarification id, review id, or the revision as text."""


class TurnRun:
    """One stretch of a turn, until it ends or waits: iterate it once, then read `outcome`."""

    def __init__(
        self, runner: TurnRunner, turn_id: str, deps: TurnDeps, feed: TurnState | Answer | None
    ) -> None:
        self._runner = runner
        self._turn_id = turn_id
        self._deps = deps
        self._feed = feed
        self.outcome: Outcome | None = None

    def __aiter__(self) -> AsyncIterator[KeyedEvent]:
        return self._events()

    async def _events(self) -> AsyncIterator[KeyedEvent]:
        error: Exception | None = None
        try:
            async for item in self._runner.stream(self._turn_id, self._deps, self._feed):
                yield item
        except AnswerOutOfDate:
            raise
        except TURN_ERRORS as failure:
            error = failure
        usage = UsageCounted(usage=self._deps.budget.usage())
        yield KeyedEvent(f"usage-{usage.usage.statements}-{usage.usage.seconds}", usage)
        self.outcome = await self._runner.outcome(self._turn_id, error)


class TurnRunner:
    """One per process. Turns are found by their id in the checkpointer, whoever started them."""

    def __init__(self, saver: BaseCheckpointSaver[str]) -> None:
        self._saver = saver
        self._graph = build_graph(saver)

    def start(self, turn_id: str, question: str, deps: TurnDeps, *, chat_id: str = "") -> TurnRun:
        """A new turn; one that was started before goes on from where it was."""
        started = datetime.now(UTC).isoformat()
        state = TurnState(
            turn_id=turn_id,
            chat_id=chat_id,
            kind="question",
            question=question,
            started=started,
            status="working",
        )
        return TurnRun(self, turn_id, deps, state)

    def resume(self, turn_id: str, answer: Answer, deps: TurnDeps) -> TurnRun:
        """Iterating raises `AnswerOutOfDate` when the turn does not wait for this answer."""
        return TurnRun(self, turn_id, deps, answer)

    def continue_(self, turn_id: str, deps: TurnDeps) -> TurnRun:
        """After a crash or a failure: from the last checkpoint. A waiting turn just says so again."""
        return TurnRun(self, turn_id, deps, None)

    async def waiting_for(self, turn_id: str) -> WaitingFor | None:
        snapshot = await self._graph.aget_state(_config(turn_id))
        for interrupt in snapshot.interrupts:
            return WaitingFor(interrupt.value["what"], str(interrupt.value["id"]))
        return None

    async def check(self, turn_id: str, answer: Answer) -> None:
        """Raises `AnswerOutOfDate` when the turn does not wait for this answer."""
        waiting = await self.waiting_for(turn_id)
        wanted = WAITS_FOR[type(answer)]
        if waiting is None or waiting.what != wanted:
            raise AnswerOutOfDate(f"This question does not wait for a {wanted} any more.")
        given = _addressed(answer)
        if given is not None and given != waiting.id:
            raise AnswerOutOfDate("There is a newer version; look at it first.")

    async def forget(self, turn_id: str) -> None:
        """Drop the turn's checkpoints; its events and receipt are kept elsewhere."""
        await self._saver.adelete_thread(turn_id)

    async def outcome(self, turn_id: str, error: Exception | None = None) -> Outcome:
        """Where the turn stands."""
        if error is not None:
            return Outcome("failed", error=error)
        snapshot = await self._graph.aget_state(_config(turn_id))
        for interrupt in snapshot.interrupts:
            return Outcome("waiting", waiting_for=interrupt.value["what"])
        status = snapshot.values.get("status", "working")
        if status == "working":
            return Outcome("failed", error=AgentError("The question was interrupted; ask it again."))
        return Outcome(status)

    async def stream(
        self, turn_id: str, deps: TurnDeps, feed: TurnState | Answer | None
    ) -> AsyncIterator[KeyedEvent]:
        config = _config(turn_id)
        snapshot = await self._graph.aget_state(config)
        deps.budget.restore(snapshot.values.get("spent"))
        given: Any = feed
        if isinstance(feed, Answer):
            await self.check(turn_id, feed)
            given = Command(resume=feed.model_dump(mode="json"))
        elif feed is not None and snapshot.values:
            given = None
        # Not `snapshot.next`: that hides a step whose writes are kept but not yet applied.
        if given is None and not snapshot.tasks:
            return
        events = self._graph.astream(given, config, context=deps, stream_mode="custom", durability="sync")
        async with aclosing(cast(Sent, events)) as stream:
            while True:
                try:
                    async with asyncio.timeout(deps.budget.seconds_left) as deadline:
                        item = await anext(stream)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    if not deadline.expired():
                        raise
                    limit = deps.budget.limits.turn_seconds
                    raise BudgetSpent(f"This question has used its {limit:g} seconds.") from None
                yield KeyedEvent(*item)
                deps.delivery.stored()  # who iterates has dealt with it, or would not ask for the next


@dataclass(frozen=True, slots=True)
class OneTurn:
    """A turn that was played to its end at once."""

    events: tuple[AgentEvent, ...]
    outcome: Outcome


async def ask_once(question: str, deps: TurnDeps) -> OneTurn:
    """One turn without a server and without asking anybody: the first plan runs as it is.

    A clarifying question or a review ends it with the outcome "waiting".
    """
    deps = replace(deps, settings=replace(deps.settings, confirmation="never"))
    run = TurnRunner(InMemorySaver()).start(uuid4().hex, question, deps)
    events = [item.event async for item in run]
    assert run.outcome is not None
    return OneTurn(tuple(events), run.outcome)


def _addressed(answer: Answer) -> str | None:
    """Which waiting thing an answer is meant for; None when it is any."""
    match answer:
        case ClarifyAnswer():
            return answer.clarification_id
        case ConfirmAnswer() | ReviseAnswer():
            return str(answer.revision)
        case ReviewAnswer():
            return answer.review_id
        case RejectAnswer():
            return None


def _config(turn_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": turn_id}, "recursion_limit": STEPS}
