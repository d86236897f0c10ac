"""Runs the approved statement of the current step within its limits and keeps the rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, cast

from langgraph.runtime import Runtime

from agents.answers.labels import output_labels
from agents.checks import check_result
from agents.checks.base import Outcome, Statement
from agents.deps import OpenSource, Ran, TurnDeps, emit
from agents.doubts.asking import asked_of
from agents.doubts.second_look import looked_again
from agents.events import (
    ChecksFinished,
    ExecutionStarted,
    ResultColumnInfo,
    ResultReady,
    RowsFetched,
    StageStarted,
)
from agents.fingerprints import RowDigest, sha256, short_id
from agents.plan import Plan
from agents.state import Draft, StepResult, TurnState
from agents.statements import as_plan, engine_problem, inspect
from connectors.base import QueryResult, ResultColumn, RowBatch, SafeSql
from connectors.errors import FailureKind, QueryRejected

FIRST_ROWS = 200
"""Sent with `ResultReady`."""
JUDGED_ROWS = 5_000
"""Looked at by the checks."""
PROGRESS_SECONDS = 0.3
"""At most one `RowsFetched` in this time."""
REPAIRABLE = frozenset({FailureKind.syntax, FailureKind.schema, FailureKind.data, FailureKind.other})
"""Another statement may do better. Permission and resources will not change by asking differently."""


class Collector:
    """Passes batches on to the result store, counts them, and keeps the first rows."""

    def __init__(self, runtime: Runtime[TurnDeps], step: str) -> None:
        self._runtime = runtime
        self._step = step
        self._told = time.monotonic()
        self.columns: tuple[ResultColumn, ...] = ()
        self.rows: list[tuple[Any, ...]] = []
        self.count = 0
        self.cut_by: str | None = None
        self.digest = RowDigest()

    async def collect(self, batches: AsyncIterator[RowBatch]) -> AsyncIterator[RowBatch]:
        async with aclosing(cast("Any", batches)) as stream:
            async for batch in stream:
                self.columns = batch.columns
                self.count += len(batch.rows)
                self.cut_by = batch.cut_by or self.cut_by
                room = JUDGED_ROWS - len(self.rows)
                self.rows.extend(tuple(row) for row in batch.rows[: max(0, room)])
                self.digest.add(batch.rows)
                self._tell()
                yield batch

    def result(self) -> QueryResult:
        """The rows that the checks look at."""
        return QueryResult(self.columns, self.rows, self.cut_by is not None, self.cut_by)

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told >= PROGRESS_SECONDS:
            self._told = now
            emit(self._runtime, RowsFetched(step=self._step, rows=self.count))


async def executor(state: TurnState, runtime: Runtime[TurnDeps]) -> TurnState:
    deps = runtime.context
    plan = Plan.model_validate(state["plan"])
    step = plan.steps[state["step"]]
    source = deps.sources[step.source_id]
    draft = state["draft"]
    safe, ran = await asyncio.to_thread(_admit_again, draft, source)
    emit(runtime, StageStarted(stage="running"))
    emit(
        runtime,
        ExecutionStarted(step=step.id, source_id=source.id, source_name=source.name, sha256=draft["sha256"]),
    )
    deps.budget.count_statement()
    result_id = short_id(state["turn_id"], step.id, draft["sha256"])
    collector = Collector(runtime, step.id)
    began = time.monotonic()
    try:
        batches = source.connector.stream(safe, deps.limits())
        await deps.results.save(result_id, state["turn_id"], ran, collector.collect(batches))
    except QueryRejected as told:
        error = source.discreet(told, draft["sql"], safe)
        if error.kind not in REPAIRABLE:
            raise error from None
        return TurnState(problem=engine_problem(error), route="write")
    seconds = time.monotonic() - began
    asked = asked_of(state, deps, plan)
    statement = await asyncio.to_thread(
        inspect, draft["sql"], step, draft["origin"], source, deps.budget, asked
    )
    columns = _columns(statement, draft["lineage"], collector.columns)
    emit(
        runtime,
        ResultReady(
            step=step.id,
            result_id=result_id,
            columns=columns,
            rows=tuple(collector.rows[:FIRST_ROWS]),
            row_count=collector.count,
            truncated=collector.cut_by is not None,
            cut_by=collector.cut_by,
            seconds=round(seconds, 4),
        ),
    )
    outcome = await looked_again(
        Outcome(statement, collector.result(), collector.count), seconds, source, deps.budget
    )
    result = _step_result(state, outcome, safe, result_id, columns, collector, seconds)
    last = state["step"] + 1 >= len(plan.steps)
    return TurnState(
        results=[*state["results"], result],
        step=state["step"] + (0 if last else 1),
        tried=[],
        problem="",
        route="answer" if last else "write",
    )


def _admit_again(draft: Draft, source: OpenSource) -> tuple[SafeSql, Ran]:
    """Rights may have changed while the turn waited; and what runs is what was checked, byte for byte.

    Only the reader's own row filters and masks, as they are now, are put in.
    """
    if not draft["approved"]:
        raise QueryRejected("The statement was not approved.", kind=FailureKind.permission)
    if sha256(draft["sql"]) != draft["sha256"]:
        raise QueryRejected("The statement is not the one that was checked.", kind=FailureKind.permission)
    return source.admit(draft["sql"]), source.ran(draft["sql"])


def _columns(
    statement: Statement, lineage: list[list[str]], columns: tuple[ResultColumn, ...]
) -> tuple[ResultColumnInfo, ...]:
    labels = output_labels(statement.step.query, len(columns))
    origins = [tuple(names) for names in lineage] if len(lineage) == len(columns) else [()] * len(columns)
    return tuple(
        ResultColumnInfo(name=c.name, type=c.type, family=str(c.family), label=label, lineage=tables)
        for c, label, tables in zip(columns, labels, origins, strict=True)
    )


def _step_result(
    state: TurnState,
    outcome: Outcome,
    safe: SafeSql,
    result_id: str,
    columns: tuple[ResultColumnInfo, ...],
    collector: Collector,
    seconds: float,
) -> StepResult:
    checked, statement = ChecksFinished.model_validate(state["checked"]), outcome.statement
    checks = (*checked.checks, *check_result(outcome))
    return StepResult(
        step=statement.step.id,
        source_id=statement.step.source_id,
        result_id=result_id,
        sql=statement.sql,
        sha256=state["draft"]["sha256"],
        restricted=safe.text != statement.sql,
        origin=statement.origin,
        columns=[column.model_dump(mode="json") for column in columns],
        row_count=collector.count,
        rows_digest=collector.digest.text,
        truncated=collector.cut_by is not None,
        cut_by=collector.cut_by,
        seconds=round(seconds, 4),
        reading=as_plan(statement),
        checks=[check.model_dump(mode="json") for check in checks],
        conformance=[point.model_dump(mode="json") for point in checked.conformance],
        back_translation=checked.back_translation,
    )
