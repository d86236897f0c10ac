"""People: added by an administrator, who also says what they may do and spend."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from backend.audit.log import record
from backend.auth.people import Person, make_link_token
from backend.auth.repository import PersonRepository
from backend.errors import Conflict, NotFound
from backend.users.models import User
from backend.users.schemas import PersonCreate, PersonDetail, PersonUpdate, PersonView


def view(user: User) -> PersonView:
    return PersonView.model_validate({"id": user.id, "name": user.name, "role": user.role})


def detail(user: User) -> PersonDetail:
    return PersonDetail.model_validate(view(user).model_dump() | {"limits": user.limits})


async def add(session: AsyncSession, by: str, body: PersonCreate) -> tuple[User, str]:
    """The new person, and the token of a link that signs them in."""
    if await PersonRepository(session).by_name(body.name) is not None:
        raise Conflict("Somebody already has this name.", field="name")
    user = User(name=body.name, role=body.role)
    session.add(user)
    await session.flush()
    record(session, by, "user.create", user.id, name=user.name, role=user.role)
    return user, await make_link_token(session, user)


async def find(session: AsyncSession, person_id: str) -> User:
    user = await PersonRepository(session).by_id(person_id)
    if user is None:
        raise NotFound("There is no such person.")
    return user


async def update(session: AsyncSession, person: Person, person_id: str, body: PersonUpdate) -> PersonDetail:
    user = await find(session, person_id)
    if body.role is not None:
        if user.id == person.id and body.role != "admin":
            raise Conflict("Another administrator must do that, so that one is left.", field="role")
        user.role = body.role
    if body.limits is not None:
        user.limits = body.limits.model_dump(mode="json", exclude_none=True)
    record(session, person.id, "user.update", user.id, fields=sorted(body.model_fields_set))
    await session.flush()
    return detail(user)
