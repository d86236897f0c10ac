"""Who besides its owner may ask in a project."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from backend.audit.log import record
from backend.auth.people import Person
from backend.auth.repository import PersonRepository
from backend.errors import Conflict, NotFound
from backend.projects.models import ProjectMember
from backend.projects.repository import ProjectRepository
from backend.projects.schemas import Member, MemberWrite
from backend.projects.service import find, find_own


async def list_views(session: AsyncSession, person: Person, project_id: str) -> list[Member]:
    project = await find(session, person.id, project_id)
    rows = await ProjectRepository(session).members(project.id)
    names = await PersonRepository(session).names({row.user_id for row in rows})
    return [_view(row, names[row.user_id]) for row in rows]


def _view(row: ProjectMember, name: str) -> Member:
    return Member.model_validate({"user_id": row.user_id, "name": name, "role": row.role})


async def write(
    session: AsyncSession, person: Person, project_id: str, user_id: str, body: MemberWrite
) -> Member:
    project = await find_own(session, person.id, project_id)
    user = await PersonRepository(session).by_id(user_id)
    if user is None:
        raise NotFound("There is no such person.", field="user_id")
    if user.id == project.owner_id:
        raise Conflict("The project is theirs already.")
    row = await ProjectRepository(session).member(project.id, user.id)
    if row is None:
        row = ProjectMember(project_id=project.id, user_id=user.id)
        session.add(row)
    row.role = body.role
    await session.flush()
    record(session, person.id, "member.write", project.id, member=user.id, role=body.role)
    return _view(row, user.name)


async def delete(session: AsyncSession, person: Person, project_id: str, user_id: str) -> None:
    """By the project's owner, or by the member who leaves."""
    project = await (find if user_id == person.id else find_own)(session, person.id, project_id)
    row = await ProjectRepository(session).member(project.id, user_id)
    if row is None:
        raise NotFound("There is no such member.", field="user_id")
    record(session, person.id, "member.delete", project.id, member=user_id)
    await session.delete(row)
