"""Chats over REST, and a turn over plain HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from backend.protocol import Envelope, Id
from backend.schemas import ApiModel

ChatStatus = Literal["idle", "running", "waiting"]
"""`waiting`: for a person (clarification, confirmation or review)."""


class ChatSummary(ApiModel):
    id: str
    project_id: str
    title: str
    pinned: bool
    status: ChatStatus
    created_at: datetime
    updated_at: datetime


class ChatCreate(ApiModel):
    project_id: Id
    title: str = Field(default="", max_length=200)


class ChatUpdate(ApiModel):
    title: str | None = Field(default=None, min_length=1, max_length=200)
    pinned: bool | None = None


class ChatEvents(ApiModel):
    """The stored stream of a chat, the same envelopes as over the socket."""

    events: list[Envelope]
    last_seq: int


class TurnRequest(ApiModel):
    """One question over plain HTTP; `auto_confirm` runs the first plan without asking."""

    question: str = Field(min_length=1)
    project_id: Id | None = None
    chat_id: Id | None = None
    source_ids: tuple[Id, ...] = ()
    auto_confirm: bool = False


class TurnResponse(ApiModel):
    chat_id: str
    turn_id: str
    status: Literal["answered", "declined", "rejected", "cancelled", "failed", "waiting"]
    events: list[Envelope]
