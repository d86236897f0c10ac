"""Feedback over REST."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from backend.protocol import Id
from backend.schemas import ApiModel

Reason = Literal[
    "wrong_tables",
    "wrong_filter",
    "wrong_term",
    "wrong_numbers",
    "wrong_chart",
    "misleading_summary",
    "no_answer",
    "too_slow",
    "other",
]


class FeedbackWrite(ApiModel):
    """One person's verdict on one turn; writing it again replaces it."""

    turn_id: Id
    verdict: Literal["up", "down"]
    reasons: tuple[Reason, ...] = ()
    text: str = Field(default="", max_length=4000)
    corrected_sql: str = Field(default="", max_length=20_000)
    """Checked by the guard before it is stored; becomes a pattern candidate."""
    request_review: bool = False


class Feedback(ApiModel):
    id: str
    turn_id: str
    verdict: Literal["up", "down"]
    reasons: list[Reason]
    text: str
    corrected_sql: str
    pattern_id: str | None = None
    """The candidate that the correction (or the thumbs-up) became."""
    created_at: datetime


class SqlCheckRequest(ApiModel):
    """Try a corrected statement on the source of a turn: guarded, read-only, few rows."""

    turn_id: Id
    sql: str = Field(min_length=1, max_length=20_000)
