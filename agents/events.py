"""What happens in a turn, as a closed union. Knows nothing of sockets."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, JsonValue

from agents.plan import Plan, WordLink

Stage = Literal[
    "understanding", "planning", "writing_sql", "checking", "repairing", "review", "running", "answering",
]  # fmt: skip
CheckVerdict = Literal["passed", "warning", "failed", "skipped"]
ConfidenceLabel = Literal["verified", "checked", "check_this"]


class EventModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)


class StageStarted(EventModel):
    type: Literal["stage.started"] = "stage.started"
    stage: Stage
    detail: str = ""


class QuestionUnderstood(EventModel):
    """What the question was taken to say, before there is a plan."""

    type: Literal["question.understood"] = "question.understood"
    restated: str
    route: Literal["plan", "follow_up", "direct", "refuse", "clarify"]
    reasoner: str
    links: tuple[WordLink, ...] = ()
    note: str = ""
    """Why another reasoner than the project's own answers, when one does."""


class ClarificationOption(EventModel):
    id: str
    label: str
    detail: str = ""
    """What choosing it means: a sample value, a row count."""


class ClarificationAsked(EventModel):
    type: Literal["clarification.asked"] = "clarification.asked"
    clarification_id: str
    question: str
    options: tuple[ClarificationOption, ...]
    allow_text: bool = True


class ClarificationAnswered(EventModel):
    type: Literal["clarification.answered"] = "clarification.answered"
    clarification_id: str
    option_id: str | None = None
    text: str = ""


class PlanChange(EventModel):
    """One line of the difference between two revisions of a plan."""

    path: str
    before: str
    after: str


class CheckResult(EventModel):
    name: str
    title: str
    """For a person: "Read-only, single statement"."""
    verdict: CheckVerdict
    detail: str = ""
    evidence: dict[str, JsonValue] = {}
    seconds: float = 0.0


class PlanOffer(EventModel):
    """A plan without a flaw that a check found in the proposed one; taking it is a revision with this plan."""

    id: str
    check: str
    """Name of the `CheckResult` it answers."""
    label: str
    detail: str = ""
    plan: Plan


class PlanProposed(EventModel):
    """A plan to look at; `revision` counts up by one with every edit. `awaits_confirmation` is false when the project lets it run."""

    type: Literal["plan.proposed"] = "plan.proposed"
    revision: int
    plan: Plan
    summary: str
    """One plain English paragraph, read from the plan's own reading."""
    sql: tuple[str, ...] = ()
    """The statement of each step, where it is already written."""
    changes: tuple[PlanChange, ...] = ()
    awaits_confirmation: bool = True
    confidence_label: ConfidenceLabel = "check_this"
    reasons: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    """Of all steps, before anything runs; what each step will cost is among them."""
    offers: tuple[PlanOffer, ...] = ()


class PlanConfirmed(EventModel):
    type: Literal["plan.confirmed"] = "plan.confirmed"
    revision: int
    by: Literal["person", "policy"]


class PlanRejected(EventModel):
    type: Literal["plan.rejected"] = "plan.rejected"
    revision: int
    reason: str = ""


class SqlDrafted(EventModel):
    type: Literal["sql.drafted"] = "sql.drafted"
    step: str
    sql: str
    dialect: str
    attempt: int
    origin: Literal["embedded", "llm", "pattern", "person", "reviewer"]


class ConformancePoint(EventModel):
    """One promise of the plan and whether the statement keeps it."""

    part: Literal[
        "tables", "joins", "filters", "grain", "measures", "columns", "order", "limit", "distinct", "combine"
    ]
    promise: str
    verdict: Literal["kept", "missing", "extra", "different"]
    detail: str = ""


class ChecksFinished(EventModel):
    type: Literal["checks.finished"] = "checks.finished"
    step: str
    attempt: int
    checks: tuple[CheckResult, ...]
    conformance: tuple[ConformancePoint, ...]
    back_translation: str
    sha256: str
    passed: bool


class RepairStarted(EventModel):
    type: Literal["repair.started"] = "repair.started"
    step: str
    attempt: int
    problem: str


