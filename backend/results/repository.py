"""Queries on results and receipts: a person sees those of the turns they may see."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.chat.models import Chat, Turn
from backend.chat.repository import chats_of
from backend.results.models import Receipt, ResultRow


class ResultRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def visible_to(self, user_id: str) -> Select[ResultRow]:
        return (
            select(ResultRow)
            .join(Turn, Turn.id == ResultRow.turn_id)
            .join(Chat, Chat.id == Turn.chat_id)
            .where(chats_of(user_id))
        )

    async def get(self, user_id: str, result_id: str) -> ResultRow | None:
        return await self._session.scalar(self.visible_to(user_id).where(ResultRow.id == result_id))

    async def by_id(self, result_id: str) -> ResultRow | None:
        """Without asking who: only for the server's own work on a turn."""
        return await self._session.get(ResultRow, result_id)

    async def of_turns(self, turn_ids: Collection[str]) -> Sequence[ResultRow]:
        """Without asking who: to judge whether they may be shown."""
        return (await self._session.scalars(select(ResultRow).where(ResultRow.turn_id.in_(turn_ids)))).all()

    async def drop_expired(self, moment: datetime) -> Sequence[str]:
        gone = await self._session.execute(
            update(ResultRow)
            .where(ResultRow.expires_at < moment, ResultRow.bytes > 0)
            .values(bytes=0)
            .returning(ResultRow.id)
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
            .where(chats_of(user_id))
        )

    async def get(self, user_id: str, receipt_id: str) -> Receipt | None:
        return await self._session.scalar(self.visible_to(user_id).where(Receipt.id == receipt_id))

    async def of_turn(self, user_id: str, turn_id: str) -> Receipt | None:
        query = self.visible_to(user_id).where(Receipt.turn_id == turn_id)
        return await self._session.scalar(query.order_by(Receipt.created_at.desc()).limit(1))
