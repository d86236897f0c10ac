"""What a check looks at and how it answers. Checks are pure: whatever must be asked of the source was asked before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from agents.budget import TurnLimits
from agents.events import CheckResult, CheckVerdict, ConformancePoint
from agents.plan import PlanStep
from agents.state import Origin
from connectors.base import CostEstimate, QueryResult, SafeSql, Schema
from connectors.errors import QueryRejected
from connectors.sql.reading import Reading
from knowledge.base import ColumnKey, ColumnProfile


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
    today: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A statement that ran, and its rows."""

    statement: Statement
    result: QueryResult
    """Its first rows, enough to judge it by."""
    row_count: int
    """Of the whole stored result."""


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: CheckVerdict
    detail: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """JSON-able facts behind the verdict."""


@dataclass(frozen=True, slots=True)
class Check:
    """One entry of a registry: the name programs use, the title people read, and the function."""

    name: str
    title: str
    find: Callable[[Statement], Finding]

    def run(self, statement: Statement) -> CheckResult:
        return timed(self.name, self.title, lambda: self.find(statement))


@dataclass(frozen=True, slots=True)
class ResultCheck:
    name: str
    title: str
    find: Callable[[Outcome], Finding]

    def run(self, outcome: Outcome) -> CheckResult:
        return timed(self.name, self.title, lambda: self.find(outcome))


def timed(name: str, title: str, find: Callable[[], Finding]) -> CheckResult:
    began = perf_counter()
    finding = find()
    return CheckResult(
        name=name,
        title=title,
        verdict=finding.verdict,
        detail=finding.detail,
        evidence=dict(finding.evidence),
        seconds=round(perf_counter() - began, 6),
    )


PASSED = Finding("passed")
SKIPPED = Finding("skipped")
