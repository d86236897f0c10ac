"""The port between the turn and whoever does its thinking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from agents.events import ClarificationOption, ConfidenceLabel, NumberReference
from agents.plan import Plan, PlanStep, WordLink
from connectors.base import CostEstimate, QueryResult
from knowledge.base import SourceKnowledge


class AgentError(Exception):
    """Root of what goes wrong on this floor."""


class ModelUnavailable(AgentError):
    """The language model cannot be reached or gave no usable answer in time."""


class ModelRefused(AgentError):
    """The provider refused the request; asking again will not help."""


class BudgetSpent(AgentError):
    """The turn used up its statements, repairs, tokens or seconds."""


class AnswerOutOfDate(AgentError):
    """The turn does not wait for this answer (any more)."""


class Prober(Protocol):
    """Runs small statements on one source while thinking, through the same guard as everything else."""

    async def run(self, sql: str, *, rows: int = 50, seconds: float = 1.0) -> QueryResult:
        """Raises `ConnectorError` when the guard or the engine refuses or the time is up."""
        ...

    async def explain(self, sql: str) -> CostEstimate: ...


@dataclass(frozen=True, slots=True)
class PreviousTurn:
    """An earlier answered question of the same chat."""

    question: str
    plan: Plan
    sql: tuple[str, ...]
    """One statement per step."""
    columns: tuple[str, ...] = ()
    row_count: int = 0


@dataclass(frozen=True, slots=True)
class Thinking:
    """All that a reasoner may use for one question."""

    question: str
    sources: Mapping[str, SourceKnowledge]
    """By source id, in the project's order."""
    probers: Mapping[str, Prober]
    today: date
    history: Sequence[PreviousTurn] = ()
    """Oldest first."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """Clarifications so far in this turn: clarification id → option id or free text."""
    instructions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan and the statements that keep it, best first."""

    plan: Plan
    sql: Mapping[str, str]
    """Step id → statement in the step's dialect."""
    confidence: float
    """0…1, estimated probability that the answer is right."""
    origin: Literal["embedded", "llm", "pattern"]
    label: ConfidenceLabel = "check_this"
    reasons: tuple[str, ...] = ()
    alternatives: Sequence[Proposal] = ()
    """Other readings, best first, that would give another result."""
    route: Literal["plan", "follow_up"] = "plan"


@dataclass(frozen=True, slots=True)
class Question:
    """A clarification to ask before there can be a plan."""

    clarification_id: str
    text: str
    options: tuple[ClarificationOption, ...]
    links: tuple[WordLink, ...] = ()
    best: Proposal | None = None
    """The reasoner's best guess while it asks."""


@dataclass(frozen=True, slots=True)
class DirectAnswer:
    """An answer about the sources themselves ("which tables are there?"), or small talk, that needs no SQL."""

    text: str
    follow_ups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    reason: Literal["not_understood", "off_topic", "writes_data", "no_source", "not_permitted", "unsupported"]
    message: str
    links: tuple[WordLink, ...] = ()
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """Answer text whose numbers are `{{key}}` references, with what each one is."""

    template: str
    references: tuple[NumberReference, ...] = ()
    follow_ups: tuple[str, ...] = ()


Thought = Proposal | Question | DirectAnswer | Refusal


class Reasoner(Protocol):
    name: Literal["embedded", "llm"]

    async def think(self, thinking: Thinking) -> Thought:
        """Understand the question and propose a plan, ask back, answer directly, or decline.

        Raises `ModelUnavailable` when its model cannot be used; the caller then asks the other reasoner.
        """
        ...

    async def revise(self, thinking: Thinking, plan: Plan, words: str) -> Thought:
        """Change `plan` as `words` say and nothing else."""
        ...

    async def write_sql(self, thinking: Thinking, plan: Plan, step: PlanStep) -> Sequence[str]:
        """Candidate statements for one step of a confirmed plan, best first."""
        ...

    async def repair(
        self, thinking: Thinking, plan: Plan, step: PlanStep, sql: str, problem: str
    ) -> str | None:
        """Another statement for the same step, or None when there is no better idea."""
        ...

    async def summarise(self, thinking: Thinking, plan: Plan, results: Sequence[QueryResult]) -> Summary: ...
