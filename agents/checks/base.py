"""What a check looks at and how it answers. Checks are pure: whatever must be asked of the source was asked before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter
from typing import Any

from agents.budget import TurnLimits
from agents.events import CheckResult, CheckVerdict, ConformancePoint
from agents.plan import PlanStep
from agents.state import Origin
from connectors.base import CostEstimate, JsonValue, QueryResult, SafeSql, Schema
from connectors.errors import QueryRejected
from connectors.sql.reading import Reading
from knowledge.base import ColumnKey, ColumnProfile, JoinGraph, ValueIndex

Figures = Mapping[str, float]
"""Counts by name, as one probe brought them back."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A small statement of counts whose one row tells a check what the profiles cannot."""

    name: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Another statement that does not have the flaw, to be offered to the person as a changed plan."""

    label: str
    detail: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement and all that was found out about it without running it."""

    sql: str
    step: PlanStep
    origin: Origin
    dialect: str
    schema: Schema
    profiles: Mapping[ColumnKey, ColumnProfile]
    limits: TurnLimits
    safe: SafeSql | None = None
    refusal: QueryRejected | None = None
    """Why the guard did not let it pass."""
    reading: Reading | None = None
    """None when the statement has no reading; conformance then cannot be shown."""
    unknown_names: tuple[str, ...] = ()
    """Tables and columns it uses that the schema does not have."""
    points: tuple[ConformancePoint, ...] = ()
    back_translation: str = ""
    lineage: tuple[tuple[str, ...], ...] = ()
    """Source columns of each output column."""
    estimate: CostEstimate | None = None
    estimate_refusal: str = ""
    """What the engine said when it could not even explain the statement."""
    engine_tables: frozenset[str] | None = None
    """Tables that the engine itself says the statement reads."""
    question: str = ""
    """As restated in the plan; which role or date it names decides whether one had to be guessed."""
    answered: frozenset[str] = frozenset()
    """Ids of the clarifications that the person answered."""
    settled: bool = False
    """The person chose it as it is; no role or date was guessed."""
    joins: JoinGraph | None = None
    values: ValueIndex | None = None
    today: date = date.max
    figures: Mapping[str, Figures] = field(default_factory=dict)
    """What the probes brought back, by their names; nothing where a probe was too costly or failed."""

    @property
    def restricted(self) -> bool:
        """The reader's row filters or masks were put in, so what the engine foretells is of rows they may not see."""
        return self.safe is not None and self.safe.text != self.sql


@dataclass(frozen=True, slots=True)
class Second:
    """An independent statement for the same plan, and its rows."""

    sql: str
    result: QueryResult


@dataclass(frozen=True, slots=True)
class Outcome:
    """A statement that ran, and its rows."""

    statement: Statement
    result: QueryResult
    """Its first rows, enough to judge it by."""
    row_count: int
    """Of the whole stored result."""
    whole: JsonValue = None
    """Total of the first additive measure over all rows of its own table, where it was asked for."""
    second: Second | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: CheckVerdict
    detail: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """JSON-able facts behind the verdict."""
    rewrites: tuple[Rewrite, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One entry of a registry: the name programs use, the title people read, and the function."""

    name: str
    title: str
    find: Callable[[Statement], Finding]
    probes: Callable[[Statement], Iterable[Probe]] | None = None
    """What it would like to have counted first."""

    def run(self, statement: Statement) -> tuple[CheckResult, tuple[Rewrite, ...]]:
        return timed(self.name, self.title, lambda: self.find(statement))


@dataclass(frozen=True, slots=True)
class ResultCheck:
    name: str
    title: str
    find: Callable[[Outcome], Finding]

    def run(self, outcome: Outcome) -> CheckResult:
        return timed(self.name, self.title, lambda: self.find(outcome))[0]


def timed(name: str, title: str, find: Callable[[], Finding]) -> tuple[CheckResult, tuple[Rewrite, ...]]:
    began = perf_counter()
    finding = find()
    result = CheckResult(
        name=name,
        title=title,
        verdict=finding.verdict,
        detail=finding.detail,
        evidence=dict(finding.evidence),
        seconds=round(perf_counter() - began, 6),
    )
    return result, finding.rewrites


PASSED = Finding("passed")
SKIPPED = Finding("skipped")
