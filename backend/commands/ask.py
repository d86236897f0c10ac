"""`datachat ask`: one whole turn without a server."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from argparse import Namespace
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from agents.events import (
    AgentEvent,
    AnswerReady,
    ChecksFinished,
    ClarificationAsked,
    Declined,
    PlanProposed,
    ResultReady,
    SqlDrafted,
)
from agents.replies import Answer, ConfirmAnswer, RejectAnswer
from backend.commands.common import complain, settings_for
from backend.errors import problem_for
from backend.settings import Settings
from connectors.base import JsonValue, QueryResult, ResultColumn, RowBatch
from connectors.errors import ConnectorError

if TYPE_CHECKING:
    from agents.deps import OpenSource, Ran, ReviewRequestData, TurnDeps
    from agents.reasoners.choice import Reasoners
    from agents.turn import Outcome, TurnRunner

Status = Literal["answered", "clarify", "declined", "refused", "failed"]
REFUSALS = ("writes_data", "off_topic", "not_permitted")
LABELS = {"verified": "Verified.", "checked": "Checked.", "check_this": "Check this:"}
SHOWN_ROWS = 20
TURN = "ask"


@dataclass
class Reply:
    """What is printed with `--json`."""

    question: str
    reasoner: str = ""
    status: Status = "failed"
    plan: dict[str, Any] | None = None
    sql: str = ""
    columns: list[str] = field(default_factory=list)
    rows: Sequence[Sequence[JsonValue]] = ()
    truncated: bool = False
    answer: str = ""
    checks: list[dict[str, Any]] = field(default_factory=list)
    confidence: float = 0.0
    label: str = ""
    warnings: tuple[str, ...] = ()
    """And the other reasons for the label."""
    seconds: float = 0.0

    def take(self, event: AgentEvent) -> None:
        match event:
            case PlanProposed():
                self.plan = event.plan.model_dump(mode="json")
                self.sql = event.sql[-1] if event.sql else self.sql
                self.reasoner, self.confidence = event.plan.reasoner, event.plan.confidence
            case SqlDrafted():
                self.sql = event.sql
            case ChecksFinished():
                self.checks = [check.model_dump(mode="json") for check in event.checks]
            case ResultReady():
                self.columns = [column.name for column in event.columns]
                self.rows, self.truncated = event.rows, event.truncated
            case AnswerReady():
                self.answer, self.confidence = event.text, event.confidence
                self.label = event.confidence_label
                self.warnings = tuple(dict.fromkeys((*event.warnings, *event.reasons)))
                self.checks = [check.model_dump(mode="json") for check in event.checks]
            case ClarificationAsked():
                options = "; ".join(option.label for option in event.options)
                self.answer = f"{event.question} ({options})" if options else event.question
            case Declined():
                self.status = "refused" if event.reason in REFUSALS else "declined"
                self.answer = event.message


def run(arguments: Namespace) -> int:
    reply = asyncio.run(_ask(arguments, settings_for(arguments)))
    if isinstance(reply, ConnectorError):
        if arguments.json:
            failed = Reply(arguments.question, answer=problem_for(reply)[0].message)
            print(json.dumps(vars(failed), ensure_ascii=False))
            return 1
        return complain(reply)
    print(json.dumps(vars(reply), ensure_ascii=False) if arguments.json else _readable(reply))
    return 1 if reply.status == "failed" else 0


async def _ask(arguments: Namespace, settings: Settings) -> Reply | ConnectorError:
    from connectors.registry import open_connector, parse_url

    try:
        connector = await open_connector(*parse_url(arguments.source))
    except ConnectorError as error:
        return error
    try:
        return await _turn(arguments, settings, await _source(connector, arguments.source))
    except ConnectorError as error:
        return error
    finally:
        await connector.close()


async def _source(connector: Any, target: str) -> OpenSource:
    from pathlib import PurePath

    from agents.deps import OpenSource
    from connectors.sql.policy import ReadPolicy
    from knowledge.indexing import quick_knowledge

    name = PurePath(target.rpartition("@")[2]).name
    knowledge = await quick_knowledge(connector, "source", name)
    tables = frozenset(table.full_name.lower() for table in knowledge.schema.tables)
    policy = ReadPolicy(tables=tables, default_schema=connector.capabilities.default_schema)
    return OpenSource("source", name, connector, knowledge, policy)


async def _turn(arguments: Namespace, settings: Settings, source: OpenSource) -> Reply:
    from langgraph.checkpoint.memory import InMemorySaver

    from agents.turn import TurnRunner

    started = time.monotonic()
    reply, results = Reply(arguments.question), MemoryResults()
    runner = TurnRunner(InMemorySaver())
    deps = _deps(arguments, settings, source, results)
    outcome = await _stretch(runner, deps, reply, None)
    while outcome.status == "waiting":
        answer = _confirmation(arguments, reply) if outcome.waiting_for == "confirmation" else None
        if answer is None:
            reply.status = "clarify"
            break
        if isinstance(answer, RejectAnswer):
            reply.status, reply.answer = "declined", "The plan was not confirmed. Add --yes to run it."
            break
        outcome = await _stretch(runner, deps, reply, answer)
    if outcome.status == "answered":
        reply.status, reply.rows = "answered", results.rows or reply.rows
    elif outcome.status == "failed" and outcome.error is not None:
        reply.answer = problem_for(outcome.error)[0].message
    reply.seconds = round(time.monotonic() - started, 3)
    return reply


async def _stretch(runner: TurnRunner, deps: TurnDeps, reply: Reply, answer: Answer | None) -> Outcome:
    stretch = (
        runner.start(TURN, reply.question, deps) if answer is None else runner.resume(TURN, answer, deps)
    )
    async for item in stretch:
        reply.take(item.event)
    if stretch.outcome is None:
        raise RuntimeError("a turn ended without an outcome")
    return stretch.outcome


def _deps(arguments: Namespace, settings: Settings, source: OpenSource, results: MemoryResults) -> TurnDeps:
    from agents.budget import Budget
    from agents.deps import TurnDeps, TurnSettings

    budget = Budget()
    return TurnDeps(
        sources={source.id: source},
        reasoners=_reasoners(arguments.reasoner, settings, budget),
        budget=budget,
        results=results,
        receipts=NoReceipts(),
        reviews=NoReviews(),
        today=date.today(),
        settings=TurnSettings(confirmation="never" if arguments.yes else "always"),
    )


def _reasoners(wanted: Literal["auto", "embedded", "llm"], settings: Settings, budget: Any) -> Reasoners:
    from agents.reasoners.choice import Reasoners
    from agents.reasoners.embedded.reasoner import EmbeddedReasoner
    from backend.models import LanguageModels

    models = LanguageModels(settings.llm).get() if wanted != "embedded" else None
    if models is None:
        return Reasoners(wanted=wanted, embedded=EmbeddedReasoner())
    from agents.reasoners.llm import LlmReasoner

    llm = LlmReasoner(models, budget)
    return Reasoners(wanted=wanted, embedded=EmbeddedReasoner(), llm=llm, healthy=lambda: models.healthy)


def _confirmation(arguments: Namespace, reply: Reply) -> ConfirmAnswer | RejectAnswer:
    if arguments.yes:
        return ConfirmAnswer(revision=1)
    if arguments.json or not sys.stdin.isatty():
        return RejectAnswer()
    print(f"\n{reply.sql}\n")
    agreed = input("Run this? [y/N] ").strip().lower() in ("y", "yes")
    return ConfirmAnswer(revision=1) if agreed else RejectAnswer()


def _readable(reply: Reply) -> str:
    lines = [reply.answer or reply.status]
    if reply.rows:
        table = [reply.columns, *([_cell(cell) for cell in row] for row in reply.rows[:SHOWN_ROWS])]
        widths = [min(40, max(len(row[i]) for row in table)) for i in range(len(reply.columns))]
        lines += [
            "",
            *("  ".join(cell[:40].ljust(w) for cell, w in zip(row, widths, strict=True)) for row in table),
        ]
        if len(reply.rows) > SHOWN_ROWS or reply.truncated:
            lines.append("…")
    if reply.label:
        lines += ["", LABELS[reply.label], *(f"- {warning}" for warning in reply.warnings)]
    if reply.sql:
        lines += ["", reply.sql]
    return "\n".join(line.rstrip() for line in lines)


def _cell(cell: JsonValue) -> str:
    """For reading: without the last digits of a float, where only rounding errors are."""
    if isinstance(cell, float):
        return f"{cell:.12g}"
    return "" if cell is None else cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


class MemoryResults:
    """Keeps the rows of one turn's results."""

    def __init__(self) -> None:
        self._kept: dict[str, QueryResult] = {}

    @property
    def rows(self) -> Sequence[Sequence[JsonValue]]:
        """Of the last result."""
        return next(reversed(self._kept.values())).rows if self._kept else ()

    async def save(self, result_id: str, turn_id: str, ran: Ran, batches: AsyncIterator[RowBatch]) -> None:
        columns: tuple[ResultColumn, ...] = ()
        rows: list[Sequence[JsonValue]] = []
        cut_by: str | None = None
        async for batch in batches:
            columns, cut_by = batch.columns or columns, batch.cut_by or cut_by
            rows.extend(batch.rows)
        self._kept[result_id] = QueryResult(columns, rows, cut_by is not None, cut_by)

    async def load(self, result_id: str, rows: int) -> QueryResult:
        return self._kept[result_id]


class NoReceipts:
    async def save(self, receipt_id: str, turn_id: str, receipt: Mapping[str, Any]) -> None:
        """Nobody could ask for it later."""


class NoReviews:
    async def request(self, review_id: str, turn_id: str, request: ReviewRequestData) -> None:
        """There is no reviewer on a command line; the turn then waits and is reported as such."""
