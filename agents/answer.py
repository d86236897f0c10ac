"""Turns rows into an answer: a chart by rule, words whose numbers come from the rows, how sure it is, and the receipt."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agents.answers.chart import choose_chart
from agents.answers.follow_ups import follow_ups
from agents.answers.summary import UnboundNumber, describe, fill
from agents.deps import TurnDeps, emit, thinking
from agents.doubts.confidence import confidence, doubts_of, features, label_of, warnings_of
from agents.events import (
    AnswerReady,
    ChartChosen,
    ChartSpec,
    CheckResult,
    ConfidenceLabel,
    NumberReference,
    StageStarted,
)
from agents.evidence.receipt import make_receipt
from agents.fingerprints import short_id
from agents.plan import Plan
from agents.reasoners.base import Summary
from agents.state import TurnState
from connectors.base import QueryResult

REVIEWED = 0.95
"""Least confidence in a statement that a reviewer approved."""
READ_ROWS = 10_000
"""Rows that charts and summaries look at."""


async def answer(state: TurnState, runtime: Runtime[TurnDeps]) -> TurnState:
    deps = runtime.context
    emit(runtime, StageStarted(stage="answering"))
    plan = Plan.model_validate(state["plan"])
    last = state["results"][-1]
    result = await deps.results.load(last["result_id"], READ_ROWS)
    labels = [str(column["label"]) for column in last["columns"]]
    checks = [CheckResult.model_validate(check) for step in state["results"] for check in step["checks"]]
    chart = _with_unfinished(choose_chart(result, plan.question, labels), result, checks)
    emit(runtime, ChartChosen(step=last["step"], spec=chart))
    summary = await _summary(state, deps, plan, result, chart, labels)
    text, references = _filled(summary, result, chart, labels, plan)
    confidence, label, reasons = _judged(state, plan, checks)
    ready = AnswerReady(
        text=text,
        references=references,
        confidence=confidence,
        confidence_label=label,
        reasons=tuple(reasons),
        warnings=(*deps.away.values(), *warnings_of(checks)),
        checks=tuple(checks),
        follow_ups=summary.follow_ups or follow_ups(plan, result),
        receipt_id=short_id(state["turn_id"], "receipt"),
    )
    receipt = make_receipt(state, deps, ready, deps.budget.usage())
    await deps.receipts.save(ready.receipt_id, state["turn_id"], receipt)
    emit(runtime, ready)
    return TurnState(status="answered", route="end")


async def _summary(
    state: TurnState, deps: TurnDeps, plan: Plan, result: QueryResult, chart: ChartSpec, labels: list[str]
) -> Summary:
    if deps.settings.llm_summary and state["verdict"]["reasoner"] == "llm":
        worded = await deps.reasoners.summarise("llm", thinking(state, deps), plan, [result])
        if worded is not None:
            return worded
    return describe(result, chart, labels)


def _filled(
    summary: Summary, result: QueryResult, chart: ChartSpec, labels: list[str], plan: Plan
) -> tuple[str, tuple[NumberReference, ...]]:
    """A summary that says a number the rows do not hold is thrown away for the one by rule."""
    try:
        return fill(summary, result, known=(plan.question,))
    except UnboundNumber:
        return fill(describe(result, chart, labels), result, known=(plan.question, *labels))


def _with_unfinished(chart: ChartSpec, result: QueryResult, checks: list[CheckResult]) -> ChartSpec:
    """The chart, told which of its points is not over yet."""
    periods = [c.evidence.get("period") for c in checks if c.name == "unfinished" and c.verdict == "warning"]
    if not periods or chart.x is None or chart.x_grain is None:
        return chart
    cells = {str(row[chart.x]) for row in result.rows}
    found = next((str(period) for period in periods if str(period) in cells), "")
    return chart.model_copy(update={"unfinished": found})


def _judged(
    state: TurnState, plan: Plan, checks: list[CheckResult]
) -> tuple[float, ConfidenceLabel, list[str]]:
    """How sure the turn is of its answer, all checks told; a reviewer's approval stands above them."""
    base, shown = state["verdict"], state["confirmation"]["statements"]
    changed = any(shown.get(result["step"]) not in (None, result["sha256"]) for result in state["results"])
    doubts = doubts_of(checks)
    if changed:
        doubts.append("The statement was changed after you saw it; it still keeps the plan.")
    evidence = features(plan, checks) | ({"repaired": 1.0} if changed else {})
    sure = confidence(base["confidence"], evidence, embedded=base["reasoner"] == "embedded")
    judged = state["judged"]
    reasons = list(dict.fromkeys([*judged["reasons"], *doubts]))
    if state.get("review", {}).get("decision") in ("approved", "corrected"):
        return max(sure, REVIEWED), "verified", [*reasons, "A reviewer approved the statement."]
    return sure, label_of(judged["label"], sure, doubts), reasons
