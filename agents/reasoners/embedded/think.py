"""From a question to ranked, tried candidates on one source."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from agents.plans.reading import CannotPlan, plan_query_of
from agents.reasoners.base import BudgetSpent, Prober
from agents.reasoners.embedded import rank
from agents.reasoners.embedded.analytic import VARIANT
from agents.reasoners.embedded.candidates import Candidate, candidates
from agents.reasoners.embedded.features import features, outcome
from connectors.base import QueryResult
from connectors.errors import ConnectorError
from connectors.sql.readings.render import to_sql
from knowledge.base import SourceKnowledge
from knowledge.linking import Lattice, Linker, linker_for

MOST_LINKED = 40
"""Words of a question that stand for something; weighing them against each other takes their cube."""
_KEPT = 14
_TIE, _TIED = 0.01, 0.6
"""When two meanings of a word are this close, no answer is surer than that."""
_EDITED = 0.7
"""How sure an edit is that reads the whole follow-up; on dialogues of others somewhat more than half of them are right."""
_TRIAL_ROWS = 50
_TRIAL_SECONDS = 0.7
_ALL_TRIALS_SECONDS = 1.5


@dataclass(slots=True)
class Ranked:
    """A candidate with what is known of it."""

    candidate: Candidate
    sql: str
    dialect: str
    score: float
    features: dict[str, float]
    result: QueryResult | None = None
    tried: bool = False
    group: str = ""
    """Equal for candidates that bring back the same rows."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What one source's data says to a question, best first."""

    lattice: Lattice
    linker: Linker
    knowledge: SourceKnowledge
    ranked: Sequence[Ranked]
    confidence: float
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def best(self) -> Ranked | None:
        return self.ranked[0] if self.ranked else None

    @property
    def choices(self) -> list[Ranked]:
        """The best candidate of each result, best first: what a person may choose among."""
        return [*self.ranked[:1], *self.others]

    @property
    def others(self) -> list[Ranked]:
        """The best candidate of every other result."""
        seen = {self.ranked[0].group} if self.ranked else set()
        found = []
        for item in self.ranked[1:]:
            if item.group not in seen:
                seen.add(item.group)
                found.append(item)
        return found


async def understand(
    question: str, knowledge: SourceKnowledge, prober: Prober | None, today: date
) -> Understanding:
    """Candidates of one source, ranked by words first and by what a trial run brings back second."""
    linker = linker_for(knowledge)
    lattice = linker.link(question, today)
    linked = {mention.first for mention in lattice.mentions}
    found = candidates(lattice, linker) if len(linked) <= MOST_LINKED else []
    return await rank_all(lattice, linker, knowledge, found, prober)


async def rank_all(
    lattice: Lattice,
    linker: Linker,
    knowledge: SourceKnowledge,
    found: Sequence[Candidate],
    prober: Prober | None,
    edits: bool = False,
) -> Understanding:
    """Ranked by words, then by what trial runs bring back. Edits of a known draft keep the order they come in."""
    rows = [features(candidate, knowledge, linker.lexicon) for candidate in found]
    scores = [-candidate.behind for candidate in found] if edits else rank.before_trial(rows)
    ranked = [
        Ranked(candidate, "", knowledge.dialect, score, row)
        for candidate, score, row in zip(found, scores, rows, strict=True)
    ]
    ranked.sort(key=lambda item: -item.score)
    ranked = [item for item in ranked[: 2 * _KEPT] if plannable(item.candidate, knowledge)][:_KEPT]
    for item in ranked:
        item.sql = to_sql(item.candidate.reading, knowledge.dialect)
        item.group = item.sql
    if prober is not None:
        await try_out(ranked, prober)
    for item in ranked:
        item.features.update(outcome(item.result, item.candidate.draft))
    tried = [item for item in ranked if item.result is not None] or ranked
    others = [item for item in ranked if item not in tried]
    if not edits:
        among = rank.standing(
            [item.score for item in tried],
            [item.group for item in tried],
            [item.candidate.draft for item in tried],
        )
        for item, numbers in zip(tried, among, strict=True):
            item.features.update(numbers)
        scores = rank.after_trial([item.features for item in tried])
    else:
        scores = [-item.candidate.behind for item in tried]
    for item, score in zip(tried, scores, strict=True):
        item.score = score
    tried.sort(key=lambda item: -item.score)
    return Understanding(
        lattice,
        linker,
        knowledge,
        [*tried, *others],
        _edit_confidence(tried) if edits else _confidence(tried),
    )


def _edit_confidence(ranked: Sequence[Ranked]) -> float:
    """Edits are sure when every word of theirs found its place and rows came back."""
    if not ranked:
        return 0.0
    numbers = ranked[0].features
    if ranked[0].candidate.variant == VARIANT:
        return 0.5 if numbers.get("empty") else _EDITED
    left = sum(value for name, value in numbers.items() if name.startswith("left_")) + numbers["unknown"]
    return 0.25 if left else 0.4 if numbers.get("empty") else 0.6


def _confidence(ranked: Sequence[Ranked]) -> float:
    if not ranked:
        return 0.0
    best = ranked[0]
    others = [item.score for item in ranked if item.group != best.group]
    agreeing = sum(item.group == best.group for item in ranked) / len(ranked)
    lead = best.score - max(others) if others else 10.0
    sure = rank.confidence(best.features, best.score, lead, agreeing)
    return min(sure, _TIED) if best.candidate.gap < _TIE else sure


async def try_out(ranked: Sequence[Ranked], prober: Prober) -> None:
    """Run the first few, with small limits; what fails or takes too long simply has no result."""
    started = time.monotonic()
    for item in ranked[: rank.TRIED]:
        if time.monotonic() - started > _ALL_TRIALS_SECONDS:
            return
        try:
            item.result = await prober.run(item.sql, rows=_TRIAL_ROWS, seconds=_TRIAL_SECONDS)
        except ConnectorError:
            item.result = None
        except BudgetSpent:
            return
        item.tried = True
        if item.result is not None:
            item.group = fingerprint(item.result)
    await asyncio.sleep(0)


def plannable(candidate: Candidate, knowledge: SourceKnowledge) -> bool:
    """Whether a plan can say what the candidate reads."""
    try:
        plan_query_of(candidate.reading, knowledge.schema, knowledge.dialect)
    except CannotPlan:
        return False
    return True


def fingerprint(result: QueryResult) -> str:
    """The same for results that hold the same rows in whatever order of rows and columns."""
    rows = sorted("\x1f".join(sorted(repr(cell) for cell in row)) for row in result.rows)
    return f"{len(result.columns)}:{result.truncated}:" + "\x1e".join(rows)
