"""`python -m agents.reasoners.embedded.training.dialogues DIALOGUES.json --databases DIR`: how to go on from an answer, fitted.

Every turn is read with weights that never saw its database, as the fold weights of the training of single questions are.
Writes the weights, those of each fold beside the others of that fold, and prints how often the likeliest way is right.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

from agents.budget import Budget, TurnLimits
from agents.deps import OpenSource, SourceProber
from agents.reasoners.embedded import learned
from agents.reasoners.embedded.analytic.join_in import with_business
from agents.reasoners.embedded.compile import NoPath, to_reading
from agents.reasoners.embedded.decompile import TooRich, draft_of
from agents.reasoners.embedded.dialogue.go_on import outcomes
from agents.reasoners.embedded.dialogue.options import options
from agents.reasoners.embedded.dialogue.scene import Scene
from agents.reasoners.embedded.draft import Col, Draft
from agents.reasoners.embedded.think import fingerprint, plannable, understand
from agents.reasoners.embedded.training.fit_dialogues import Turn, fit
from agents.reasoners.embedded.training.folds import SEED, fold_of
from agents.reasoners.embedded.training.made_turns import Maker
from agents.reasoners.embedded.training.observe import TODAY
from agents.same_result import is_ordered, same_result
from connectors.base import Connector, Limits, QueryResult
from connectors.errors import ConnectorError
from connectors.registry import open_connector
from connectors.sql import guard
from connectors.sql.policy import EVERYTHING
from connectors.sql.reading import Output, Reading, Source, Star
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql
from knowledge.indexing import quick_knowledge
from knowledge.linking import linker_for

_LIMITS = Limits(rows=20_000, seconds=2.0)
_SHOWN = 50
_STORED = 200
"""Rows of a table that values to name are drawn from."""
_QUESTIONS, _EDITS = 3, 2
"""Single questions of a database that turns are made after, and edits of each."""
DIALOGUES = Path(__file__).parent / "dialogues.json"


@dataclass(frozen=True, slots=True)
class Job:
    """What one database has to learn from."""

    path: Path
    dialogues: tuple[dict[str, Any], ...]
    asked: tuple[tuple[str, str], ...]
    """Single questions with their SQL."""
    weights: Path
    """Those of single questions, which never saw the database."""


def collect(job: Job) -> list[Turn]:
    """The turns of one database, each after the known answer to the one before."""
    with learned.weights_from(job.weights):
        return asyncio.run(_collect(job.path, job.dialogues, job.asked))


async def _collect(
    path: Path, dialogues: Sequence[dict[str, Any]], asked: Sequence[tuple[str, str]]
) -> list[Turn]:
    connector = await open_connector("sqlite", {"path": str(path)})
    try:
        db_id = path.stem
        knowledge = await quick_knowledge(connector, db_id, db_id)
        source = OpenSource(db_id, db_id, connector, knowledge, EVERYTHING)
        turns = []
        for dialogue in dialogues:
            said = dialogue["turns"]
            for place in range(1, len(said)):
                known = [turn["query"] for turn in reversed(said[:place])]
                turn = await _turn(source, known, said[place]["utterance"], said[place]["query"], spoken=True)
                turns += [turn] if turn is not None else []
        return [*turns, *await _made(source, asked)]
    finally:
        await connector.close()


async def _made(source: OpenSource, asked: Sequence[tuple[str, str]]) -> list[Turn]:
    """Turns after known queries: edits of them in words, and other questions of the same database by themselves."""
    draw = Random(f"{SEED} {source.id}")
    linker = linker_for(source.knowledge)
    values = await _values(source, draw)
    turns: list[Turn | None] = []
    for _, gold in draw.sample(asked, min(_QUESTIONS, len(asked))):
        draft = _draft(gold, source)
        if draft is None:
            continue
        edits = list(Maker(draft, linker, values, draw).turns())
        for words, after in draw.sample(edits, min(_EDITS, len(edits))):
            try:
                sql = to_sql(to_reading(after, source.knowledge), "sqlite")
            except NoPath:
                continue
            turns.append(await _turn(source, [gold], words, sql))
        others = [item for item in asked if item[1] != gold]
        near = [item for item in others if _shares(draft, _draft(item[1], source))]
        if others:
            words, sql = draw.choice(near or others)
            turns.append(await _turn(source, [gold], words, sql))
    return [turn for turn in turns if turn is not None]


def _shares(one: Draft, other: Draft | None) -> bool:
    """Whether both read a table; a change of topic is hardest to tell where they do."""
    return other is not None and not set(one.own_tables).isdisjoint(other.own_tables)


async def _values(source: OpenSource, draw: Random) -> list[tuple[Col, str | float]]:
    """A few stored values of every column, as people may name them."""
    found: list[tuple[Col, str | float]] = []
    for table in source.knowledge.schema.tables:
        rows = Reading((Output(Star()),), Source(table.name, table.name), limit=_STORED)
        result = await _run(source.connector, to_sql(rows, "sqlite"))
        for row in draw.sample(result.rows, min(3, len(result.rows))) if result is not None else ():
            for column, value in zip(table.columns, row, strict=False):
                if isinstance(value, int | float) or (isinstance(value, str) and 2 < len(value) < 25):
                    found.append((Col(table.full_name, column.name), value))
    return found


async def _turn(
    source: OpenSource, known: Sequence[str], utterance: str, gold: str, *, spoken: bool = False
) -> Turn | None:
    """The ways to read one turn.

    Args:
        known: the queries of the turns before, latest first.
    """
    knowledge, linker = source.knowledge, linker_for(source.knowledge)
    drafts = [draft for sql in known if (draft := _draft(sql, source)) is not None]
    earlier, wanted = await _run(source.connector, known[0]), await _run(source.connector, gold)
    if not drafts or earlier is None or wanted is None or _draft(known[0], source) is None:
        return None
    prober = SourceProber(source, Budget(TurnLimits()))
    alone = await with_business(await understand(utterance, knowledge, prober, TODAY), prober)
    scene = Scene(utterance, alone.lattice, linker, drafts[0], TODAY, earlier=tuple(drafts[1:]))
    rows, right, results = [], [], []
    for option in options(scene, alone):
        if not plannable(option.candidate, knowledge):
            continue
        sql = to_sql(option.candidate.reading, "sqlite")
        result = await _run(source.connector, sql)
        if result is None:
            continue
        rows.append({**option.numbers, **outcomes(_cut(result), option, fingerprint(_cut(earlier)))})
        right.append(same_result(wanted.rows, result.rows, is_ordered(gold)))
        results.append(fingerprint(_cut(result)))
    return Turn(source.id, spoken, tuple(rows), tuple(right), tuple(results))


def _draft(sql: str, source: OpenSource) -> Draft | None:
    schema = source.knowledge.schema
    try:
        return draft_of(from_sql(sql, "sqlite", schema), schema)
    except (TooRich, ValueError):
        return None


def _cut(result: QueryResult) -> QueryResult:
    return QueryResult(result.columns, result.rows[:_SHOWN], len(result.rows) > _SHOWN)


async def _run(connector: Connector, sql: str) -> QueryResult | None:
    try:
        return await connector.run(guard.admit(sql, connector.capabilities, EVERYTHING), _LIMITS)
    except ConnectorError:
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path, help="single questions, to make turns from")
    parser.add_argument("--databases", type=Path, required=True)
    parser.add_argument("--without", default="", help="databases to leave out, separated by commas")
    parser.add_argument(
        "--folds", type=Path, required=True, help="weights of each fold, as the training writes them"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--out", type=Path, default=learned.SHIPPED)
    arguments = parser.parse_args()
    without = [name for name in arguments.without.split(",") if name]
    jobs = jobs_of(arguments.questions, arguments.databases, arguments.folds, without)
    fitted = fit(gather(jobs, arguments.jobs))
    learned.write(arguments.out, "dialogue", fitted.weights)
    for fold, weights in enumerate(fitted.held_out):
        learned.write(arguments.folds / str(fold), "dialogue", weights)
    print(json.dumps(fitted.figures, indent=1))


def jobs_of(questions: Path, databases: Path, folds: Path, without: Sequence[str]) -> list[Job]:
    """By database, in the order of their names; with this project's own dialogues."""
    asked: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for item in json.loads(questions.read_text(encoding="utf-8")):
        asked[item["db_id"]].append((item["question"], item["query"]))
    spoken: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for dialogue in json.loads(DIALOGUES.read_text(encoding="utf-8")):
        spoken[dialogue["db_id"]].append(dialogue)
    names = sorted({*asked, *spoken} - set(without))
    return [
        Job(databases / n / f"{n}.sqlite", tuple(spoken[n]), tuple(asked[n]), folds / str(fold_of(n)))
        for n in names
    ]


def gather(jobs: Sequence[Job], processes: int) -> list[Turn]:
    """The turns of all databases, in their order."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return [turn for found in pool.map(collect, jobs) for turn in found]


if __name__ == "__main__":
    main()
