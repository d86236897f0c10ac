"""What waits for a reviewer, and what reviewers decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Model, new_id, now


class ReviewRow(Model):
    __tablename__ = "reviews"
    __table_args__ = (Index("ix_reviews_status_created_at", "status", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("datasources.id", ondelete="CASCADE"), index=True)
    turn_id: Mapped[str | None] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), index=True)
    pattern_id: Mapped[str | None] = mapped_column(ForeignKey("patterns.id", ondelete="CASCADE"), index=True)
    asker_id: Mapped[str]
    question: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    sql: Mapped[str] = mapped_column(Text)
    original_sql: Mapped[str] = mapped_column(Text, default="")
    dialect: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    """Plan, read-back, checks, conformance and the asker's words, for the page."""
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
