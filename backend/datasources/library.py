"""What this process knows of each source: its prepared index, kept until the source is indexed or described anew."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.datasources.indexing import Indexer
from backend.datasources.models import DatasourceRow
from backend.datasources.pool import ConnectorPool
from backend.datasources.repository import DatasourceRepository
from backend.db.engine import Database
from backend.grants.access import Access, access, granted
from backend.preload import preloaded
from backend.vectors.store import Vectors
from connectors.base import Connector
from knowledge.base import GlossaryTerm, IndexMissing, Pattern, SourceKnowledge

if TYPE_CHECKING:
    from agents.deps import OpenSource
    from knowledge.source_knowledge import PreparedSource

Stamp = tuple[int, str, tuple[tuple[str, str], ...]]
"""Version of the settings, fingerprint with time of indexing, and descriptions: what a prepared source depends on."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    stamp: Stamp
    source: PreparedSource


class BeingIndexed(IndexMissing):
    """Waiting helps."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


class Library:
    def __init__(self, database: Database, pool: ConnectorPool, indexer: Indexer, vectors: Vectors) -> None:
        self._database = database
        self._pool = pool
        self._indexer = indexer
        self._vectors = vectors
        self._prepared: dict[str, _Prepared] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def prepared(self, row: DatasourceRow) -> PreparedSource:
        """Raises `IndexMissing`."""
        await preloaded()
        async with self._database.reading() as session:
            sources = DatasourceRepository(session)
            descriptions = await sources.descriptions(row.id)
            indexed_at = await sources.indexed_at(row.id)
        if indexed_at is None:
            raise _not_indexed(row)
        stamp: Stamp = (row.version, indexed_at.isoformat(), tuple(sorted(descriptions.items())))
        async with self._locks.setdefault(row.id, asyncio.Lock()):
            kept = self._prepared.get(row.id)
            if kept is not None and kept.stamp == stamp:
                return kept.source
            index = await self._indexer.load(row.id)
            if index is None:
                raise _not_indexed(row)
            from knowledge.source_knowledge import PreparedSource

            neighbours = await self._vectors.neighbours(row.id, index, descriptions)
            source = await PreparedSource.build(index, descriptions=descriptions, neighbours=neighbours)
            self._prepared[row.id] = _Prepared(stamp, source)
            return source

    async def access(self, row: DatasourceRow, reader_id: str, default_schema: str | None = None) -> Access:
        """What a person may read of the source: the indexed tables that are granted to them.

        Needs no connection; a policy that statements are to be held against wants the connector's
        `default_schema`. Raises `IndexMissing`.
        """
        prepared = await self.prepared(row)
        async with self._database.reading() as session:
            tables = await granted(session, row, reader_id)
        return access(tables, prepared.index.schema, default_schema)

    async def knowledge(
        self,
        row: DatasourceRow,
        access: Access,
        *,
        glossary: Sequence[GlossaryTerm] = (),
        patterns: Sequence[Pattern] = (),
        addressed: Container[str] = (),
        values_allowed: bool = True,
    ) -> SourceKnowledge:
        """Cut down to what the reader may see; patterns `addressed` to them keep their literals.

        Raises `IndexMissing`.
        """
        prepared = await self.prepared(row)
        return prepared.knowledge(
            source_id=row.id,
            source_name=row.name,
            may_read=access.may_read,
            may_know_values=access.may_know_values,
            glossary=glossary,
            patterns=[pattern for pattern in patterns if pattern.source_id == row.id],
            addressed=addressed,
            values_allowed=values_allowed,
        )

    async def connector(self, row: DatasourceRow) -> Connector:
        """Raises `ConnectorError`."""
        return await self._pool.get(row)

    async def open(
        self,
        row: DatasourceRow,
        reader_id: str,
        *,
        glossary: Sequence[GlossaryTerm] = (),
        patterns: Sequence[Pattern] = (),
        addressed: Container[str] = (),
        values_allowed: bool = True,
    ) -> OpenSource:
        """The source as one reader may ask it. Raises `IndexMissing` or `ConnectorError`."""
        from agents.deps import OpenSource

        await self.prepared(row)  # says that it is being indexed before anybody misses its file
        connector = await self.connector(row)
        allowed = await self.access(row, reader_id, connector.capabilities.default_schema)
        knowledge = await self.knowledge(
            row,
            allowed,
            glossary=glossary,
            patterns=patterns,
            addressed=addressed,
            values_allowed=values_allowed,
        )
        return OpenSource(row.id, row.name, connector, knowledge, allowed.policy)

    def forget(self, source_id: str) -> None:
        self._prepared.pop(source_id, None)


def _not_indexed(row: DatasourceRow) -> IndexMissing:
    if row.index_state in ("queued", "running"):
        return BeingIndexed(f"“{row.name}” is being indexed. Ask again in a moment.", row.name)
    if row.index_state == "failed" and row.problem:
        return IndexMissing(f"“{row.name}” could not be indexed: {row.problem['message']}")
    return IndexMissing(f"“{row.name}” has not been indexed yet. Index it on the page of data sources.")
