"""Queries on projects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.projects.models import ProjectMember, ProjectRow, ProjectSource


def project_ids_of(user_id: str, *roles: str) -> Select[Any]:
    """Ids of the projects a person owns or is a member of; with `roles`, a member in one of these."""
    member = select(ProjectMember.project_id).where(ProjectMember.user_id == user_id)
    if roles:
        member = member.where(ProjectMember.role.in_(roles))
    return select(ProjectRow.id).where(or_(ProjectRow.owner_id == user_id, ProjectRow.id.in_(member)))


class ProjectRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def visible_to(self, user_id: str) -> Select[ProjectRow]:
        return select(ProjectRow).where(ProjectRow.id.in_(project_ids_of(user_id)))

    async def get(self, user_id: str, project_id: str) -> ProjectRow | None:
        return await self._session.scalar(self.visible_to(user_id).where(ProjectRow.id == project_id))

    async def all(self, user_id: str) -> Sequence[ProjectRow]:
        query = self.visible_to(user_id).order_by(ProjectRow.created_at, ProjectRow.id)
        return (await self._session.scalars(query)).all()

    async def by_id(self, project_id: str) -> ProjectRow | None:
        """Without asking who: only for the server's own work on a turn."""
        return await self._session.get(ProjectRow, project_id)

    async def members(self, project_id: str) -> Sequence[ProjectMember]:
        query = select(ProjectMember).where(ProjectMember.project_id == project_id)
        return (await self._session.scalars(query.order_by(ProjectMember.created_at))).all()

    async def member(self, project_id: str, user_id: str) -> ProjectMember | None:
        return await self._session.get(ProjectMember, (project_id, user_id))

    async def source_ids(self, project_id: str) -> list[str]:
        """In the project's order."""
        query = (
            select(ProjectSource.datasource_id)
            .where(ProjectSource.project_id == project_id)
            .order_by(ProjectSource.position, ProjectSource.datasource_id)
        )
        return list(await self._session.scalars(query))

    async def sources_of_all(self, project_ids: Sequence[str]) -> dict[str, list[str]]:
        query = (
            select(ProjectSource.project_id, ProjectSource.datasource_id)
            .where(ProjectSource.project_id.in_(project_ids))
            .order_by(ProjectSource.position, ProjectSource.datasource_id)
        )
        found: dict[str, list[str]] = {project_id: [] for project_id in project_ids}
        for project_id, source_id in await self._session.execute(query):
            found[project_id].append(source_id)
        return found

    async def set_sources(self, project_id: str, source_ids: Sequence[str]) -> None:
        await self._session.execute(delete(ProjectSource).where(ProjectSource.project_id == project_id))
        self._session.add_all(
            ProjectSource(project_id=project_id, datasource_id=source_id, position=position)
            for position, source_id in enumerate(dict.fromkeys(source_ids))
        )
        await self._session.flush()

    async def with_source(self, source_id: str) -> Sequence[str]:
        """Ids of the projects that use a source."""
        query = select(ProjectSource.project_id).where(ProjectSource.datasource_id == source_id)
        return list(await self._session.scalars(query))
