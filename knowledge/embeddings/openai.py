"""Any service that speaks OpenAI's `/v1/embeddings`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx2

from knowledge.embeddings.http import HttpEmbedder

BASE_URL = "https://api.openai.com/v1"


def openai_embedder(
    model: str,
    dimension: int,
    *,
    base_url: str = BASE_URL,
    api_key: str = "",
    seconds: float = 30.0,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> HttpEmbedder:
    """An embedder for `model`, whose vectors have `dimension` numbers."""

    def rows(answer: Any) -> Sequence[Sequence[float]]:
        return [entry["embedding"] for entry in sorted(answer["data"], key=lambda entry: int(entry["index"]))]

    return HttpEmbedder(
        identity=f"openai/{model}/{dimension}",
        dimension=dimension,
        url=f"{base_url.rstrip('/')}/embeddings",
        request=lambda texts: {"model": model, "input": list(texts), "encoding_format": "float"},
        rows=rows,
        headers={"Authorization": f"Bearer {api_key}"} if api_key else None,
        seconds=seconds,
        transport=transport,
    )
