"""Queries on people, sessions and tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.users.models import ApiToken, Session, SignInLink, User


class PersonRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def by_name(self, name: str) -> User | None:
        return await self._session.scalar(select(User).where(User.name == name))

    async def by_id(self, user_id: str) -> User | None:
        return await self._session.get(User, user_id)

    async def all(self) -> Sequence[User]:
        return (await self._session.scalars(select(User).order_by(User.name))).all()

    async def names(self, ids: set[str]) -> dict[str, str]:
        rows = await self._session.execute(select(User.id, User.name).where(User.id.in_(ids)))
        return {row.id: row.name for row in rows}

    async def session_and_user(self, hashed: str) -> tuple[Session, User] | None:
        query = (
            select(Session, User).join(User, User.id == Session.user_id).where(Session.token_hash == hashed)
        )
        row = (await self._session.execute(query)).first()
        return (row[0], row[1]) if row else None

    async def touch_session(self, hashed: str, moment: datetime) -> None:
        await self._session.execute(
            update(Session).where(Session.token_hash == hashed).values(seen_at=moment)
        )

    async def drop_session(self, hashed: str) -> None:
        await self._session.execute(delete(Session).where(Session.token_hash == hashed))

    async def drop_old(self, sessions_before: datetime, links_before: datetime) -> None:
        await self._session.execute(delete(Session).where(Session.created_at < sessions_before))
        await self._session.execute(delete(SignInLink).where(SignInLink.expires_at < links_before))

    async def user_of_token(self, hashed: str, moment: datetime) -> User | None:
        query = (
            select(User)
            .join(ApiToken, ApiToken.user_id == User.id)
            .where(ApiToken.token_hash == hashed)
            .where(ApiToken.expires_at.is_(None) | (ApiToken.expires_at > moment))
        )
        return await self._session.scalar(query)

    async def drop_unused_links(self, user_id: str) -> None:
        await self._session.execute(
            delete(SignInLink).where(SignInLink.user_id == user_id, SignInLink.used_at.is_(None))
        )

    async def use_link(self, hashed: str, moment: datetime) -> str | None:
        """Spends the link: of two who come at once, one gets the person."""
        spent = await self._session.execute(
            update(SignInLink)
            .where(
                SignInLink.token_hash == hashed, SignInLink.used_at.is_(None), SignInLink.expires_at > moment
            )
            .values(used_at=moment)
            .returning(SignInLink.user_id)
        )
        return spent.scalar_one_or_none()
