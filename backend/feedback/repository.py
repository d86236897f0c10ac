"""Queries on feedback: everybody sees their own."""

from __future__ import annotations

import json

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.chat.models import Event
from backend.feedback.models import FeedbackRow


class FeedbackRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def visible_to(self, user_id: str) -> Select[FeedbackRow]:
        return select(FeedbackRow).where(FeedbackRow.user_id == user_id)

    async def of_turn(self, user_id: str, turn_id: str) -> FeedbackRow | None:
        return await self._session.scalar(self.visible_to(user_id).where(FeedbackRow.turn_id == turn_id))

    async def on_pattern(self, pattern_id: str) -> list[tuple[str, bool]]:
        """(person, liked) of every answer whose last plan rests on the pattern, oldest first.

        Without asking who: only to count.
        """
        named = exists().where(
            Event.turn_id == FeedbackRow.turn_id,
            Event.type == "plan.proposed",
            Event.payload.contains(pattern_id, autoescape=True),
        )
        rows = (
            await self._session.scalars(select(FeedbackRow).where(named).order_by(FeedbackRow.created_at))
        ).all()
        plans = select(Event).where(
            Event.turn_id.in_([row.turn_id for row in rows]), Event.type == "plan.proposed"
        )
        last = {event.turn_id: event for event in await self._session.scalars(plans.order_by(Event.seq))}
        rest = {
            turn_id: json.loads(event.payload)["plan"].get("knowledge", ()) for turn_id, event in last.items()
        }
        return [(row.user_id, row.verdict == "up") for row in rows if pattern_id in rest[row.turn_id]]
