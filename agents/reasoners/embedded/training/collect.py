"""Every candidate of every training question with its features and whether it gives the right rows."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.plans.reading import CannotPlan, plan_query_of
from agents.reasoners.embedded.candidates import Candidate, candidates
from agents.reasoners.embedded.decompile import TooRich, draft_of
from agents.reasoners.embedded.draft import Draft
from agents.reasoners.embedded.features import features, outcome
from agents.reasoners.embedded.structure import Structure
from agents.reasoners.embedded.think import fingerprint
from agents.reasoners.embedded.training.observe import TODAY, Observed, observe
from agents.same_result import is_ordered, same_result
from connectors.base import Connector, Limits, QueryResult, Schema
from connectors.errors import ConnectorError
from connectors.registry import open_connector
from connectors.sql import guard
from connectors.sql.policy import EVERYTHING
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql
from knowledge.indexing import quick_knowledge
from knowledge.linking import Linker, linker_for

_GOLD = Limits(rows=20_000, seconds=20.0)
_TRIAL = Limits(rows=20_000, seconds=10.0)
"""Generous, so that what a candidate brings back does not hang on how busy the machine is."""
_SHOWN = 50
"""Rows that the reasoner's own trials see."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Job:
    """The questions of one database."""

    path: str
    db_id: str
    asked: tuple[tuple[str, str], ...]
    """Question and its SQL."""

    def thinned(self, most: int) -> Job:
        """At most so many of the questions, evenly spread."""
        step = max(1, -(-len(self.asked) // most))
        return replace(self, asked=self.asked[::step])


@dataclass(frozen=True, slots=True)
class Example:
    """One question with its candidates."""

    db_id: str
    names: tuple[str, ...]
    rows: Floats
    """Candidates × features."""
    right: tuple[bool, ...]
    results: tuple[str, ...]
    """The same for candidates that bring back the same rows; empty for those that failed."""
    drafts: tuple[Draft, ...]


def jobs_of(questions: Path, databases: Path, without: Sequence[str] = ()) -> list[Job]:
    """The questions of a file by database, in the order of the databases' names."""
    data: list[dict[str, Any]] = json.loads(questions.read_text(encoding="utf-8"))
    by_database: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for item in data:
        if item["db_id"] not in without:
            by_database[item["db_id"]].append((item["question"], item["query"]))
    return [
        Job(str(databases / name / f"{name}.sqlite"), name, tuple(asked))
        for name, asked in sorted(by_database.items())
    ]


def observe_all(jobs: Sequence[Job], processes: int) -> list[Observed]:
    """What the structure models learn from, in the order of the jobs."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return [item for found in pool.map(_observe, jobs) for item in found]


def collect(
    jobs: Sequence[Job], structures: Mapping[str, Mapping[str, Any]], processes: int
) -> list[Example]:
    """Examples of all jobs; `structures` gives each database models that never saw it, as plain numbers."""
    work = [(job, structures[job.db_id]) for job in jobs]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return [item for found in pool.map(_collect, work) for item in found]


def _observe(job: Job) -> list[Observed]:
    async def run() -> list[Observed]:
        connector = await open_connector("sqlite", {"path": job.path})
        try:
            knowledge = await quick_knowledge(connector, job.db_id, job.db_id)
        finally:
            await connector.close()
        linker = linker_for(knowledge)
        found = ((question, _draft(gold, knowledge.schema)) for question, gold in job.asked)
        return [observe(job.db_id, question, draft, linker) for question, draft in found if draft is not None]

    return asyncio.run(run())


def _draft(sql: str, schema: Schema) -> Draft | None:
    """The known answer as a draft; None when a draft cannot say it."""
    try:
        return draft_of(from_sql(sql, "sqlite", schema), schema)
    except (TooRich, ValueError):
        return None


def _collect(work: tuple[Job, Mapping[str, Any]]) -> list[Example]:
    job, plain = work
    return asyncio.run(_database(job, Structure(plain)))


async def _database(job: Job, models: Structure) -> list[Example]:
    connector = await open_connector("sqlite", {"path": job.path})
    try:
        knowledge = await quick_knowledge(connector, job.db_id, job.db_id)
        linker = linker_for(knowledge)
        runner = _Runner(connector)
        examples = []
        for question, gold in job.asked:
            wanted = await runner.run(gold, _GOLD)
            if wanted is not None:
                found = candidates(linker.link(question, TODAY), linker, models)
                examples.append(await _example(job.db_id, found, wanted, is_ordered(gold), linker, runner))
        return examples
    finally:
        await connector.close()


async def _example(
    db_id: str,
    found: Sequence[Candidate],
    wanted: QueryResult,
    ordered: bool,
    linker: Linker,
    runner: _Runner,
) -> Example:
    rows, right, results, drafts = [], [], [], []
    knowledge = linker.knowledge
    for candidate in found:
        try:
            plan_query_of(candidate.reading, knowledge.schema, knowledge.dialect)
        except CannotPlan:
            continue
        result = await runner.run(to_sql(candidate.reading, knowledge.dialect), _TRIAL)
        seen = None
        if result is not None:
            seen = QueryResult(result.columns, result.rows[:_SHOWN], len(result.rows) > _SHOWN)
        rows.append({**features(candidate, knowledge, linker.lexicon), **outcome(seen, candidate.draft)})
        right.append(result is not None and same_result(wanted.rows, result.rows, ordered))
        results.append(fingerprint(seen) if seen is not None else "")
        drafts.append(candidate.draft)
    names = tuple(sorted({name for row in rows for name in row}))
    matrix = np.array([[row.get(name, 0.0) for name in names] for row in rows], dtype=np.float32)
    return Example(
        db_id, names, matrix.reshape(len(rows), len(names)), tuple(right), tuple(results), tuple(drafts)
    )


class _Runner:
    """Runs each statement once."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._known: dict[str, QueryResult | None] = {}

    async def run(self, sql: str, limits: Limits) -> QueryResult | None:
        if sql not in self._known:
            try:
                safe = guard.admit(sql, self._connector.capabilities, EVERYTHING)
                self._known[sql] = await self._connector.run(safe, limits)
            except ConnectorError:
                self._known[sql] = None
        return self._known[sql]
