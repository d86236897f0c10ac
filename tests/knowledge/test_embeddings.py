from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from knowledge.embeddings import EmbedderRefused, EmbedderUnavailable, LexicalEmbedder
from knowledge.embeddings.ollama import ollama_embedder
from knowledge.embeddings.openai import openai_embedder
from knowledge.embeddings.sentence_transformers import SentenceTransformerEmbedder

Answer = tuple[int, Any]


@asynccontextmanager
async def service(
    answer: Callable[[str, dict[str, Any]], Answer],
) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A real HTTP service on loopback that answers each posted body as `answer(path, body)` says."""
    asked: list[dict[str, Any]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {
            k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head.split("\r\n")[1:])
        }
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        asked.append({**body, "authorization": headers.get("authorization")})
        status, said = answer(head.split(" ")[1], body)
        text = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n".encode() + text
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()
        await server.wait_closed()


def openai_rows(texts: Sequence[str]) -> dict[str, Any]:
    rows = [{"index": n, "embedding": [float(len(text)), 3.0, 4.0]} for n, text in enumerate(texts)]
    return {"data": rows[::-1]}


async def test_openai_compatible_services() -> None:
    async with service(
        lambda path, body: (200 if path == "/v1/embeddings" else 404, openai_rows(body["input"]))
    ) as (
        url,
        asked,
    ):
        embedder = openai_embedder("small", 3, base_url=f"{url}/v1/", api_key="k1")
        vectors = await embedder.embed(["", "a" * 12, *("b" for _ in range(100))])
        await embedder.close()
    assert vectors.shape == (102, 3)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert vectors[1] == pytest.approx([12 / 13, 3 / 13, 4 / 13]), "rows are put in the order of their index"
    assert [len(body["input"]) for body in asked] == [64, 38]
    assert asked[0]["authorization"] == "Bearer k1"
    assert embedder.identity != openai_embedder("other", 3).identity


async def test_ollama() -> None:
    async with service(
        lambda path, body: (
            200 if path == "/api/embed" else 404,
            {"embeddings": [[0.0, 2.0]] * len(body["input"])},
        )
    ) as (url, _):
        embedder = ollama_embedder("nomic", 2, base_url=url)
        assert (await embedder.embed(["x", "y"])).tolist() == [[0, 1], [0, 1]]
        assert (await embedder.embed([])).shape == (0, 2)
        await embedder.close()


@pytest.mark.parametrize(
    "answer",
    [
        (400, {"error": "no such model: secret-key"}),
        (200, "not json"),
        (200, {"data": []}),
        (200, {"data": [{"index": 0, "embedding": [1.0]}]}),
        (200, {"data": [{"index": 0, "embedding": "AAAA"}]}),
        (200, {"data": [{"index": 0, "embedding": [1.0, None, 2.0]}]}),
        (200, '{"data": [{"index": 0, "embedding": [1e999, 0, 0]}]}'),
        (200, []),
    ],
)
async def test_useless_answers_are_refused(answer: Answer) -> None:
    async with service(lambda path, body: answer) as (url, asked):
        embedder = openai_embedder("small", 3, base_url=url)
        with pytest.raises(EmbedderRefused) as refused:
            await embedder.embed(["x"])
        await embedder.close()
    assert "secret" not in str(refused.value)
    assert len(asked) == 1


async def test_a_passing_failure_is_tried_again() -> None:
    answers: list[Answer] = [(503, {}), (200, openai_rows(["abc"]))]
    async with service(lambda path, body: answers.pop(0)) as (url, asked):
        embedder = openai_embedder("small", 3, base_url=url)
        assert (await embedder.embed(["abc"])).shape == (1, 3)
        await embedder.close()
    assert len(asked) == 2


async def test_a_service_that_is_not_there() -> None:
    embedder = ollama_embedder("nomic", 2, base_url="http://127.0.0.1:9", seconds=0.5)
    with pytest.raises(EmbedderUnavailable):
        await embedder.embed(["x"])
    await embedder.close()


async def test_the_local_model_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EmbedderUnavailable, match="semantic"):
        await SentenceTransformerEmbedder("model", 384).embed(["x"])


async def test_lexical_vectors_follow_words_not_spelling_or_case() -> None:
    embedder = LexicalEmbedder()
    rows = await embedder.embed(
        ["customerCountry", "the countries of customers", "customer_countri", "shipping date", ""]
    )
    assert rows.dtype == np.float32
    assert rows[0] @ rows[1] > 0.6
    assert rows[0] @ rows[2] > 0.6
    assert abs(rows[0] @ rows[3]) < 0.2
    assert not rows[4].any()


async def test_lexical_vectors_are_the_same_everywhere() -> None:
    """A stored vector must mean the same after an upgrade; a change of the features needs a new identity."""
    embedder = LexicalEmbedder(64)
    (row,) = await embedder.embed(["order total"])
    assert embedder.identity == "lexical-1/64"
    places = np.argsort(-np.abs(row))[:4].tolist()
    assert {place: round(float(row[place]), 3) for place in places} == {
        0: 0.63,
        6: 0.564,
        21: -0.338,
        19: -0.338,
    }


async def test_long_lists_are_embedded_like_short_ones() -> None:
    embedder = LexicalEmbedder(64)
    texts = [f"text number {n}" for n in range(1_200)]
    many = await embedder.embed(texts)
    assert np.array_equal(many[700:702], await embedder.embed(texts[700:702]))


def test_rarity_is_part_of_the_identity() -> None:
    assert LexicalEmbedder(64, {"order": 2.0}).identity != LexicalEmbedder(64).identity
    assert LexicalEmbedder(64, {"order": 2.0}).identity != LexicalEmbedder(64, {"order": 3.0}).identity
