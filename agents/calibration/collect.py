"""Answers questions with known SQL as a turn would, and notes what spoke for each answer and whether it was right."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from agents.budget import Budget, TurnLimits
from agents.checks import check_result, check_statement
from agents.checks.base import Outcome
from agents.deps import OpenSource, SourceProber
from agents.doubts.confidence import features
from agents.doubts.probing import measured
from agents.doubts.second_look import looked_again
from agents.reasoners.base import Proposal, Question, Thinking
from agents.reasoners.embedded.reasoner import EmbeddedReasoner
from agents.same_result import is_ordered, same_result
from agents.statements import Asked, settle
from connectors.base import Limits
from connectors.errors import ConnectorError
from connectors.registry import open_connector
from connectors.sql import guard
from connectors.sql.policy import EVERYTHING
from knowledge.base import KnowledgeError
from knowledge.indexing import quick_knowledge

LIMITS = Limits(rows=5_000, seconds=5.0)
SEED = 11


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer with what spoke for and against it."""

    db_id: str
    own: float
    """The reasoner's own estimate."""
    evidence: dict[str, float]
    right: bool


@dataclass(frozen=True, slots=True)
class Job:
    path: str
    db_id: str
    asked: tuple[tuple[str, str], ...]
    """Question and its SQL."""


def jobs_of(questions: Path, databases: Path, per_database: int) -> list[Job]:
    """At most so many questions of each database, drawn by a fixed seed."""
    by_database: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    data: list[dict[str, Any]] = json.loads(questions.read_text(encoding="utf-8"))
    for item in data:
        by_database[item["db_id"]].append((item["question"], item["query"]))
    jobs = []
    for db_id, asked in sorted(by_database.items()):
        path = databases / db_id / f"{db_id}.sqlite"
        drawn = random.Random(SEED).sample(asked, min(per_database, len(asked)))
        if path.is_file():
            jobs.append(Job(str(path), db_id, tuple(drawn)))
    return jobs


def collect(jobs: Sequence[Job], processes: int = 1) -> list[Answered]:
    if processes == 1:
        return [answered for job in jobs for answered in _work(job)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return [answered for part in pool.map(_work, jobs) for answered in part]


def _work(job: Job) -> list[Answered]:
    return asyncio.run(_database(job))


async def _database(job: Job) -> list[Answered]:
    connector = await open_connector("sqlite", {"path": job.path})
    try:
        knowledge = await quick_knowledge(connector, job.db_id, job.db_id)
        source = OpenSource(job.db_id, job.db_id, connector, knowledge, EVERYTHING)
        reasoner, found = EmbeddedReasoner(), []
        for question, gold in job.asked:
            try:
                answered = await _answer(question, gold, source, reasoner)
            except (ConnectorError, KnowledgeError):
                continue
            if answered is not None:
                found.append(answered)
        return found
    finally:
        await connector.close()


async def _answer(
    question: str, gold: str, source: OpenSource, reasoner: EmbeddedReasoner
) -> Answered | None:
    """None when there was no answer to judge."""
    budget, today = Budget(TurnLimits()), date.today()
    thinking = Thinking(
        question, {source.id: source.knowledge}, {source.id: SourceProber(source, budget)}, today
    )
    thought = await reasoner.think(thinking)
    proposal = thought.best if isinstance(thought, Question) else thought
    if not isinstance(proposal, Proposal):
        return None
    step = proposal.plan.steps[0]
    _, draft, _ = settle(
        step, [{"sql": proposal.sql[step.id], "origin": "embedded"}], source, budget, Asked(question, today)
    )
    if draft is None or draft.safe is None:
        return None
    draft = await measured(draft, source, budget)
    result = await source.connector.run(source.admit(draft.sql), LIMITS)
    outcome = await looked_again(Outcome(draft, result, len(result.rows)), 0.1, source, budget)
    checks = (*check_statement(outcome.statement), *check_result(outcome))
    wanted = await source.connector.run(guard.admit(gold, source.capabilities, EVERYTHING), LIMITS)
    right = same_result(wanted.rows, result.rows, is_ordered(gold))
    return Answered(source.id, proposal.confidence, features(proposal.plan, checks), right)
