"""Queries on grants."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.grants.models import GrantRow


class GrantRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, source_id: str, subject: str) -> GrantRow | None:
        return await self._session.get(GrantRow, (source_id, subject))

    async def of_source(self, source_id: str) -> Sequence[GrantRow]:
        query = select(GrantRow).where(GrantRow.datasource_id == source_id).order_by(GrantRow.subject)
        return (await self._session.scalars(query)).all()

    async def first(self, source_id: str, subjects: Sequence[str]) -> GrantRow | None:
        """Of the first subject that has one."""
        query = select(GrantRow).where(
            GrantRow.datasource_id == source_id, GrantRow.subject.in_(list(subjects))
        )
        found = {row.subject: row for row in await self._session.scalars(query)}
        return next((found[subject] for subject in subjects if subject in found), None)
