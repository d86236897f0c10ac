"""What this process knows of each source: its prepared index, kept until the source is indexed or described anew."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.datasources.indexing import Indexer
from backend.datasources.models import DatasourceRow
from backend.datasources.pool import ConnectorPool
from backend.datasources.repository import DatasourceRepository
from backend.db.engine import Database
from backend.vectors.store import Vectors
from connectors.base import Connector
from connectors.sql.policy import ReadPolicy
from knowledge.base import GlossaryTerm, IndexMissing, Pattern, SourceKnowledge

if TYPE_CHECKING:
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

    async def knowledge(
        self,
        row: DatasourceRow,
        *,
        glossary: Sequence[GlossaryTerm] = (),
        patterns: Sequence[Pattern] = (),
        values_allowed: bool = True,
    ) -> SourceKnowledge:
        """Raises `IndexMissing`."""
        prepared = await self.prepared(row)
        return prepared.knowledge(
            source_id=row.id,
            source_name=row.name,
            glossary=glossary,
            patterns=[pattern for pattern in patterns if pattern.source_id == row.id],
            values_allowed=values_allowed,
        )

    async def connector(self, row: DatasourceRow) -> Connector:
        """Raises `ConnectorError`."""
        return await self._pool.get(row)

    async def policy(self, row: DatasourceRow) -> ReadPolicy:
        """What a reader may read: the indexed tables, so nothing that was not shown."""
        prepared = await self.prepared(row)
        connector = await self.connector(row)
        tables = frozenset(table.full_name.lower() for table in prepared.index.schema.tables)
        return ReadPolicy(tables=tables, default_schema=connector.capabilities.default_schema)

    def forget(self, source_id: str) -> None:
        self._prepared.pop(source_id, None)


def _not_indexed(row: DatasourceRow) -> IndexMissing:
    if row.index_state in ("queued", "running"):
        return BeingIndexed(f"“{row.name}” is being indexed. Ask again in a moment.", row.name)
    if row.index_state == "failed" and row.problem:
        return IndexMissing(f"“{row.name}” could not be indexed: {row.problem['message']}")
    return IndexMissing(f"“{row.name}” has not been indexed yet. Index it on the page of data sources.")
