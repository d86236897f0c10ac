"""Reviewed knowledge over REST."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from backend.protocol import Id
from backend.schemas import ApiModel

PatternStatus = Literal["candidate", "active", "expired", "rejected"]


class PatternView(ApiModel):
    id: str
    source_id: str
    project_id: str
    question: str
    sql: str
    status: PatternStatus
    negative: bool
    note: str
    author: str
    wins: int
    losses: int
    uses: int
    last_used_at: datetime | None
    created_at: datetime
    turn_id: str | None = None


class PatternCreate(ApiModel):
    project_id: Id
    source_id: Id
    question: str = Field(min_length=1, max_length=2000)
    sql: str = Field(min_length=1, max_length=20_000)
    note: str = Field(default="", max_length=2000)


class PatternUpdate(ApiModel):
    question: str | None = Field(default=None, min_length=1, max_length=2000)
    sql: str | None = Field(default=None, min_length=1, max_length=20_000)
    status: PatternStatus | None = None
    """`active` replays the statement first and is refused when it no longer runs."""
    note: str | None = Field(default=None, max_length=2000)


class TermView(ApiModel):
    id: str
    project_id: str
    term: str
    synonyms: list[str]
    kind: Literal["synonym", "metric", "filter", "definition"]
    definition: str
    targets: list[str]
    expression: str
    created_at: datetime


class TermWrite(ApiModel):
    project_id: Id
    term: str = Field(min_length=1, max_length=200)
    synonyms: list[str] = Field(default=[], max_length=50)
    kind: Literal["synonym", "metric", "filter", "definition"] = "definition"
    definition: str = Field(default="", max_length=2000)
    targets: list[str] = Field(default=[], max_length=20)
    expression: str = Field(default="", max_length=4000)
