"""Reviewed knowledge, and the items whose vectors the search cache is rebuilt from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Model, new_id, now


class PatternRow(Model):
    __tablename__ = "patterns"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("datasources.id", ondelete="CASCADE"), index=True)
    question: Mapped[str] = mapped_column(Text)
    sql: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(default="candidate")
    negative: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(Text, default="")
    author_id: Mapped[str]
    tables: Mapped[list[str]]
    columns: Mapped[list[str]]
    fingerprint: Mapped[str] = mapped_column(default="")
    wins: Mapped[int] = mapped_column(default=0)
    losses: Mapped[int] = mapped_column(default=0)
    uses: Mapped[int] = mapped_column(default=0)
    last_used_at: Mapped[datetime | None]
    turn_id: Mapped[str | None] = mapped_column(ForeignKey("turns.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class TermRow(Model):
    __tablename__ = "terms"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    term: Mapped[str]
    synonyms: Mapped[list[str]]
    kind: Mapped[str] = mapped_column(default="definition")
    definition: Mapped[str] = mapped_column(Text, default="")
    targets: Mapped[list[str]]
    expression: Mapped[str] = mapped_column(Text, default="")
    author_id: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
