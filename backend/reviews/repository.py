"""Queries on the review queue: a person sees those of the projects they own or review."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.chat.models import Chat, Turn
from backend.grants.access import whole_sources
from backend.projects.repository import project_ids_of
from backend.reviews.models import ReviewRow


def _still_waits() -> ColumnElement[bool]:
    """Its asker has neither stopped the question nor thrown the chat away."""
    return exists().where(
        Turn.id == ReviewRow.turn_id,
        Turn.status == "waiting",
        Turn.waiting_for == "review",
        Chat.id == Turn.chat_id,
        Chat.deleted_at.is_(None),
    )


class ReviewRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def visible_to(self, user_id: str) -> Select[ReviewRow]:
        """A statement and its evidence tell of the data, so only reviewers who read all of the source see them."""
        return select(ReviewRow).where(
            ReviewRow.project_id.in_(project_ids_of(user_id, "reviewer")),
            ReviewRow.source_id.in_(await whole_sources(self._session, user_id)),
        )

    async def get(self, user_id: str, review_id: str) -> ReviewRow | None:
        query = await self.visible_to(user_id)
        return await self._session.scalar(query.where(ReviewRow.id == review_id))

    async def locked(self, user_id: str, review_id: str) -> ReviewRow | None:
        """For a decision: of two reviewers who decide at once, one is first."""
        query = (await self.visible_to(user_id)).where(ReviewRow.id == review_id)
        return await self._session.scalar(query.with_for_update(of=ReviewRow))

    async def page(self, user_id: str, status: str, offset: int, limit: int) -> Sequence[ReviewRow]:
        query = (await self.visible_to(user_id)).where(ReviewRow.status == status)
        if status == "open":
            query = query.where(or_(ReviewRow.kind == "pattern", _still_waits()))
        query = query.order_by(ReviewRow.created_at, ReviewRow.id).offset(offset).limit(limit)
        return (await self._session.scalars(query)).all()

    async def by_id(self, review_id: str) -> ReviewRow | None:
        """Without asking who: only for the server's own work on a turn."""
        return await self._session.get(ReviewRow, review_id)

    async def open_of_pattern(self, pattern_id: str) -> ReviewRow | None:
        query = select(ReviewRow).where(ReviewRow.pattern_id == pattern_id, ReviewRow.status == "open")
        return await self._session.scalar(query)
