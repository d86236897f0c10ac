"""Projects and the sources they use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Model, new_id, now


class ProjectRow(Model):
    __tablename__ = "projects"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(Text, default="")
    instructions: Mapped[str] = mapped_column(Text, default="")
    confirmation: Mapped[str] = mapped_column(default="always")
    reasoner: Mapped[str] = mapped_column(default="auto")
    send_values: Mapped[bool] = mapped_column(default=True)
    limits: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)


class ProjectSource(Model):
    __tablename__ = "project_sources"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    datasource_id: Mapped[str] = mapped_column(
        ForeignKey("datasources.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(default=0)


class ProjectMember(Model):
    """Somebody besides the owner who may ask in a project."""

    __tablename__ = "project_members"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(default="member")
    """`member` asks; `reviewer` also decides the project's reviews."""
    created_at: Mapped[datetime] = mapped_column(default=now)
