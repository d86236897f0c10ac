"""Data sources, their sealed credentials, their index, and what people wrote about their tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Json, Model, new_id, now


class DatasourceRow(Model):
    __tablename__ = "datasources"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    engine: Mapped[str]
    config: Mapped[dict[str, Any]]
    """Without secrets."""
    secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed JSON, bound to this row's id."""
    description: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    """Counts up when the connection's settings change."""
    index_state: Mapped[str] = mapped_column(default="none")
    indexed_at: Mapped[datetime | None]
    tables: Mapped[int] = mapped_column(default=0)
    problem: Mapped[dict[str, Any] | None] = mapped_column(Json)
    read_only_enforced: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class SourceIndexRow(Model):
    """What indexing learned, as plain data."""

    __tablename__ = "source_indexes"

    datasource_id: Mapped[str] = mapped_column(
        ForeignKey("datasources.id", ondelete="CASCADE"), primary_key=True
    )
    fingerprint: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    """Compressed JSON."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Description(Model):
    """Kept apart from the index, so that indexing again loses nothing a person wrote."""

    __tablename__ = "descriptions"

    datasource_id: Mapped[str] = mapped_column(
        ForeignKey("datasources.id", ondelete="CASCADE"), primary_key=True
    )
    table_name: Mapped[str] = mapped_column(primary_key=True)
    column_name: Mapped[str] = mapped_column(primary_key=True, default="")
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
