"""Queries on data sources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.datasources.models import DatasourceRow, Description, SourceIndexRow
from backend.projects.models import ProjectSource
from backend.projects.repository import project_ids_of


class DatasourceRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def visible_to(self, user_id: str) -> Select[DatasourceRow]:
        """A person's own sources, and those of the projects they are in; what they may read there is in `grants`."""
        shared = select(ProjectSource.datasource_id).where(
            ProjectSource.project_id.in_(project_ids_of(user_id))
        )
        return select(DatasourceRow).where(
            or_(DatasourceRow.owner_id == user_id, DatasourceRow.id.in_(shared))
        )

    async def owned(self, user_id: str) -> Sequence[DatasourceRow]:
        return (
            await self._session.scalars(select(DatasourceRow).where(DatasourceRow.owner_id == user_id))
        ).all()

    async def get(self, user_id: str, source_id: str) -> DatasourceRow | None:
        return await self._session.scalar(self.visible_to(user_id).where(DatasourceRow.id == source_id))

    async def all(self, user_id: str, project_id: str | None = None) -> Sequence[DatasourceRow]:
        query = self.visible_to(user_id)
        if project_id is not None:
            query = query.join(ProjectSource, ProjectSource.datasource_id == DatasourceRow.id)
            query = query.where(ProjectSource.project_id == project_id).order_by(ProjectSource.position)
        query = query.order_by(DatasourceRow.created_at, DatasourceRow.id)
        return (await self._session.scalars(query)).all()

    async def by_id(self, source_id: str) -> DatasourceRow | None:
        """Without asking who: only for the server's own work."""
        return await self._session.get(DatasourceRow, source_id)

    async def by_ids(self, source_ids: Sequence[str]) -> Sequence[DatasourceRow]:
        """In the order asked for. Without asking who: only for the server's own work."""
        rows = await self._session.scalars(select(DatasourceRow).where(DatasourceRow.id.in_(source_ids)))
        found = {row.id: row for row in rows}
        return [found[source_id] for source_id in source_ids if source_id in found]

    async def being_indexed(self) -> Sequence[str]:
        query = select(DatasourceRow.id).where(DatasourceRow.index_state.in_(("queued", "running")))
        return list(await self._session.scalars(query))

    async def indexed_before(self, moment: datetime) -> Sequence[str]:
        """Ready sources whose index is older."""
        query = select(SourceIndexRow.datasource_id).join(DatasourceRow)
        query = query.where(DatasourceRow.index_state == "ready", SourceIndexRow.created_at < moment)
        return list(await self._session.scalars(query))

    async def index(self, source_id: str) -> SourceIndexRow | None:
        return await self._session.get(SourceIndexRow, source_id)

    async def indexed_at(self, source_id: str) -> datetime | None:
        """When the stored index was made; read without the index itself."""
        query = select(SourceIndexRow.created_at).where(SourceIndexRow.datasource_id == source_id)
        return await self._session.scalar(query)

    async def drop_index(self, source_id: str) -> None:
        await self._session.execute(delete(SourceIndexRow).where(SourceIndexRow.datasource_id == source_id))

    async def descriptions(self, source_id: str) -> dict[str, str]:
        """By `table` or `table.column`."""
        rows = await self._session.scalars(select(Description).where(Description.datasource_id == source_id))
        return {
            f"{row.table_name}.{row.column_name}" if row.column_name else row.table_name: row.text
            for row in rows
        }

    async def description(self, source_id: str, table: str, column: str) -> Description | None:
        return await self._session.get(Description, (source_id, table, column))
