"""The one frozen bag that every node of a turn works with; the backend fills it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, Protocol

from langgraph.runtime import Runtime

from agents.budget import Budget
from agents.events import AgentEvent, CheckResult, ConformancePoint
from agents.plan import Plan
from agents.reasoners.base import PreviousTurn, Prober, Thinking
from agents.reasoners.choice import Reasoners
from agents.rights import seen_through
from agents.state import TurnState
from connectors.base import Capabilities, Connector, CostEstimate, Limits, QueryResult, RowBatch, SafeSql
from connectors.errors import QueryRejected
from connectors.sql import guard
from connectors.sql.policy import ReadPolicy
from knowledge.base import SourceKnowledge

ConfirmationPolicy = Literal["always", "when_unsure", "never"]


@dataclass(frozen=True, slots=True)
class Ran:
    """What brought a result, so that it can be told later whether its reader would still get it."""

    source_id: str
    sql: str
    """As it was shown."""
    seen_through: str
    """See `rights.seen_through`. Never told: a row filter could be guessed by it."""


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A datasource that this reader may ask, opened."""

    id: str
    name: str
    connector: Connector
    knowledge: SourceKnowledge
    policy: ReadPolicy

    @property
    def capabilities(self) -> Capabilities:
        return self.connector.capabilities

    def admit(self, sql: str) -> SafeSql:
        """What runs for this reader: the statement with the reader's row filters and masks put in.

        Raises `QueryRejected`.
        """
        return guard.restrict(sql, self.capabilities, self.policy)

    def ran(self, sql: str) -> Ran:
        """What is kept of the statement with its rows. Raises `QueryRejected`."""
        return Ran(self.id, sql, seen_through(sql, self.capabilities, self.policy))

    def discreet(self, error: QueryRejected, sql: str, safe: SafeSql) -> QueryRejected:
        """What an engine says of a statement may quote it, so not where the reader's filters are part of it."""
        if safe.text == sql:
            return error
        return QueryRejected(
            "The database could not run the statement within what you may see.",
            kind=error.kind,
            rule=error.rule,
        )


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """What the project decided."""

    confirmation: ConfirmationPolicy = "always"
    ask_below: float = 0.8
    """With "when_unsure", a plan with less confidence waits for the person."""
    review_below: float = 0.0
    """A turn with less confidence waits for a reviewer before it runs; 0 switches that off."""
    send_values: bool = True
    """Stored values may enter a prompt."""
    instructions: tuple[str, ...] = ()
    llm_summary: bool = False
    """Let the model word the answer; its numbers still come from the rows."""


@dataclass(frozen=True, slots=True)
class ReviewRequestData:
    """What a reviewer needs to decide."""

    reason: str
    question: str
    plan: Plan
    source_id: str
    source_name: str
    dialect: str
    sql: str
    back_translation: str
    checks: tuple[CheckResult, ...]
    conformance: tuple[ConformancePoint, ...]
    confidence: float


class ResultStore(Protocol):
    """Keeps the rows of results; idempotent by id."""

    async def save(self, result_id: str, turn_id: str, ran: Ran, batches: AsyncIterator[RowBatch]) -> None:
        """Write the batches as they come. When the iterator raises, nothing is kept."""
        ...

    async def load(self, result_id: str, rows: int) -> QueryResult:
        """The first rows of a stored result."""
        ...


class ReceiptStore(Protocol):
    async def save(self, receipt_id: str, turn_id: str, receipt: Mapping[str, Any]) -> None: ...


class ReviewStore(Protocol):
    async def request(self, review_id: str, turn_id: str, request: ReviewRequestData) -> None:
        """Put the turn into the review queue; the same id again changes nothing."""
        ...


class Delivery:
    """Counts events on their way to whoever stores them.

    A step must not be checkpointed before its events are stored: killed in between, they would be lost.
    """

    def __init__(self) -> None:
        self._on_their_way = 0
        self._settled = asyncio.Event()
        self._settled.set()

    def sent(self) -> None:
        self._on_their_way += 1
        self._settled.clear()

    def stored(self) -> None:
        self._on_their_way -= 1
        if self._on_their_way <= 0:
            self._settled.set()

    async def settled(self) -> None:
        """Returns when every event sent so far is stored."""
        await self._settled.wait()


@dataclass(frozen=True, slots=True)
class TurnDeps:
    sources: Mapping[str, OpenSource]
    """By id, in the project's order; looking up one that is `away` raises why."""
    reasoners: Reasoners
    budget: Budget
    results: ResultStore
    receipts: ReceiptStore
    reviews: ReviewStore
    today: date
    settings: TurnSettings = field(default_factory=TurnSettings)
    history: Sequence[PreviousTurn] = ()
    """Answered questions of the same chat, oldest first."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of the product and its parts, for the receipt."""
    away: Mapping[str, str] = field(default_factory=dict)
    """Sources of the project that could not be opened, by id: why, said with every answer."""
    delivery: Delivery = field(default_factory=Delivery)

    def limits(self) -> Limits:
        """Of one statement, within what is left of the turn."""
        limits = self.budget.limits
        seconds = max(0.1, min(limits.seconds, self.budget.seconds_left))
        return Limits(rows=limits.rows, bytes=limits.bytes, seconds=seconds)


@dataclass(frozen=True, slots=True)
class SourceProber:
    """The reasoners' way to a source: the same guard, a small limit, and the turn's budget."""

    source: OpenSource
    budget: Budget

    async def run(self, sql: str, *, rows: int = 50, seconds: float = 1.0) -> QueryResult:
        safe = self.source.admit(sql)
        self.budget.count_statement()
        limits = Limits(rows=rows, bytes=1_000_000, seconds=seconds, cell_bytes=10_000)
        try:
            return await self.source.connector.run(safe, limits)
        except QueryRejected as error:
            raise self.source.discreet(error, sql, safe) from None

    async def explain(self, sql: str) -> CostEstimate:
        safe = self.source.admit(sql)
        self.budget.count_statement()
        try:
            return await self.source.connector.explain(safe, seconds=2.0)
        except QueryRejected as error:
            raise self.source.discreet(error, sql, safe) from None


def thinking(state: TurnState, deps: TurnDeps) -> Thinking:
    """What the reasoners get to see of this turn."""
    sources: dict[str, SourceKnowledge] = {}
    for source in deps.sources.values():
        allowed = source.knowledge.values_allowed and deps.settings.send_values
        sources[source.id] = replace(source.knowledge, values_allowed=allowed)
    probers: dict[str, Prober] = {
        source.id: SourceProber(source, deps.budget) for source in deps.sources.values()
    }
    return Thinking(
        question=state["question"],
        sources=sources,
        probers=probers,
        today=deps.today,
        history=tuple(deps.history),
        answers=state.get("answers", {}),
        instructions=deps.settings.instructions,
    )


TIMINGS: Any = {"seconds": True, "checks": {"__all__": {"seconds"}}}
"""What differs when the very same step runs again, and so must not make another event of it."""


def emit(runtime: Runtime[TurnDeps], event: AgentEvent) -> None:
    """Send an event on its way, under a key that is the same when the node has to run again."""
    info = runtime.execution_info
    task = info.task_id if info is not None else ""
    body = f"{task}\0{event.model_dump_json(exclude=TIMINGS)}"
    runtime.context.delivery.sent()
    runtime.stream_writer((hashlib.sha256(body.encode()).hexdigest()[:24], event))
