"""Projects: what a group of chats may ask, and how careful it is."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from backend.audit.log import record
from backend.auth.people import Person
from backend.datasources.repository import DatasourceRepository
from backend.errors import Conflict, NotAllowed, NotFound
from backend.projects.models import ProjectRow
from backend.projects.repository import ProjectRepository
from backend.projects.schemas import Project, ProjectCreate, ProjectLimits, ProjectUpdate

DEFAULT_NAME = "My data"


def view(row: ProjectRow, person: Person, source_ids: Sequence[str]) -> Project:
    return Project.model_validate(
        {
            "id": row.id,
            "name": row.name,
            "description": row.description,
            "instructions": row.instructions,
            "confirmation": row.confirmation,
            "reasoner": row.reasoner,
            "send_values": row.send_values,
            "source_ids": list(source_ids),
            "limits": row.limits,
            "mine": row.owner_id == person.id,
            "created_at": row.created_at,
        }
    )


async def find(session: AsyncSession, person_id: str, project_id: str) -> ProjectRow:
    row = await ProjectRepository(session).get(person_id, project_id)
    if row is None:
        raise NotFound("There is no such project.", field="project_id")
    return row


async def find_own(session: AsyncSession, person_id: str, project_id: str) -> ProjectRow:
    """For a change. Raises `NotFound` or, for a member, `NotAllowed`."""
    row = await find(session, person_id, project_id)
    if row.owner_id != person_id:
        raise NotAllowed("Only the owner of this project may do that.")
    return row


async def find_reviewed(session: AsyncSession, person_id: str, project_id: str) -> ProjectRow:
    """For those who decide what the project learns: its owner and its reviewers."""
    row = await find(session, person_id, project_id)
    member = await ProjectRepository(session).member(project_id, person_id)
    if row.owner_id != person_id and (member is None or member.role != "reviewer"):
        raise NotAllowed("Only the owner and the reviewers of this project may do that.")
    return row


async def list_views(session: AsyncSession, person: Person) -> list[Project]:
    rows = await ProjectRepository(session).all(person.id)
    sources = await ProjectRepository(session).sources_of_all([row.id for row in rows])
    return [view(row, person, sources[row.id]) for row in rows]


async def read(session: AsyncSession, person: Person, project_id: str) -> Project:
    row = await find(session, person.id, project_id)
    return view(row, person, await ProjectRepository(session).source_ids(row.id))


async def default_project_id(session: AsyncSession, person_id: str) -> str | None:
    rows = await ProjectRepository(session).all(person_id)
    return rows[0].id if rows else None


async def create(session: AsyncSession, owner_id: str, body: ProjectCreate) -> ProjectRow:
    limits = ProjectLimits().model_dump(mode="json")
    row = ProjectRow(owner_id=owner_id, name=body.name, description=body.description, limits=limits)
    session.add(row)
    await session.flush()
    record(session, owner_id, "project.create", row.id, name=body.name)
    return row


async def update(session: AsyncSession, person: Person, project_id: str, body: ProjectUpdate) -> Project:
    row = await find_own(session, person.id, project_id)
    changes = body.model_dump(exclude_unset=True, exclude_none=True, mode="json")
    source_ids = changes.pop("source_ids", None)
    for name, value in changes.items():
        setattr(row, name, value)
    if source_ids is not None:
        own = {source.id for source in await DatasourceRepository(session).owned(person.id)}
        if unknown := set(source_ids) - own - set(await ProjectRepository(session).source_ids(row.id)):
            raise NotFound(f"There is no source {min(unknown)}.", field="source_ids")
        await ProjectRepository(session).set_sources(row.id, source_ids)
    record(session, person.id, "project.update", row.id, fields=sorted(body.model_fields_set))
    await session.flush()
    return view(row, person, await ProjectRepository(session).source_ids(row.id))


async def delete(session: AsyncSession, person: Person, project_id: str) -> None:
    row = await find_own(session, person.id, project_id)
    own = [
        project
        for project in await ProjectRepository(session).all(person.id)
        if project.owner_id == person.id
    ]
    if len(own) == 1:
        raise Conflict("This is the last project. Make another one first.")
    record(session, person.id, "project.delete", row.id, name=row.name)
    await session.delete(row)
