from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from knowledge.chroma import CacheBroken, ChromaCache, ChromaPlace
from knowledge.embeddings import LexicalEmbedder
from knowledge.items import MemoryItemStore, Shelf
from knowledge.schema_index import schema_documents
from knowledge.schema_vectors import StoredNeighbours, schema_shelf, store_documents
from knowledge.store import ItemText, Updated, VectorIndex
from tests.knowledge.filler import SHELF, items
from tests.knowledge.sources import build_club, opened

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def filled(
    folder: Path | None, count: int = 600, store: MemoryItemStore | None = None
) -> AsyncIterator[VectorIndex]:
    """An index over `count` items whose cache, when there is a folder, is filled."""
    cache = ChromaCache(ChromaPlace(folder)) if folder else None
    index = VectorIndex(store or MemoryItemStore(), LexicalEmbedder(256), cache)
    await index.update(SHELF, items(count))
    await index.search(SHELF, "anything")
    await index.settled()
    try:
        yield index
    finally:
        await index.close()


async def ids(index: VectorIndex, text: str, allowed: set[str] | None = None, limit: int = 3) -> list[str]:
    return [found.id for found in await index.search(SHELF, text, limit=limit, allowed=allowed)]


def trusted(index: VectorIndex) -> bool:
    """Whether the next search goes to the cache."""
    return SHELF in index._filled


async def test_the_cache_answers_as_the_exact_search_does(tmp_path: Path) -> None:
    async with filled(tmp_path / "chroma") as cached, filled(None) as exact:
        assert trusted(cached)
        assert not trusted(exact)
        for number in (0, 7, 333, 599):
            assert (await ids(cached, f"number{number}"))[0] == f"c{number}"
            ours = await cached.search(SHELF, f"number{number}", limit=1)
            theirs = await exact.search(SHELF, f"number{number}", limit=1)
            assert ours[0].score == pytest.approx(theirs[0].score, abs=1e-3)


@pytest.mark.parametrize("cached", [True, False])
async def test_what_is_not_allowed_takes_no_part(tmp_path: Path, cached: bool) -> None:
    async with filled(tmp_path / "chroma" if cached else None) as index:
        assert trusted(index) is cached
        assert await ids(index, "number7", allowed={"c8", "c9", "unknown"}) in (["c8", "c9"], ["c9", "c8"])
        assert await ids(index, "number7", allowed=set()) == []
        assert await ids(index, "number7", allowed={"unknown"}) == []


async def test_two_shelves_never_meet(tmp_path: Path) -> None:
    async with filled(tmp_path / "chroma") as index:
        other = Shelf("column", source_id="s2")
        await index.update(other, [ItemText("secret", "table 7 column number7")])
        for _ in range(2):
            assert "secret" not in await ids(index, "number7", limit=1_000)
            assert [found.id for found in await index.search(other, "number7", limit=9)] == ["secret"]
            await index.settled()


async def test_only_what_changed_is_embedded_again(tmp_path: Path) -> None:
    async with filled(tmp_path / "chroma") as index:
        assert await index.update(SHELF, items(600)) == Updated(0, 0)
        changed = [*items(598), ItemText("c598", "quite another text")]
        assert await index.update(SHELF, changed) == Updated(1, 1)
        assert (
            await ids(index, "quite another") == ["c598"] or (await ids(index, "quite another"))[0] == "c598"
        )
        await index.settled()
        assert trusted(index)
        assert (await ids(index, "quite another"))[0] == "c598"
        assert "c599" not in await ids(index, "number599", limit=100)


async def test_another_embedder_starts_anew(tmp_path: Path) -> None:
    store = MemoryItemStore()
    async with filled(tmp_path / "chroma", store=store):
        pass
    index = VectorIndex(store, LexicalEmbedder(128), ChromaCache(ChromaPlace(tmp_path / "chroma")))
    assert await ids(index, "number7") == [], "vectors of another embedder are not compared"
    assert await index.update(SHELF, items(600)) == Updated(600, 0)
    assert (await ids(index, "number7"))[0] == "c7"
    await index.settled()
    assert trusted(index)
    assert (await ids(index, "number7"))[0] == "c7"
    await index.close()


async def test_a_folder_closed_properly_is_used_again(tmp_path: Path) -> None:
    store = MemoryItemStore()
    async with filled(tmp_path / "chroma", store=store):
        pass
    before = (tmp_path / "chroma" / "chroma.sqlite3").stat().st_ino
    async with filled(tmp_path / "chroma", store=store) as index:
        assert trusted(index)
        assert (tmp_path / "chroma" / "chroma.sqlite3").stat().st_ino == before
        assert (await ids(index, "number42"))[0] == "c42"


