"""Items of knowledge with their vectors: the truth that every search index can be rebuilt from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Model


class ItemRow(Model):
    __tablename__ = "knowledge_items"

    kind: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(primary_key=True)
    """Empty for items of a project. No foreign key, so housekeeping removes what a deleted source leaves."""
    project_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    """Little-endian float32."""
    embedder: Mapped[str]
    fingerprint: Mapped[str]
    details: Mapped[dict[str, Any]]


class ShelfRow(Model):
    """A new revision with every write to the shelf, so that other processes notice."""

    __tablename__ = "knowledge_shelves"

    kind: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[str]
