"""Queries on chats, turns, events and commands. Every query on a person's things starts from `visible_to`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.chat.models import Chat, Command, Event, Turn
from backend.db.base import now
from backend.projects.repository import project_ids_of

UNFINISHED = ("running", "waiting")


def chats_of(user_id: str) -> ColumnElement[bool]:
    """A person's own chats, as long as they are in the project."""
    return and_(
        Chat.owner_id == user_id, Chat.deleted_at.is_(None), Chat.project_id.in_(project_ids_of(user_id))
    )


class ChatRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def visible_to(self, user_id: str) -> Select[Chat]:
        return select(Chat).where(chats_of(user_id))

    async def get(self, user_id: str, chat_id: str) -> Chat | None:
        return await self._session.scalar(self.visible_to(user_id).where(Chat.id == chat_id))

    async def locked(self, user_id: str, chat_id: str) -> Chat | None:
        """For a change: nobody else changes the chat until this transaction ends."""
        return await self._session.scalar(
            self.visible_to(user_id).where(Chat.id == chat_id).with_for_update()
        )

    async def deleted(self, user_id: str, chat_id: str) -> Chat | None:
        query = select(Chat).where(Chat.owner_id == user_id, Chat.id == chat_id)
        return await self._session.scalar(query)

    async def by_id(self, chat_id: str) -> Chat | None:
        """Without asking who: only for the server's own work on a turn."""
        return await self._session.get(Chat, chat_id)

    async def page(
        self,
        user_id: str,
        *,
        project_id: str | None,
        text: str,
        after: tuple[bool, datetime, str] | None,
        limit: int,
    ) -> Sequence[Chat]:
        """Pinned ones first, then the ones used last; `after` is the key of the last one of the page before."""
        query = self.visible_to(user_id)
        if project_id is not None:
            query = query.where(Chat.project_id == project_id)
        if text:
            query = query.where(Chat.title.icontains(text, autoescape=True))
        if after is not None:
            pinned, updated_at, chat_id = after
            same = (Chat.updated_at < updated_at) | ((Chat.updated_at == updated_at) & (Chat.id < chat_id))
            same_pin = (Chat.pinned.is_(pinned)) & same
            query = query.where(or_(same_pin, Chat.pinned.is_(False)) if pinned else same_pin)
        query = query.order_by(Chat.pinned.desc(), Chat.updated_at.desc(), Chat.id.desc()).limit(limit)
        return (await self._session.scalars(query)).all()

    async def next_seq(self, chat_id: str) -> int:
        query = (
            update(Chat)
            .where(Chat.id == chat_id)
            .values(last_seq=Chat.last_seq + 1, updated_at=now())
            .returning(Chat.last_seq)
            .execution_options(synchronize_session=False)
        )
        return (await self._session.execute(query)).scalar_one()

    async def refresh_status(self, chat_id: str) -> None:
        """A chat is what its liveliest turn is."""
        states = set(
            await self._session.scalars(
                select(Turn.status).where(Turn.chat_id == chat_id, Turn.status.in_(UNFINISHED)).distinct()
            )
        )
        status = "running" if "running" in states else "waiting" if states else "idle"
        await self._session.execute(
            update(Chat)
            .where(Chat.id == chat_id)
            .values(status=status)
            .execution_options(synchronize_session=False)
        )

    async def purge(self, deleted_before: datetime) -> None:
        await self._session.execute(delete(Chat).where(Chat.deleted_at < deleted_before))


class EventRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def has_key(self, turn_id: str, key: str) -> bool:
        query = select(exists().where(Event.turn_id == turn_id, Event.key == key))
        return bool(await self._session.scalar(query))

    async def after(self, chat_id: str, seq: int, limit: int) -> Sequence[Event]:
        """The caller has already shown that the reader may see the chat."""
        query = (
            select(Event).where(Event.chat_id == chat_id, Event.seq > seq).order_by(Event.seq).limit(limit)
        )
        return (await self._session.scalars(query)).all()

    async def of_turn(self, turn_id: str, *types: str) -> Sequence[Event]:
        query = select(Event).where(Event.turn_id == turn_id).order_by(Event.seq)
        if types:
            query = query.where(Event.type.in_(types))
        return (await self._session.scalars(query)).all()

    async def of_turns(self, turn_ids: Sequence[str], types: Sequence[str]) -> Sequence[Event]:
        query = select(Event).where(Event.turn_id.in_(turn_ids), Event.type.in_(types)).order_by(Event.seq)
        return (await self._session.scalars(query)).all()

    async def last_seq(self, chat_id: str) -> int:
        return (await self._session.scalar(select(Chat.last_seq).where(Chat.id == chat_id))) or 0


class TurnRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def visible_to(self, user_id: str) -> Select[Turn]:
        return select(Turn).join(Chat, Chat.id == Turn.chat_id).where(chats_of(user_id))

    async def get(self, user_id: str, turn_id: str) -> Turn | None:
        return await self._session.scalar(self.visible_to(user_id).where(Turn.id == turn_id))

    async def by_id(self, turn_id: str) -> Turn | None:
        """Without asking who: only for the server's own work on a turn."""
        return await self._session.get(Turn, turn_id)

    async def locked(self, turn_id: str) -> Turn | None:
        return await self._session.scalar(select(Turn).where(Turn.id == turn_id).with_for_update())

    async def unfinished(self, chat_id: str) -> Sequence[Turn]:
        query = select(Turn).where(Turn.chat_id == chat_id, Turn.status.in_(UNFINISHED))
        return (await self._session.scalars(query)).all()

    async def answered_before(self, chat_id: str, turn_id: str, limit: int) -> Sequence[Turn]:
        """The last answered questions of a chat, oldest first."""
        query = (
            select(Turn)
            .where(Turn.chat_id == chat_id, Turn.status == "answered", Turn.id != turn_id)
            .order_by(Turn.created_at.desc())
            .limit(limit)
        )
        return list(reversed((await self._session.scalars(query)).all()))

    async def orphaned(self, moment: datetime) -> Sequence[str]:
        """Running turns whose server process no longer says that it works on them."""
        query = (
            select(Turn.id)
            .where(Turn.status == "running")
            .where(or_(Turn.lease_until.is_(None), Turn.lease_until < moment))
        )
        return (await self._session.scalars(query)).all()

    async def take_lease(self, turn_id: str, owner: str, moment: datetime, until: datetime) -> bool:
        """Of several processes, one gets it."""
        taken = await self._session.execute(
            update(Turn)
            .where(Turn.id == turn_id, Turn.status == "running")
            .where(or_(Turn.lease_until.is_(None), Turn.lease_until < moment, Turn.lease_owner == owner))
            .values(lease_owner=owner, lease_until=until)
            .returning(Turn.id)
        )
        return taken.scalar_one_or_none() is not None

    async def renew_leases(self, owner: str, until: datetime) -> Sequence[tuple[str, bool]]:
        """(turn, cancel requested) of everything this process works on."""
        rows = await self._session.execute(
            update(Turn)
            .where(Turn.lease_owner == owner, Turn.status == "running")
            .values(lease_until=until)
            .returning(Turn.id, Turn.cancel_requested)
        )
        return [(turn_id, cancel) for turn_id, cancel in rows]

    async def release_leases(self, owner: str) -> None:
        await self._session.execute(
            update(Turn).where(Turn.lease_owner == owner).values(lease_owner=None, lease_until=None)
        )

    async def break_leases(self) -> None:
        """For the only process there can be: whoever held them is dead."""
        await self._session.execute(
            update(Turn).where(Turn.status == "running").values(lease_owner=None, lease_until=None)
        )

    async def waiting_count(self) -> int:
        return (await self._session.scalar(select(func.count()).where(Turn.status == "waiting"))) or 0


class CommandRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, chat_id: str, client_id: str) -> Command | None:
        return await self._session.get(Command, (chat_id, client_id))
