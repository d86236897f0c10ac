"""The review queue over REST."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from agents.events import CheckResult, ConformancePoint
from agents.plan import Plan
from backend.schemas import ApiModel

ReviewStatus = Literal["open", "approved", "corrected", "rejected"]


class ReviewSummary(ApiModel):
    id: str
    kind: Literal["turn", "pattern"]
    """`turn`: an answer waits for it. `pattern`: a candidate of knowledge waits for it."""
    status: ReviewStatus
    question: str
    source_name: str
    reason: str
    asker: str
    created_at: datetime


class SimilarPattern(ApiModel):
    id: str
    question: str
    sql: str
    score: float


class Compared(ApiModel):
    """Two statements laid out alike, so that they differ only where one says something else."""

    before: str
    after: str


class Review(ReviewSummary):
    chat_id: str | None = None
    turn_id: str | None = None
    source_id: str
    dialect: str
    plan: Plan | None = None
    sql: str
    original_sql: str = ""
    """What was answered before the asker's correction."""
    compared: Compared | None = None
    """Of both, when they are not the same."""
    back_translation: str = ""
    checks: list[CheckResult] = []
    conformance: list[ConformancePoint] = []
    asker_reasons: list[str] = []
    asker_text: str = ""
    similar: list[SimilarPattern] = []
    decided_by: str = ""
    note: str = ""


class ReviewDecision(ApiModel):
    decision: Literal["approve", "correct", "reject"]
    sql: str = Field(default="", max_length=20_000)
    """With `correct`."""
    note: str = Field(default="", max_length=4000)


class SqlTrial(ApiModel):
    """Rows of a statement tried in an editor, before it counts for anything."""

    columns: list[str]
    rows: list[list[JsonValue]]
    truncated: bool
    back_translation: str
    checks: list[CheckResult]


class ReviewTry(ApiModel):
    sql: str = Field(min_length=1, max_length=20_000)
