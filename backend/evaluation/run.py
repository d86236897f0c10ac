"""`datachat eval`: execution accuracy, calibration and speed of a reasoner on questions with known SQL.

Every question takes the way of a turn: the real connector, the indexed schema, the guard on every trial
statement. A clarification counts as not answered; its best guess is scored, so that accuracy over all
questions and over the answered ones are both known.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from agents.budget import Budget, TurnLimits
from agents.deps import OpenSource, SourceProber
from agents.plan import Plan
from agents.reasoners.base import AgentError, PreviousTurn, Proposal, Question, Refusal, Thinking
from agents.reasoners.choice import Reasoners
from agents.reasoners.embedded import EmbeddedReasoner, learned
from agents.reasoners.embedded.training.folds import FOLDS, fold_of
from backend.evaluation.report import report, summary_lines
from backend.evaluation.score import Scorer
from backend.models import LanguageModels
from backend.settings import Settings
from connectors.errors import ConnectorError
from connectors.registry import open_connector
from connectors.sql.policy import EVERYTHING
from knowledge.base import KnowledgeError
from knowledge.indexing import quick_knowledge

CONFIDENT = 0.8


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, or one turn of a dialogue."""

    db_id: str
    question: str
    gold: str
    dialogue: str = ""
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Scored:
    """A row of the report."""

    db_id: str
    question: str
    gold: str
    pred: str
    status: str
    """answered, clarify, declined, direct or failed."""
    confidence: float
    correct: bool
    seconds: float
    """Thinking only, without indexing and scoring."""
    verdict: str
    """right, wrong, pred_error, none, or gold_error (left out of every figure)."""
    dialogue: str = ""
    turn: int = 0
    detail: str = ""


def questions_of(data: Sequence[dict[str, Any]]) -> list[Asked]:
    """Single questions and dialogues, in the order of the file."""
    asked: list[Asked] = []
    for number, item in enumerate(data):
        if "turns" in item:
            name = str(item.get("id", number))
            for turn, spoken in enumerate(item["turns"]):
                asked.append(Asked(item["db_id"], spoken["utterance"], spoken["query"], name, turn))
        else:
            asked.append(Asked(item["db_id"], item["question"], item["query"]))
    return asked


async def evaluate_database(
    path: Path, db_id: str, asked: Sequence[Asked], reasoners: Reasoners
) -> list[Scored]:
    """Every question of one database, indexed once."""
    connector = await open_connector("sqlite", {"path": str(path)})
    try:
        knowledge = await quick_knowledge(connector, db_id, db_id)
        source = OpenSource(db_id, db_id, connector, knowledge, EVERYTHING)
        scorer = Scorer(path)
        history: list[PreviousTurn] = []
        dialogue = ""
        scored = []
        for item in asked:
            if item.dialogue != dialogue or not item.dialogue:
                history, dialogue = [], item.dialogue
            row, previous = await _ask(item, source, reasoners, history, scorer)
            scored.append(row)
            if previous is not None:
                history.append(previous)
        return scored
    finally:
        await connector.close()


async def _ask(
    item: Asked, source: OpenSource, reasoners: Reasoners, history: Sequence[PreviousTurn], scorer: Scorer
) -> tuple[Scored, PreviousTurn | None]:
    prober = SourceProber(source, Budget(TurnLimits()))
    thinking = Thinking(
        question=item.question,
        sources={source.id: source.knowledge},
        probers={source.id: prober},
        today=date.today(),
        history=tuple(history),
    )
    started = time.perf_counter()
    status, proposal, detail = "failed", None, ""
    try:
        thought = (await reasoners.think(thinking)).thought
    except (AgentError, ConnectorError, KnowledgeError) as error:
        detail = str(error)
    else:
        match thought:
            case Proposal():
                status, proposal = "answered", thought
            case Question():
                status, proposal = "clarify", thought.best
            case Refusal():
                status, detail = "declined", thought.message
            case _:
                status, detail = "direct", thought.text
    seconds = time.perf_counter() - started
    pred = next(iter(proposal.sql.values()), "") if proposal is not None else ""
    verdict, problem = scorer.judge(item.gold, pred)
    row = Scored(
        db_id=item.db_id,
        question=item.question,
        gold=item.gold,
        pred=pred,
        status=status,
        confidence=proposal.confidence if proposal is not None else 0.0,
        correct=verdict == "right",
        seconds=round(seconds, 5),
        verdict=verdict,
        dialogue=item.dialogue,
        turn=item.turn,
        detail=problem or detail,
    )
    plan: Plan | None = proposal.plan if proposal is not None else None
    previous = PreviousTurn(item.question, plan, (pred,)) if plan is not None else None
    return row, previous


