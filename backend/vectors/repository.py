"""Queries on items; whose they are is decided before, by the source or project they belong to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.datasources.models import DatasourceRow
from backend.db.base import new_id
from backend.vectors.models import ItemRow, ShelfRow
from knowledge.items import Shelf

_BATCH = 400


class ItemRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_shelf(self, shelf: Shelf) -> Sequence[ItemRow]:
        query = select(ItemRow).where(_on(ItemRow, shelf)).order_by(ItemRow.id)
        return (await self._session.scalars(query)).all()

    async def put(self, shelf: Shelf, rows: Sequence[dict[str, Any]]) -> None:
        for first in range(0, len(rows), _BATCH):
            part = rows[first : first + _BATCH]
            await self._delete(shelf, [row["id"] for row in part])
            await self._session.execute(insert(ItemRow), part)
        await self._touch(shelf)

    async def delete(self, shelf: Shelf, ids: Collection[str] | None) -> None:
        if ids is None:
            await self._session.execute(delete(ItemRow).where(_on(ItemRow, shelf)))
        else:
            listed = list(ids)
            for first in range(0, len(listed), _BATCH):
                await self._delete(shelf, listed[first : first + _BATCH])
        await self._touch(shelf)

    async def revision(self, shelf: Shelf) -> str:
        return await self._session.scalar(select(ShelfRow.revision).where(_on(ShelfRow, shelf))) or ""

    async def forget_deleted_sources(self) -> None:
        known = select(DatasourceRow.id)
        for model in (ItemRow, ShelfRow):
            gone = and_(model.source_id != "", model.source_id.not_in(known))
            await self._session.execute(delete(model).where(gone))

    async def _delete(self, shelf: Shelf, ids: Sequence[str]) -> None:
        await self._session.execute(delete(ItemRow).where(_on(ItemRow, shelf), ItemRow.id.in_(ids)))

    async def _touch(self, shelf: Shelf) -> None:
        key = {"kind": shelf.kind, "source_id": shelf.source_id, "project_id": shelf.project_id}
        await self._session.merge(ShelfRow(**key, revision=new_id()))


def _on(model: type[ItemRow] | type[ShelfRow], shelf: Shelf) -> ColumnElement[bool]:
    return and_(
        model.kind == shelf.kind, model.source_id == shelf.source_id, model.project_id == shelf.project_id
    )
