"""Embedding models served by Ollama."""

from __future__ import annotations

import httpx2

from knowledge.embeddings.http import HttpEmbedder

BASE_URL = "http://127.0.0.1:11434"


def ollama_embedder(
    model: str,
    dimension: int,
    *,
    base_url: str = BASE_URL,
    seconds: float = 60.0,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> HttpEmbedder:
    """An embedder for `model`, whose vectors have `dimension` numbers. The first call may load the model."""
    return HttpEmbedder(
        identity=f"ollama/{model}/{dimension}",
        dimension=dimension,
        url=f"{base_url.rstrip('/')}/api/embed",
        request=lambda texts: {"model": model, "input": list(texts), "truncate": True},
        rows=lambda answer: list(answer["embeddings"]),
        seconds=seconds,
        transport=transport,
    )
