"""Text into vectors. Which embedder made a vector is part of its identity: vectors of two never meet."""

from __future__ import annotations

from knowledge.embeddings.base import Embedder, EmbedderRefused, EmbedderUnavailable, EmbeddingError, Vectors
from knowledge.embeddings.lexical import LexicalEmbedder

__all__ = [
    "Embedder",
    "EmbedderRefused",
    "EmbedderUnavailable",
    "EmbeddingError",
    "LexicalEmbedder",
    "Vectors",
]