@pytest.mark.parametrize("after", [0.05, 0.6])
async def test_killed_while_filling_nothing_is_lost(tmp_path: Path, after: float) -> None:
    folder = tmp_path / "chroma"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.knowledge.filler", str(folder), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert child.stdout is not None
    assert await child.stdout.readline()
    await asyncio.sleep(after)
    child.send_signal(signal.SIGKILL)
    await child.communicate()
    async with filled(folder, 900) as index:
        assert trusted(index)
        for item in items(900)[::10]:
            assert (await ids(index, item.text))[0] == item.id
        assert len(await index.search(SHELF, "table column", limit=2_000)) == 900


async def test_a_damaged_store_is_thrown_away_and_filled_again(tmp_path: Path) -> None:
    store = MemoryItemStore()
    async with filled(tmp_path / "chroma", store=store):
        pass
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"this is not a database" * 100)
    index = VectorIndex(store, LexicalEmbedder(256), ChromaCache(ChromaPlace(tmp_path / "chroma")))
    for _ in range(4):
        assert (await ids(index, "number7"))[0] == "c7", "answers are right all the while"
        await index.settled()
    assert trusted(index)
    await index.close()


async def test_a_collection_that_lost_vectors_is_noticed(tmp_path: Path) -> None:
    store = MemoryItemStore()
    async with filled(tmp_path / "chroma", store=store) as index:
        cache = index._cache
        assert cache is not None
        collection = cache._collection(SHELF, LexicalEmbedder(256).identity)
        collection.delete(ids=["c1", "c2", "c3"])
        await index.update(SHELF, [*items(600), ItemText("new", "one more")])
        await index.search(SHELF, "anything")
        await index.settled()
        assert trusted(index)
        assert (await ids(index, "number2"))[0] == "c2"


async def test_a_missing_folder_is_made_again(tmp_path: Path) -> None:
    store = MemoryItemStore()
    async with filled(tmp_path / "chroma", store=store):
        pass
    shutil.rmtree(tmp_path / "chroma")
    async with filled(tmp_path / "chroma", store=store) as index:
        assert trusted(index)


async def test_a_second_process_does_without_the_folder(tmp_path: Path) -> None:
    async with filled(tmp_path / "chroma") as first, filled(tmp_path / "chroma") as second:
        assert trusted(first)
        assert not trusted(second)
        assert (await ids(second, "number7"))[0] == "c7"


async def test_a_server_that_is_not_there_is_done_without() -> None:
    index = VectorIndex(
        MemoryItemStore(), LexicalEmbedder(256), ChromaCache(ChromaPlace(url="http://127.0.0.1:9"))
    )
    await index.update(SHELF, items(20))
    for _ in range(4):
        assert (await ids(index, "number7"))[0] == "c7"
        await index.settled()
    assert not index.uses_cache
    await index.close()


async def test_an_item_without_words_is_kept_and_never_found(tmp_path: Path) -> None:
    async with filled(tmp_path / "chroma", 10) as index:
        await index.update(SHELF, [*items(10), ItemText("blank", "…")])
        await index.search(SHELF, "anything")
        await index.settled()
        assert trusted(index)
        assert "blank" not in await ids(index, "number7", limit=50)
        assert await ids(index, "…") == []


async def test_forgetting_a_shelf_leaves_nothing(tmp_path: Path) -> None:
    async with filled(tmp_path / "chroma") as index:
        await index.forget(SHELF)
        assert await ids(index, "number7") == []


async def test_nothing_is_fetched_and_no_model_is_made(tmp_path: Path) -> None:
    cache = ChromaCache(ChromaPlace(tmp_path / "chroma"))
    cache.fill(SHELF, "e", [])
    assert cache._collection(SHELF, "e")._embedding_function is None
    cache.close()


def test_the_cache_raises_one_kind_of_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = ChromaCache(ChromaPlace(tmp_path / "file"))
    with pytest.raises(CacheBroken):
        cache.fill(SHELF, "e", [])
    cache.close()


async def test_schema_documents_are_found_through_the_index(tmp_path: Path) -> None:
    build_club(tmp_path / "club.sqlite", players=5)
    async with opened("sqlite", tmp_path / "club.sqlite") as connector:
        documents = schema_documents(await connector.schema(), {"ticket": "Seats sold to spectators"})
    index = VectorIndex(MemoryItemStore(), LexicalEmbedder(), ChromaCache(ChromaPlace(tmp_path / "chroma")))
    assert (await store_documents(index, "s1", documents)).embedded == len(documents)
    neighbours = StoredNeighbours(index, "s1", documents)
    for _ in range(2):
        scores = await neighbours.scores("spectators", None)
        assert scores is not None
        assert documents[int(np.argmax(scores))].table == "ticket"
        visible = np.array([document.table != "ticket" for document in documents])
        hidden = await neighbours.scores("spectators", visible)
        assert hidden is not None and not hidden[~visible].any()
        await index.settled()
    assert schema_shelf("s1") in index._filled
    await index.close()
