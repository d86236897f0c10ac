"""What endpoints ask for in their signatures."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection

from backend.auth.people import Person
from backend.db.engine import ReadSession
from backend.errors import NotAllowed
from backend.users.schemas import Role
from backend.web import SAFE_METHODS

if TYPE_CHECKING:
    from backend.services import Services

RANK: dict[Role, int] = {"viewer": 0, "analyst": 1, "reviewer": 2, "admin": 3}


def services_of(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


def session_cookie(connection: HTTPConnection) -> str:
    return connection.cookies.get(services_of(connection).cookie, "")


async def signed_in(request: Request) -> Person:
    """The person behind a request. A change by cookie must carry the CSRF token as well."""
    authorization = request.headers.get("authorization", "")
    person = await services_of(request).doorkeeper.recognise(session_cookie(request), authorization)
    if request.method not in SAFE_METHODS and person.csrf_token:
        sent = request.headers.get("x-csrf-token", "")
        if not secrets.compare_digest(sent.encode(), person.csrf_token.encode()):
            raise NotAllowed("The page is out of date. Reload it and try again.")
    return person


async def write_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with services_of(request).database.writing() as session:
        yield session


async def read_session(request: Request) -> AsyncIterator[ReadSession]:
    async with services_of(request).database.reading() as session:
        yield session


def need(person: Person, role: Role) -> None:
    """Raises `NotAllowed` for a person with lesser rights."""
    if RANK[person.role] < RANK[role]:
        raise NotAllowed(f"This needs the role of {role}; yours is {person.role}.")


SignedIn = Annotated[Person, Depends(signed_in)]
Writing = Annotated[AsyncSession, Depends(write_session, scope="function")]
"""Commits after the endpoint and before the answer, so no answer tells of what was not stored."""
Reading = Annotated[ReadSession, Depends(read_session, scope="function")]
