"""What people thought of answers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Model, new_id, now


class FeedbackRow(Model):
    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("turn_id", "user_id"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    user_id: Mapped[str]
    verdict: Mapped[str]
    reasons: Mapped[list[str]]
    text: Mapped[str] = mapped_column(Text)
    corrected_sql: Mapped[str] = mapped_column(Text)
    pattern_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
