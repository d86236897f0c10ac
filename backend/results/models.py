"""Stored results and receipts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Model, now


class ResultRow(Model):
    """Where the rows of a result are; the rows themselves are a Parquet file."""

    __tablename__ = "results"

    id: Mapped[str] = mapped_column(primary_key=True)
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), index=True)
    source_id: Mapped[str] = mapped_column(Text)
    sql: Mapped[str] = mapped_column(Text)
    """As it was shown, before the reader's row filters and masks."""
    seen_through: Mapped[str] = mapped_column(Text)
    """See `agents.deps.Ran`."""
    columns: Mapped[list[dict[str, Any]]]
    row_count: Mapped[int]
    cut_by: Mapped[str | None]
    bytes: Mapped[int] = mapped_column(BigInteger)
    """Of the file; 0 once that is deleted. What ran stays known as long as the chat, whose events hold first rows."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Receipt(Model):
    """Everything an answer rests on."""

    __tablename__ = "receipts"

    id: Mapped[str] = mapped_column(primary_key=True)
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), index=True)
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
