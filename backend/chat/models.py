"""Chats, turns, the commands that drive them, and the log of events that is the truth about both."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Json, Model, new_id, now


class Chat(Model):
    __tablename__ = "chats"
    __table_args__ = (Index("ix_chats_owner_id_updated_at", "owner_id", "updated_at"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(default="")
    pinned: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(default="idle")
    last_seq: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]


class Turn(Model):
    """One question on its way. `lease_*` say which server process works on it and until when that holds."""

    __tablename__ = "turns"
    __table_args__ = (
        UniqueConstraint("chat_id", "client_id"),
        Index("ix_turns_status_lease_until", "status", "lease_until"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    chat_id: Mapped[str] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    user_id: Mapped[str]
    client_id: Mapped[str]
    kind: Mapped[str] = mapped_column(default="question")
    question: Mapped[str] = mapped_column(Text)
    source_ids: Mapped[list[str]]
    auto_confirm: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(default="running")
    """running, waiting, or how it ended: answered, declined, rejected, cancelled, failed."""
    waiting_for: Mapped[str | None]
    """clarification, confirmation or review while `waiting`."""
    answer: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """What a person last said to it; kept so that a killed server can say it to the turn again."""
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    recoveries: Mapped[int] = mapped_column(default=0)
    """How often it was taken up again after its server died."""
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class Event(Model):
    """Never changed after it is written; `payload` is the event's JSON as it was sent."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("turn_id", "key"),)

    chat_id: Mapped[str] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    key: Mapped[str]
    """The same when a step runs a second time, so its events are stored once."""
    type: Mapped[str]
    payload: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)


class Command(Model):
    """A command that was accepted; the same `client_id` again changes nothing."""

    __tablename__ = "commands"

    chat_id: Mapped[str] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    turn_id: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
