"""From an indexed source to what one reader's reasoner may know of it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.base import (
    GlossaryTerm,
    JoinGraph,
    Pattern,
    PatternMatch,
    SchemaHit,
    SourceKnowledge,
)
from knowledge.embeddings import Embedder, EmbeddingError, LexicalEmbedder, Vectors
from knowledge.glossary import terms_in
from knowledge.grants import (
    MayRead,
    everything,
    may_be_told,
    rests_on,
    visible_schema,
    visible_terms,
    without_estimates,
    without_figures,
)
from knowledge.join_graph import SchemaJoinGraph
from knowledge.patterns import similar_patterns, visible_patterns
from knowledge.schema_index import SchemaDocument, SchemaIndex, rank_schema, schema_documents
from knowledge.source_index import SourceIndex

_MOST_QUESTION = 2_000
"""Characters of a question that retrieval reads."""


class Neighbours(Protocol):
    """How near each schema document is to a question, by vectors."""

    async def scores(self, question: str, visible: NDArray[np.bool_] | None) -> NDArray[np.float32] | None:
        """Cosine for each document, zero for those not visible; None when vectors cannot be had just now."""
        ...


class LocalNeighbours:
    """Vectors held in memory, compared exactly."""

    def __init__(self, embedder: Embedder, vectors: Vectors) -> None:
        self._embedder = embedder
        self._vectors = vectors

    async def scores(self, question: str, visible: NDArray[np.bool_] | None) -> NDArray[np.float32] | None:
        try:
            vector = (await self._embedder.embed([question]))[0]
        except EmbeddingError:
            return None
        scores: NDArray[np.float32] = self._vectors @ vector
        return scores if visible is None else np.where(visible, scores, np.float32(0))


class HybridRetriever:
    """The `Retriever` of one reader: documents outside `visible` take part in nothing."""

    def __init__(
        self,
        index: SchemaIndex,
        neighbours: Neighbours | None,
        visible: NDArray[np.bool_] | None,
        joins: JoinGraph,
        columns_of: Mapping[str, Sequence[str]],
        glossary: Sequence[GlossaryTerm],
        patterns: Sequence[Pattern],
    ) -> None:
        self._index = index
        self._neighbours = neighbours
        self._visible = visible
        self._joins = joins
        self._columns_of = columns_of
        self._glossary = glossary
        self._patterns = patterns

    async def schema(self, question: str, limit: int = 30) -> Sequence[SchemaHit]:
        question = question[:_MOST_QUESTION]
        near = await self._neighbours.scores(question, self._visible) if self._neighbours else None
        found = self._index.search(question, near, self._visible)
        terms = terms_in(question, self._glossary)
        return rank_schema(found, self._joins, self._columns_of, terms, limit)

    async def patterns(self, question: str, limit: int = 5) -> Sequence[PatternMatch]:
        return similar_patterns(question[:_MOST_QUESTION], self._patterns, limit)


@dataclass(frozen=True, slots=True)
class PreparedSource:
    """An indexed source ready to answer readers; build it once for each index and keep it."""

    index: SourceIndex
    documents: Sequence[SchemaDocument]
    search: SchemaIndex
    joins: SchemaJoinGraph
    neighbours: Neighbours | None
    descriptions: Mapping[str, str]

    @classmethod
    async def build(
        cls,
        index: SourceIndex,
        *,
        descriptions: Mapping[str, str] | None = None,
        embedder: Embedder | None = None,
        neighbours: Neighbours | None = None,
    ) -> PreparedSource:
        """`neighbours` (from the vector store) or an `embedder` for vectors in memory; the lexical one by default.

        An embedder that fails leaves the search to words alone.
        """
        documents = schema_documents(index.schema, descriptions)
        if neighbours is None:
            embedder = embedder or LexicalEmbedder()
            try:
                vectors = await embedder.embed([document.text for document in documents])
                neighbours = LocalNeighbours(embedder, vectors)
            except EmbeddingError:
                neighbours = None
        return cls(
            index,
            documents,
            SchemaIndex(documents),
            SchemaJoinGraph(index.edges),
            neighbours,
            descriptions or {},
        )

    def knowledge(
        self,
        *,
        source_id: str,
        source_name: str,
        may_read: MayRead | None = None,
        may_know_values: MayRead | None = None,
        glossary: Sequence[GlossaryTerm] = (),
        instructions: Sequence[str] = (),
        patterns: Sequence[Pattern] = (),
        addressed: Container[str] = (),
        values_allowed: bool = True,
    ) -> SourceKnowledge:
        """What a reader may know; `may_read` is `knowledge.grants.reader_of(policy, index.schema)`, None for all.

        `may_know_values` is `knowledge.grants.values_of(…)`: statistics, stored values, and approved statements
        with their literals are kept back of all other columns, but for those `addressed` to the reader by id.
        """
        index, allowed = self.index, may_read or everything
        known = may_know_values or allowed
        schema = index.schema if may_read is None else visible_schema(index.schema, allowed)
        if may_know_values is not None:
            schema = without_estimates(schema, known)
            patterns = [p for p in patterns if p.id in addressed or rests_on(p, index.schema, known)]
            glossary = [term for term in glossary if may_be_told(term, index.schema, known)]
        joins = self.joins if may_read is None else self.joins.restricted(allowed)
        tables = {table.full_name for table in schema.tables}
        visible = None if may_read is None else self.search.visible(allowed, tables)
        terms = visible_terms(tuple(glossary), schema)
        columns_of = {table.full_name: [column.name for column in table.columns] for table in schema.tables}
        readable = visible_patterns(patterns, schema)
        names = {name.lower() for name in tables}
        names |= {f"{table}.{column}".lower() for table, columns in columns_of.items() for column in columns}
        return SourceKnowledge(
            source_id=source_id,
            source_name=source_name,
            dialect=index.dialect,
            schema=schema,
            profiles={
                key: profile if known(*key) else without_figures(profile)
                for key, profile in index.profiles.items()
                if allowed(*key)
            },
            values=index.values if may_read is None else index.values.restricted(known),
            joins=joins,
            retriever=HybridRetriever(
                self.search, self.neighbours, visible, joins, columns_of, terms, readable
            ),
            glossary=terms,
            instructions=tuple(instructions),
            fingerprint=index.fingerprint,
            indexed_at=index.indexed_at,
            descriptions={name: text for name, text in self.descriptions.items() if name.lower() in names},
            values_allowed=values_allowed,
        )


async def source_knowledge(
    index: SourceIndex,
    *,
    source_id: str,
    source_name: str,
    may_read: MayRead | None = None,
    glossary: Sequence[GlossaryTerm] = (),
    instructions: Sequence[str] = (),
    patterns: Sequence[Pattern] = (),
    descriptions: Mapping[str, str] | None = None,
    embedder: Embedder | None = None,
    values_allowed: bool = True,
) -> SourceKnowledge:
    """`PreparedSource.build` and `.knowledge` in one, for a source that is asked once."""
    prepared = await PreparedSource.build(index, descriptions=descriptions, embedder=embedder)
    return prepared.knowledge(
        source_id=source_id,
        source_name=source_name,
        may_read=may_read,
        glossary=glossary,
        instructions=instructions,
        patterns=patterns,
        values_allowed=values_allowed,
    )
