"""Who may read what of a source."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Json, Model, now


class GrantRow(Model):
    """What one subject may read of a source. The owner of the source needs none; who has none reads nothing."""

    __tablename__ = "grants"

    datasource_id: Mapped[str] = mapped_column(
        ForeignKey("datasources.id", ondelete="CASCADE"), primary_key=True
    )
    subject: Mapped[str] = mapped_column(primary_key=True)
    """`user:ID`, `role:NAME` or `everyone`; the first of these that exists for a person counts, alone."""
    tables: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """By the table's full name; null means every table, as it is."""
    author_id: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
