"""Queries on the review queue: a person sees those of the projects they own or review."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.projects.repository import project_ids_of
from backend.reviews.models import ReviewRow


class ReviewRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def visible_to(self, user_id: str) -> Select[ReviewRow]:
        return select(ReviewRow).where(ReviewRow.project_id.in_(project_ids_of(user_id, "reviewer")))

    async def get(self, user_id: str, review_id: str) -> ReviewRow | None:
        return await self._session.scalar(self.visible_to(user_id).where(ReviewRow.id == review_id))

    async def locked(self, user_id: str, review_id: str) -> ReviewRow | None:
        """For a decision: of two reviewers who decide at once, one is first."""
        query = self.visible_to(user_id).where(ReviewRow.id == review_id)
        return await self._session.scalar(query.with_for_update(of=ReviewRow))

    async def page(self, user_id: str, status: str, offset: int, limit: int) -> Sequence[ReviewRow]:
        query = self.visible_to(user_id).where(ReviewRow.status == status)
        query = query.order_by(ReviewRow.created_at, ReviewRow.id).offset(offset).limit(limit)
        return (await self._session.scalars(query)).all()

    async def by_id(self, review_id: str) -> ReviewRow | None:
        """Without asking who: only for the server's own work on a turn."""
        return await self._session.get(ReviewRow, review_id)

    async def open_of_pattern(self, pattern_id: str) -> ReviewRow | None:
        query = select(ReviewRow).where(ReviewRow.pattern_id == pattern_id, ReviewRow.status == "open")
        return await self._session.scalar(query)