class ReviewRequested(EventModel):
    type: Literal["review.requested"] = "review.requested"
    review_id: str
    reason: str


class ReviewDecided(EventModel):
    type: Literal["review.decided"] = "review.decided"
    review_id: str
    decision: Literal["approved", "corrected", "rejected"]
    by: str
    note: str = ""


class ExecutionStarted(EventModel):
    type: Literal["execution.started"] = "execution.started"
    step: str
    source_id: str
    source_name: str
    sha256: str


class RowsFetched(EventModel):
    """Progress while rows stream in; sent at most a few times a second."""

    type: Literal["rows.fetched"] = "rows.fetched"
    step: str
    rows: int


class ResultColumnInfo(EventModel):
    name: str
    type: str
    family: str
    label: str = ""
    lineage: tuple[str, ...] = ()
    """`table.column` names that make this column."""


class ResultReady(EventModel):
    """The stored result; further rows are paged over REST at `results/{result_id}`."""

    type: Literal["result.ready"] = "result.ready"
    step: str
    result_id: str
    columns: tuple[ResultColumnInfo, ...]
    rows: tuple[tuple[JsonValue, ...], ...]
    """The first rows, at most 200."""
    row_count: int
    truncated: bool
    cut_by: str | None = None
    seconds: float


class ChartSpec(EventModel):
    """A small typed chart; the front end compiles it to Vega-Lite. Fields are result column indexes."""

    kind: Literal[
        "table", "number", "line", "multi_line", "bar", "horizontal_bar", "grouped_bar", "stacked_bar",
        "heatmap", "scatter", "histogram",
    ]  # fmt: skip
    title: str
    x: int | None = None
    y: tuple[int, ...] = ()
    color: int | None = None
    x_grain: str | None = None
    names: tuple[int, ...] = ()
    """Columns that name a bar together, as a first and a last name do; empty: `x` alone."""
    sort: Literal["x", "-y", "none"] = "none"
    x_title: str = ""
    y_title: str = ""
    unfinished: str = ""
    """The x value whose period is not over yet; its point is smaller only because of that."""
    why: str
    alt: str = ""


class ChartChosen(EventModel):
    type: Literal["chart.chosen"] = "chart.chosen"
    step: str
    spec: ChartSpec


class NumberReference(EventModel):
    """Where a number in the answer's text comes from."""

    key: str
    """The `{{key}}` it replaced."""
    text: str
    row: int | None = None
    column: int | None = None
    expression: str = ""
    """"sum(column 2)", "rows" … when it is computed from the rows."""


class AnswerReady(EventModel):
    type: Literal["answer.ready"] = "answer.ready"
    text: str
    """Markdown; every number in it was filled from the rows."""
    references: tuple[NumberReference, ...] = ()
    confidence: float
    confidence_label: ConfidenceLabel
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    """Of all steps, those on the rows included."""
    follow_ups: tuple[str, ...] = ()
    receipt_id: str = ""


class Usage(EventModel):
    llm_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None
    statements: int = 0
    seconds: float = 0.0


class UsageCounted(EventModel):
    type: Literal["usage.counted"] = "usage.counted"
    usage: Usage


class Declined(EventModel):
    """An honest "I don't understand": what was and was not understood, and what could be asked instead."""

    type: Literal["question.declined"] = "question.declined"
    reason: Literal["not_understood", "off_topic", "writes_data", "no_source", "not_permitted", "unsupported"]
    message: str
    links: tuple[WordLink, ...] = ()
    suggestions: tuple[str, ...] = ()


AgentEvent = Annotated[
    StageStarted
    | QuestionUnderstood
    | ClarificationAsked
    | ClarificationAnswered
    | PlanProposed
    | PlanConfirmed
    | PlanRejected
    | SqlDrafted
    | ChecksFinished
    | RepairStarted
    | ReviewRequested
    | ReviewDecided
    | ExecutionStarted
    | RowsFetched
    | ResultReady
    | ChartChosen
    | AnswerReady
    | UsageCounted
    | Declined,
    Discriminator("type"),
]

EventData = dict[str, Any]
"""An event after `model_dump(mode="json")`."""
