"""Projects over REST."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from backend.protocol import Id
from backend.schemas import ApiModel

ConfirmationPolicy = Literal["always", "when_unsure", "never"]
ReasonerChoice = Literal["auto", "embedded", "llm"]


class ProjectLimits(ApiModel):
    rows: int = Field(default=10_000, ge=1, le=1_000_000)
    seconds: float = Field(default=30.0, gt=0, le=600)
    repairs: int = Field(default=2, ge=0, le=5)
    statements: int = Field(default=40, ge=1, le=500)
    """Statements one turn may run, probes included."""
    tokens: int = Field(default=60_000, ge=0)
    scan_rows: float = Field(default=5e8, ge=1)
    """A statement that is expected to read more rows, bytes or seconds than these does not run."""
    scan_bytes: float = Field(default=1e12, ge=1)
    scan_seconds: float = Field(default=600.0, gt=0)
    ask_below: float = Field(default=0.8, ge=0, le=1)
    """With confirmation "when_unsure", plans with less confidence wait for the person."""
    review_below: float = Field(default=0.0, ge=0, le=1)
    """Answers with less confidence wait for a reviewer; 0 switches that off."""


class Project(ApiModel):
    id: str
    name: str
    description: str
    instructions: str
    confirmation: ConfirmationPolicy
    reasoner: ReasonerChoice
    send_values: bool
    """Whether stored values may enter a prompt."""
    source_ids: list[str]
    limits: ProjectLimits
    mine: bool
    """The signed-in person may change it and choose its members."""
    created_at: datetime


class ProjectCreate(ApiModel):
    name: str = Field(min_length=1, max_length=100)
    description: str = Field(default="", max_length=2000)


class ProjectUpdate(ApiModel):
    name: str | None = Field(default=None, min_length=1, max_length=100)
    description: str | None = Field(default=None, max_length=2000)
    instructions: str | None = Field(default=None, max_length=20_000)
    confirmation: ConfirmationPolicy | None = None
    reasoner: ReasonerChoice | None = None
    send_values: bool | None = None
    source_ids: list[Id] | None = None
    limits: ProjectLimits | None = None


MemberRole = Literal["member", "reviewer"]


class Member(ApiModel):
    """Somebody besides the owner who may ask in the project."""

    user_id: str
    name: str
    role: MemberRole


class MemberWrite(ApiModel):
    role: MemberRole = "member"
    """A reviewer also decides the project's reviews, of sources they may read whole."""


class Suggestions(ApiModel):
    """Questions that can be asked of the project's sources now."""

    questions: list[str]
