"""Embedding models behind an HTTP service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx2
import numpy as np

from knowledge.embeddings.base import EmbedderRefused, EmbedderUnavailable, Vectors, normalised

_BATCH = 64
_MOST_CHARACTERS = 8_000
"""Of one text; models cut or refuse longer ones."""
_TRIES = 3
_RETRY_STATUS = frozenset({408, 429, 500, 502, 503, 504})


class HttpEmbedder:
    """Posts batches of texts and reads rows of numbers; what differs between services is `request` and `rows`."""

    def __init__(
        self,
        *,
        identity: str,
        dimension: int,
        url: str,
        request: Callable[[Sequence[str]], Mapping[str, Any]],
        rows: Callable[[Any], Sequence[Sequence[float]]],
        headers: Mapping[str, str] | None = None,
        seconds: float = 30.0,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._identity = identity
        self._dimension = dimension
        self._url = url
        self._request = request
        self._rows = rows
        self._client = httpx2.AsyncClient(headers=dict(headers or {}), timeout=seconds, transport=transport)

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def dimension(self) -> int:
        return self._dimension

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Raises `EmbedderUnavailable` or `EmbedderRefused`."""
        parts = [
            await self._embed_batch(
                [text[:_MOST_CHARACTERS] or " " for text in texts[first : first + _BATCH]]
            )
            for first in range(0, len(texts), _BATCH)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, self._dimension), dtype=np.float32)

    async def close(self) -> None:
        await self._client.aclose()

    async def _embed_batch(self, texts: Sequence[str]) -> Vectors:
        answer = await self._post(self._request(texts))
        try:
            rows = self._rows(answer.json())
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise EmbedderRefused("The embedding service gave an answer that cannot be read.") from error
        if len(rows) != len(texts):
            raise EmbedderRefused("The embedding service gave another number of vectors than texts.")
        return normalised(rows, self._dimension)

    async def _post(self, body: Mapping[str, Any]) -> httpx2.Response:
        problem = ""
        for attempt in range(_TRIES):
            if attempt:
                await asyncio.sleep(0.1 * 3**attempt)
            try:
                answer = await self._client.post(self._url, json=dict(body))
            except httpx2.HTTPError as error:
                problem = f"cannot be reached ({type(error).__name__})"
                continue
            if answer.status_code in _RETRY_STATUS:
                problem = f"answered {answer.status_code}"
                continue
            if answer.status_code >= 400:
                raise EmbedderRefused(f"The embedding service refused with {answer.status_code}.")
            return answer
        raise EmbedderUnavailable(f"The embedding service {problem}.")
