"""Queries on feedback: everybody sees their own."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.feedback.models import FeedbackRow


class FeedbackRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def visible_to(self, user_id: str) -> Select[FeedbackRow]:
        return select(FeedbackRow).where(FeedbackRow.user_id == user_id)

    async def of_turn(self, user_id: str, turn_id: str) -> FeedbackRow | None:
        return await self._session.scalar(self.visible_to(user_id).where(FeedbackRow.turn_id == turn_id))
