"""What one turn may use, and what it has used."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import TypedDict

from agents.events import Usage
from agents.reasoners.base import BudgetSpent


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """Ceilings of one turn; a project sets them."""

    rows: int = 10_000
    """Kept of one result."""
    bytes: int = 20_000_000
    seconds: float = 30.0
    """One statement."""
    turn_seconds: float = 180.0
    """Working time of the whole turn; waiting for people does not count."""
    repairs: int = 2
    """Further attempts at a statement after the first."""
    statements: int = 40
    """Run on a source, probes and EXPLAIN included."""
    tokens: int = 60_000
    llm_calls: int = 12
    clarifications: int = 2
    revisions: int = 30
    scan_rows: float = 500_000_000
    """A statement that will read more rows, bytes or seconds than these, by what is known beforehand, does not run."""
    scan_bytes: float = 1e12
    scan_seconds: float = 600.0


class SpentData(TypedDict):
    """`Spent` as the checkpoint keeps it."""

    llm_calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    statements: int
    seconds: float
    models: list[str]
    """Names of the language models that were called."""


@dataclass(frozen=True, slots=True)
class Spent:
    llm_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None
    """None when no call had a known price."""
    statements: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Budget:
    """Counts as the turn works and raises `BudgetSpent` before a ceiling is passed."""

    limits: TurnLimits = field(default_factory=TurnLimits)
    spent: Spent = field(default_factory=Spent)
    clock: Callable[[], float] = time.monotonic
    models: set[str] = field(default_factory=set)
    """Names of the language models that were called."""
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.clock()

    def restore(self, spent: SpentData | None) -> None:
        """Take up a turn where its checkpoint left off; the time spent waiting since then is free."""
        self.spent = Spent()
        if spent is not None:
            self.models = set(spent["models"])
            self.spent = Spent(
                spent["llm_calls"],
                spent["prompt_tokens"],
                spent["completion_tokens"],
                spent["cost_usd"],
                spent["statements"],
                spent["seconds"],
            )
        self._since = self.clock()

    def dump(self) -> SpentData:
        now = self._now()
        return SpentData(
            llm_calls=now.llm_calls,
            prompt_tokens=now.prompt_tokens,
            completion_tokens=now.completion_tokens,
            cost_usd=now.cost_usd,
            statements=now.statements,
            seconds=now.seconds,
            models=sorted(self.models),
        )

    def usage(self) -> Usage:
        return Usage(**asdict(self._now()))

    @property
    def seconds_left(self) -> float:
        return max(0.0, self.limits.turn_seconds - self._now().seconds)

    def count_statement(self) -> None:
        if self.spent.statements >= self.limits.statements:
            raise BudgetSpent(f"This question has used its {self.limits.statements} statements.")
        self.spent = replace(self.spent, statements=self.spent.statements + 1)

    def count_call(self) -> None:
        """To be asked before each call of a language model."""
        used = self.spent.prompt_tokens + self.spent.completion_tokens
        if self.spent.llm_calls >= self.limits.llm_calls:
            raise BudgetSpent(
                f"This question has used its {self.limits.llm_calls} calls of the language model."
            )
        if used >= self.limits.tokens:
            raise BudgetSpent(f"This question has used its {self.limits.tokens:,} tokens.")
        self.spent = replace(self.spent, llm_calls=self.spent.llm_calls + 1)

    def add_tokens(self, prompt: int, completion: int, cost_usd: float | None, model: str = "") -> None:
        self.models |= {model} - {""}
        cost = self.spent.cost_usd
        if cost_usd is not None:
            cost = (cost or 0.0) + cost_usd
        self.spent = replace(
            self.spent,
            prompt_tokens=self.spent.prompt_tokens + prompt,
            completion_tokens=self.spent.completion_tokens + completion,
            cost_usd=cost,
        )

    def check_time(self) -> None:
        if self.seconds_left <= 0:
            raise BudgetSpent(f"This question has used its {self.limits.turn_seconds:g} seconds.")

    def _now(self) -> Spent:
        return replace(self.spent, seconds=round(self.spent.seconds + self.clock() - self._since, 4))
