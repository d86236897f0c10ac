"""A sentence-transformers model on this machine (the extra `semantic`)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from knowledge.embeddings.base import EmbedderRefused, EmbedderUnavailable, Vectors, normalised


class SentenceTransformerEmbedder:
    """Loads a model from a folder, or by a name that is already in the local cache; nothing is downloaded."""

    def __init__(self, model: str, dimension: int) -> None:
        self._model_name = model
        self._dimension = dimension
        self._model: Any = None
        self._lock = asyncio.Lock()

    @property
    def identity(self) -> str:
        return f"sentence-transformers/{self._model_name}/{self._dimension}"

    @property
    def dimension(self) -> int:
        return self._dimension

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Raises `EmbedderUnavailable` when the extra or the model is missing, `EmbedderRefused` when it fails."""
        async with self._lock:  # one model, one computation at a time
            return await asyncio.to_thread(self._encode, list(texts))

    def _encode(self, texts: list[str]) -> Vectors:
        model = self._load()
        try:
            rows = model.encode(texts, convert_to_numpy=True, show_progress_bar=False)
        except (RuntimeError, ValueError) as error:
            raise EmbedderRefused("The embedding model failed on these texts.") from error
        return normalised(rows, self._dimension)

    def _load(self) -> Any:
        if self._model is None:
            try:
                from sentence_transformers import SentenceTransformer
            except ImportError as error:
                raise EmbedderUnavailable(
                    "Install the extra “semantic” to use a model on this machine."
                ) from error
            try:
                self._model = SentenceTransformer(self._model_name, local_files_only=True)
            except (OSError, ValueError) as error:
                raise EmbedderUnavailable(
                    f"The embedding model {self._model_name} is not on this machine."
                ) from error
        return self._model
