"""Schema documents as items of the vector index, for sources whose vectors are kept between runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.embeddings import EmbeddingError
from knowledge.items import Shelf
from knowledge.schema_index import SchemaDocument
from knowledge.store import ItemText, Updated, VectorIndex

_NEAREST = 60


async def store_documents(index: VectorIndex, source_id: str, documents: Sequence[SchemaDocument]) -> Updated:
    """Put a source's documents on its shelf; only what changed is embedded. Raises `EmbeddingError`."""
    items = [
        ItemText(_id(document), document.text, {"table": document.table, "column": document.column})
        for document in documents
    ]
    return await index.update(schema_shelf(source_id), items)


def schema_shelf(source_id: str) -> Shelf:
    """Tables and columns of one source stand together, so that one search finds both."""
    return Shelf("column", source_id=source_id)


class StoredNeighbours:
    """`Neighbours` of schema documents through the vector index."""

    def __init__(self, index: VectorIndex, source_id: str, documents: Sequence[SchemaDocument]) -> None:
        self._index = index
        self._shelf = schema_shelf(source_id)
        self._ids = [_id(document) for document in documents]
        self._places = {name: place for place, name in enumerate(self._ids)}

    async def scores(self, question: str, visible: NDArray[np.bool_] | None) -> NDArray[np.float32] | None:
        """Cosine for the nearest documents, zero for the others; None when the question cannot be embedded."""
        allowed = None
        if visible is not None:
            allowed = {self._ids[place] for place in np.flatnonzero(visible).tolist()}
        try:
            found = await self._index.search(self._shelf, question, limit=_NEAREST, allowed=allowed)
        except EmbeddingError:
            return None
        scores = np.zeros(len(self._ids), dtype=np.float32)
        for item in found:
            if item.id in self._places:
                scores[self._places[item.id]] = item.score
        return scores


def _id(document: SchemaDocument) -> str:
    return f"{document.table}.{document.column}" if document.column else document.table
