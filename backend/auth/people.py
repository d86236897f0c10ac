"""Who is asking: a browser with a session cookie, or a program with a token. No match means nobody."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.auth.repository import PersonRepository
from backend.db.base import now
from backend.db.engine import Database
from backend.errors import NotSignedIn
from backend.settings import AuthSettings
from backend.users.models import ApiToken, Session, SignInLink, User
from backend.users.schemas import Role

LINK_LIFETIME = timedelta(hours=24)
TOUCH_EVERY = timedelta(minutes=5)
TOKEN_PREFIX = "dcp_"
OWNER = "owner"
SIGN_IN_HINT = "Sign in with the link that the server printed when it started, or make a new one with `datachat user link`."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    id: str
    name: str
    role: Role
    csrf_token: str
    """Empty for programs: no browser can be made to send their token."""


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_token(session_token: str) -> str:
    """Derived from the cookie, which scripts cannot read; so it needs no storage and ends with the session."""
    return hmac.new(session_token.encode(), b"csrf", hashlib.sha256).hexdigest()


async def ensure_owner(session: AsyncSession) -> User:
    people = PersonRepository(session)
    owner = await people.by_name(OWNER)
    if owner is None:
        owner = User(name=OWNER, role="admin")
        session.add(owner)
        await session.flush()
    return owner


async def make_link_token(session: AsyncSession, user: User) -> str:
    """A token that signs `user` in once. Links made before it stop working."""
    people = PersonRepository(session)
    await people.drop_unused_links(user.id)
    token = secrets.token_urlsafe(32)
    session.add(SignInLink(token_hash=token_hash(token), user_id=user.id, expires_at=now() + LINK_LIFETIME))
    return token


async def make_api_token(session: AsyncSession, user: User, name: str, days: float | None) -> str:
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    expires = now() + timedelta(days=days) if days else None
    session.add(ApiToken(user_id=user.id, name=name, token_hash=token_hash(token), expires_at=expires))
    return token


async def redeem_link(session: AsyncSession, token: str) -> tuple[str, str]:
    """The cookie of a new session and the person's id. Raises `NotSignedIn` when the link is unknown, used or too old."""
    user_id = await PersonRepository(session).use_link(token_hash(token), now())
    if user_id is None:
        raise NotSignedIn(f"This link was used before or is too old. {SIGN_IN_HINT}")
    cookie = secrets.token_urlsafe(32)
    session.add(Session(token_hash=token_hash(cookie), user_id=user_id))
    return cookie, user_id


async def sign_out(session: AsyncSession, cookie: str) -> None:
    await PersonRepository(session).drop_session(token_hash(cookie))


class Doorkeeper:
    """Recognises people by cookie or token."""

    def __init__(self, database: Database, settings: AuthSettings) -> None:
        self._database = database
        self._idle = timedelta(hours=settings.idle_hours)
        self._absolute = timedelta(days=settings.absolute_days)

    async def by_cookie(self, cookie: str) -> Person | None:
        if not cookie:
            return None
        moment = now()
        async with self._database.reading() as session:
            found = await PersonRepository(session).session_and_user(token_hash(cookie))
        if found is None:
            return None
        row, user = found
        if self._ended(row, moment):
            return None
        if moment - row.seen_at > TOUCH_EVERY:
            async with self._database.writing() as writing:
                await PersonRepository(writing).touch_session(row.token_hash, moment)
        return Person(user.id, user.name, _role(user.role), csrf_token(cookie))

    async def by_api_token(self, token: str) -> Person | None:
        async with self._database.reading() as session:
            user = await PersonRepository(session).user_of_token(token_hash(token), now())
        return as_person(user) if user else None

    async def recognise(self, cookie: str, authorization: str) -> Person:
        """Raises `NotSignedIn`."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "bearer":
            person = await self.by_api_token(token.strip())
        else:
            person = await self.by_cookie(cookie)
        if person is None:
            raise NotSignedIn(f"You are not signed in. {SIGN_IN_HINT}")
        return person

    def _ended(self, row: Session, moment: datetime) -> bool:
        return moment - row.seen_at > self._idle or moment - row.created_at > self._absolute


def as_person(user: User) -> Person:
    """For what the server does in somebody's name."""
    return Person(user.id, user.name, _role(user.role), "")


def _role(name: str) -> Role:
    roles: dict[str, Role] = {
        "viewer": "viewer",
        "analyst": "analyst",
        "reviewer": "reviewer",
        "admin": "admin",
    }
    return roles.get(name, "viewer")
