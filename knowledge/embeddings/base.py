"""The port between knowledge and whatever turns text into vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.base import KnowledgeError

Vectors = NDArray[np.float32]
"""One row for each text, of length 1 or all zero."""


class EmbeddingError(KnowledgeError):
    """Root of what goes wrong while text is turned into vectors."""


class EmbedderUnavailable(EmbeddingError):
    """The embedder cannot be reached or did not answer in time; it may later."""


class EmbedderRefused(EmbeddingError):
    """The embedder answered that it will not or cannot do this; asking again will not help."""


class Embedder(Protocol):
    @property
    def identity(self) -> str:
        """Names the model and everything else that changes its vectors; a change of it re-indexes."""
        ...

    @property
    def dimension(self) -> int: ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Raises `EmbeddingError` subclasses only."""
        ...


def normalised(rows: Sequence[Sequence[float]] | NDArray[np.float32], dimension: int) -> Vectors:
    """Rows of a foreign model, checked and scaled to length 1. Raises `EmbedderRefused`."""
    try:
        vectors = np.asarray(rows, dtype=np.float32).reshape(len(rows), -1)
    except (TypeError, ValueError) as error:
        raise EmbedderRefused("The embedding service answered with something that is not vectors.") from error
    if vectors.shape[1] != dimension and len(rows):
        raise EmbedderRefused(
            f"The embedding model gives vectors of {vectors.shape[1]} numbers where {dimension} were expected."
        )
    if not np.isfinite(vectors).all():
        raise EmbedderRefused("The embedding service answered with numbers that are not finite.")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return scaled
