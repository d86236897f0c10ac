"""Every candidate of every training question with its features and whether it gives the right rows."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from agents.plan_reading import CannotPlan, plan_query_of
from agents.reasoners.embedded.candidates import candidates
from agents.reasoners.embedded.features import features, outcome
from agents.same_result import is_ordered, same_result
from connectors.base import Connector, Limits, QueryResult
from connectors.errors import ConnectorError
from connectors.registry import open_connector
from connectors.sql import guard
from connectors.sql.policy import EVERYTHING
from connectors.sql.reading_render import to_sql
from knowledge.indexing import quick_knowledge
from knowledge.linking import linker_for

TODAY = date(2025, 1, 1)
"""Fixed, so that training does not depend on the day it runs."""
_GOLD = Limits(rows=20_000, seconds=20.0)
_TRIAL = Limits(rows=20_000, seconds=2.0)
_SHOWN = 50
"""Rows that the reasoner's own trials see."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One candidate of a training question."""

    features: dict[str, float]
    right: bool
    result: str
    """The same for candidates that bring back the same rows; empty when it failed."""


@dataclass(frozen=True, slots=True)
class Example:
    db_id: str
    question: str
    candidates: tuple[Labelled, ...]


async def _run(connector: Connector, sql: str, limits: Limits) -> QueryResult | None:
    try:
        safe = guard.admit(sql, connector.capabilities, EVERYTHING)
        return await connector.run(safe, limits)
    except ConnectorError:
        return None


async def _database(path: Path, db_id: str, asked: Sequence[tuple[str, str]]) -> list[Example]:
    connector = await open_connector("sqlite", {"path": str(path)})
    try:
        knowledge = await quick_knowledge(connector, db_id, db_id)
        linker = linker_for(knowledge)
        examples = []
        for question, gold in asked:
            wanted = await _run(connector, gold, _GOLD)
            if wanted is None:
                continue
            labelled = []
            for candidate in candidates(linker.link(question, TODAY), linker):
                try:
                    plan_query_of(candidate.reading, knowledge.schema, knowledge.dialect)
                except CannotPlan:
                    continue
                result = await _run(connector, to_sql(candidate.reading, knowledge.dialect), _TRIAL)
                numbers = features(candidate, knowledge, linker.lexicon)
                seen = (
                    None
                    if result is None
                    else QueryResult(result.columns, result.rows[:_SHOWN], len(result.rows) > _SHOWN)
                )
                numbers.update(outcome(seen, candidate.draft))
                right = result is not None and same_result(wanted.rows, result.rows, is_ordered(gold))
                labelled.append(Labelled(numbers, right, _fingerprint(seen)))
            examples.append(Example(db_id, question, tuple(labelled)))
        return examples
    finally:
        await connector.close()


def _fingerprint(result: QueryResult | None) -> str:
    if result is None:
        return ""
    rows = sorted("\x1f".join(sorted(repr(cell) for cell in row)) for row in result.rows)
    return f"{len(result.columns)}:" + "\x1e".join(rows)


def _work(job: tuple[str, str, list[tuple[str, str]]]) -> list[Example]:
    path, db_id, asked = job
    return asyncio.run(_database(Path(path), db_id, asked))


def collect(questions: Path, databases: Path, without: Sequence[str] = (), jobs: int = 2) -> list[Example]:
    """Examples of a question file, in the order of its databases' names."""
    data: list[dict[str, Any]] = json.loads(questions.read_text(encoding="utf-8"))
    by_database: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for item in data:
        if item["db_id"] not in without:
            by_database[item["db_id"]].append((item["question"], item["query"]))
    work = [
        (str(databases / name / f"{name}.sqlite"), name, asked) for name, asked in sorted(by_database.items())
    ]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        return [example for found in pool.map(_work, work) for example in found]