def find_database(folder: Path, db_id: str) -> Path | None:
    for path in (folder / db_id / f"{db_id}.sqlite", folder / f"{db_id}.sqlite"):
        if path.is_file():
            return path
    return None


@dataclass(frozen=True, slots=True)
class _Job:
    """The questions of one database."""

    path: Path
    db_id: str
    asked: list[Asked]
    wanted: str
    weights: Path


def _work(job: _Job) -> list[Scored]:
    """One database in a worker process."""
    with learned.weights_from(job.weights):
        return asyncio.run(evaluate_database(job.path, job.db_id, job.asked, make_reasoners(job.wanted)))


def make_reasoners(wanted: str) -> Reasoners:
    """The reasoners that a turn would have with the settings of this process."""
    if wanted == "embedded":
        return Reasoners(wanted="embedded", embedded=EmbeddedReasoner())
    from agents.reasoners.llm import LlmReasoner

    models = LanguageModels(Settings().llm).get()
    llm = LlmReasoner(models, Budget(TurnLimits())) if models is not None else None
    return Reasoners(wanted=wanted, embedded=EmbeddedReasoner(), llm=llm)  # type: ignore[arg-type]


def evaluate(
    asked: Iterable[Asked],
    databases: Path,
    wanted: str = "embedded",
    jobs: int = 1,
    held_out: Path | None = None,
) -> list[Scored]:
    """Scores in the order of the questions. Questions on missing databases are left out.

    Args:
        held_out: folder with weights of each fold; a database is asked with those that never saw it.
    """
    by_database: defaultdict[str, list[Asked]] = defaultdict(list)
    order: dict[Asked, int] = {}
    for item in asked:
        by_database[item.db_id].append(item)
        order.setdefault(item, len(order))
    work = []
    for db_id, items in sorted(by_database.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        path = find_database(databases, db_id)
        if path is None:
            print(f"There is no database {db_id}; its {len(items)} questions are left out.", file=sys.stderr)
            continue
        weights = learned.SHIPPED if held_out is None else held_out / str(fold_of(db_id))
        work.append(_Job(path, db_id, items, wanted, weights))
    scored: list[Scored] = []
    if jobs <= 1:
        for job in work:
            scored.extend(_work(job))
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            for rows in pool.map(_work, work):
                scored.extend(rows)
    return sorted(
        scored, key=lambda row: order[Asked(row.db_id, row.question, row.gold, row.dialogue, row.turn)]
    )


def run(args: argparse.Namespace) -> int:
    """The body of the command: 0 when the evaluation ran, 2 when its input cannot be used."""
    try:
        data = json.loads(Path(args.questions).read_text(encoding="utf-8"))
        asked = questions_of(data)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"The questions cannot be read: {error}", file=sys.stderr)
        return 2
    databases, held_out = Path(args.databases), Path(args.held_out) if args.held_out else None
    needed = "dialogue.json" if any(item.turn for item in asked) else "rank.json"
    if held_out is not None and not all((held_out / str(fold) / needed).is_file() for fold in range(FOLDS)):
        print(f"There are no weights of {FOLDS} folds in {held_out}.", file=sys.stderr)
        return 2
    scored = evaluate(asked[: args.limit or None], databases, args.reasoner, args.jobs or 1, held_out)
    if not scored:
        print("No question could be asked.", file=sys.stderr)
        return 2
    figures = report(scored)
    print("\n".join(summary_lines(figures)))
    if args.out:
        rows = [asdict(row) for row in scored]
        Path(args.out).write_text(
            json.dumps({**figures, "questions": rows}, indent=1, ensure_ascii=False) + "\n"
        )
    return 0


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options, for the CLI and for this module run by itself."""
    parser.add_argument("questions", help="JSON: [{db_id, question, query}] or dialogues [{db_id, turns}]")
    parser.add_argument("--databases", required=True, help="folder with ID/ID.sqlite")
    parser.add_argument("--reasoner", choices=("auto", "embedded", "llm"), default="embedded")
    parser.add_argument("--limit", type=int, default=None, help="ask only the first so many")
    parser.add_argument("--jobs", type=int, default=1, help="worker processes")
    parser.add_argument(
        "--held-out", default="", help="weights of folds: ask each database with those that never saw it"
    )
    parser.add_argument("--out", default="", help="file for the report, a row per question")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="datachat eval", description=__doc__)
    arguments(parser)
    return run(parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
