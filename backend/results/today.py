"""Whether what was answered once may still be shown: rights are those of today, not of the day of the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from backend.chat.repository import ChatRepository, TurnRepository
from backend.datasources.models import DatasourceRow
from backend.datasources.repository import DatasourceRepository
from backend.errors import NotAllowed
from backend.grants.access import granted
from backend.projects.repository import ProjectRepository
from backend.results.models import ResultRow
from backend.results.repository import ResultRepository
from connectors.errors import ConnectorError, QueryRejected
from knowledge.base import IndexMissing

if TYPE_CHECKING:
    from backend.datasources.library import Library
    from backend.db.engine import Database

CHANGED = "What you may read of “{name}” has changed since this was answered. Ask the question again."
GONE = "The data source of this answer is not there any more, so its rows are not shown."
UNSURE = (
    "“{name}” cannot be reached, so whether you may still see this answer cannot be told. Try again later."
)


class Today:
    """Compares what ran for an answer with what its statement would be for the same reader now.

    The same, with the same row filters and masks, it would bring nothing that the reader may not see, so the
    stored rows are shown. Where it differs or may not run, they are withheld with all that was made of them.
    """

    def __init__(self, database: Database, library: Library) -> None:
        self._database = database
        self._library = library

    async def check(self, person_id: str, turn_id: str) -> None:
        """Raises `NotAllowed`."""
        if why := (await self.withheld(person_id, {turn_id})).get(turn_id):
            raise NotAllowed(why)

    async def withheld(self, person_id: str, turn_ids: Collection[str]) -> Mapping[str, str]:
        """Of these turns the ones that may not be shown any more: id → why."""
        found: dict[str, str] = {}
        async with self._database.reading() as session:
            results = await ResultRepository(session).of_turns(turn_ids)
            sources = await DatasourceRepository(session).by_ids(list({row.source_id for row in results}))
            limited = {
                source.id: source
                for source in sources
                if await granted(session, source, person_id) is not None
            }
            known = {source.id for source in sources}
            for row in results:
                if row.source_id not in known and not await _owns(session, person_id, row.turn_id):
                    found[row.turn_id] = GONE
        for row in results:
            if row.turn_id in found or row.source_id not in limited:
                continue
            if why := await self._changed(person_id, row, limited[row.source_id]):
                found[row.turn_id] = why
        return found

    async def _changed(self, person_id: str, row: ResultRow, source: DatasourceRow) -> str:
        from agents.rights import seen_through  # only here: a start does not wait for the SQL library

        try:
            connector = await self._library.connector(source)
            capabilities = connector.capabilities
            access = await self._library.access(source, person_id, capabilities.default_schema)
            now = await asyncio.to_thread(seen_through, row.sql, capabilities, access.policy)
        except QueryRejected:
            return CHANGED.format(name=source.name)
        except (ConnectorError, IndexMissing):
            return UNSURE.format(name=source.name)
        return "" if now == row.seen_through else CHANGED.format(name=source.name)


async def _owns(session: AsyncSession, person_id: str, turn_id: str) -> bool:
    """Of a source that is gone nobody's grants are left; who owned the project saw all of it."""
    turn = await TurnRepository(session).by_id(turn_id)
    chat = await ChatRepository(session).by_id(turn.chat_id) if turn is not None else None
    project = await ProjectRepository(session).by_id(chat.project_id) if chat is not None else None
    return project is not None and project.owner_id == person_id
