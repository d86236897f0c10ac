"""The item store over the metadata database, and the vector index that the settings ask for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import structlog

from backend.db.engine import Database
from backend.settings import KnowledgeSettings
from backend.vectors.repository import ItemRepository
from knowledge.items import KnowledgeItem, Shelf

if TYPE_CHECKING:
    from knowledge.embeddings import Embedder
    from knowledge.schema_vectors import StoredNeighbours
    from knowledge.source_index import SourceIndex
    from knowledge.store import VectorIndex

log = structlog.get_logger(__name__)


class StoredItems:
    """The `ItemStore` of a server."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, shelf: Shelf) -> Sequence[KnowledgeItem]:
        import numpy as np  # only here: a start does not wait for it

        async with self._database.reading() as session:
            rows = await ItemRepository(session).of_shelf(shelf)
        return [
            KnowledgeItem(
                id=row.id,
                shelf=shelf,
                text=row.text,
                vector=np.frombuffer(row.vector, dtype="<f4").astype(np.float32),
                embedder=row.embedder,
                fingerprint=row.fingerprint,
                metadata=row.details,
            )
            for row in rows
        ]

    async def put(self, items: Sequence[KnowledgeItem]) -> None:
        shelves: dict[Shelf, list[KnowledgeItem]] = {}
        for item in items:
            shelves.setdefault(item.shelf, []).append(item)
        async with self._database.writing() as session:
            for shelf, held in shelves.items():
                await ItemRepository(session).put(
                    shelf,
                    [
                        {
                            "kind": shelf.kind,
                            "source_id": shelf.source_id,
                            "project_id": shelf.project_id,
                            "id": item.id,
                            "text": item.text,
                            "vector": item.vector.astype("<f4").tobytes(),
                            "embedder": item.embedder,
                            "fingerprint": item.fingerprint,
                            "details": dict(item.metadata),
                        }
                        for item in held
                    ],
                )

    async def delete(self, shelf: Shelf, ids: Collection[str] | None = None) -> None:
        async with self._database.writing() as session:
            await ItemRepository(session).delete(shelf, ids)

    async def revision(self, shelf: Shelf) -> str:
        async with self._database.reading() as session:
            return await ItemRepository(session).revision(shelf)

    async def forget_deleted_sources(self) -> None:
        async with self._database.writing() as session:
            await ItemRepository(session).forget_deleted_sources()


class Vectors:
    """The vector index of this process; made, and Chroma imported, with the first source that is prepared."""

    def __init__(self, database: Database, settings: KnowledgeSettings, data_dir: Path) -> None:
        self._items = StoredItems(database)
        self._settings = settings
        self._data_dir = data_dir
        self._index: VectorIndex | None = None

    @property
    def index(self) -> VectorIndex:
        if self._index is None:
            from knowledge.chroma import ChromaCache, ChromaPlace
            from knowledge.store import VectorIndex

            url = self._settings.chroma_url
            place = ChromaPlace(url=url) if url else ChromaPlace(self._data_dir / "chroma")
            self._index = VectorIndex(self._items, open_embedder(self._settings), ChromaCache(place))
        return self._index

    @property
    def state(self) -> Literal["ready", "rebuilding", "off"]:
        """Of the copy in Chroma: "off" when it failed too often and searches compare exactly."""
        if self._index is None:
            return "ready"
        if not self._index.uses_cache:
            return "off"
        return "rebuilding" if self._index.rebuilding else "ready"

    async def neighbours(
        self, source_id: str, index: SourceIndex, descriptions: Mapping[str, str]
    ) -> StoredNeighbours | None:
        """Store what changed of a source's documents and search them from now on; None when no vectors can be had."""
        from knowledge.embeddings import EmbeddingError
        from knowledge.schema_index import schema_documents
        from knowledge.schema_vectors import StoredNeighbours, store_documents

        documents = schema_documents(index.schema, descriptions)
        try:
            await store_documents(self.index, source_id, documents)
        except EmbeddingError as error:
            log.warning("no_vectors", source=source_id, reason=str(error))
            return None
        return StoredNeighbours(self.index, source_id, documents)

    async def forget_deleted_sources(self) -> None:
        await self._items.forget_deleted_sources()

    async def close(self) -> None:
        if self._index is not None:
            await self._index.close()


def open_embedder(settings: KnowledgeSettings) -> Embedder:
    """The embedder that the settings name; nothing is loaded or connected yet."""
    from knowledge.embeddings import LexicalEmbedder, ollama, openai
    from knowledge.embeddings.sentence_transformers import SentenceTransformerEmbedder

    model, size, url = settings.model, settings.dimension, settings.base_url
    if settings.embedder == "openai":
        key = settings.api_key.get_secret_value()
        name = model or "text-embedding-3-small"
        return openai.openai_embedder(name, size or 1536, base_url=url or openai.BASE_URL, api_key=key)
    if settings.embedder == "ollama":
        return ollama.ollama_embedder(
            model or "nomic-embed-text", size or 768, base_url=url or ollama.BASE_URL
        )
    if settings.embedder == "sentence-transformers":
        return SentenceTransformerEmbedder(model or "sentence-transformers/all-MiniLM-L6-v2", size or 384)
    return LexicalEmbedder(size or 512)
