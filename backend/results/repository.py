"""Queries on results and receipts: a person sees those of the turns they may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.chat.models import Chat, Turn
from backend.results.models import Receipt, ResultRow


class ResultRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def visible_to(self, user_id: str) -> Select[ResultRow]:
        return (
            select(ResultRow)
            .join(Turn, Turn.id == ResultRow.turn_id)
            .join(Chat, Chat.id == Turn.chat_id)
            .where(Chat.owner_id == user_id, Chat.deleted_at.is_(None))
        )

    async def get(self, user_id: str, result_id: str) -> ResultRow | None:
        return await self._session.scalar(self.visible_to(user_id).where(ResultRow.id == result_id))

    async def by_id(self, result_id: str) -> ResultRow | None:
        """Without asking who: only for the server's own work on a turn."""
        return await self._session.get(ResultRow, result_id)

    async def drop_expired(self, moment: datetime) -> Sequence[str]:
        gone = await self._session.execute(
            delete(ResultRow).where(ResultRow.expires_at < moment).returning(ResultRow.id)
        )
        return gone.scalars().all()


class ReceiptRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def visible_to(self, user_id: str) -> Select[Receipt]:
        return (
            select(Receipt)
            .join(Turn, Turn.id == Receipt.turn_id)
            .join(Chat, Chat.id == Turn.chat_id)
            .where(Chat.owner_id == user_id, Chat.deleted_at.is_(None))
        )

    async def get(self, user_id: str, receipt_id: str) -> Receipt | None:
        return await self._session.scalar(self.visible_to(user_id).where(Receipt.id == receipt_id))
