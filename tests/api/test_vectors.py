"""The item store over a real metadata database keeps what the one in memory keeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from backend.datasources.models import DatasourceRow
from backend.db import migrate
from backend.db.engine import Database, metadata_url
from backend.settings import KnowledgeSettings
from backend.users.models import User
from backend.vectors.store import StoredItems, open_embedder
from knowledge.embeddings import LexicalEmbedder
from knowledge.items import ItemStore, KnowledgeItem, MemoryItemStore, Shelf
from knowledge.store import ItemText, VectorIndex
from tests.servers import DatabaseServer

SHELF, OTHER = Shelf("column", source_id="s1"), Shelf("pattern", project_id="p1")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ItemStore]:
    if request.param == "memory":
        yield MemoryItemStore()
        return
    configured = ""
    if request.param == "postgres":
        server: DatabaseServer = request.getfixturevalue("postgres_server")
        configured = (
            f"postgresql://{server.user}:{server.password}@{server.host}:{server.port}/{server.database()}"
        )
    database = Database(metadata_url(configured, tmp_path))
    await asyncio.to_thread(migrate.upgrade, database.url)
    yield StoredItems(database)
    await database.close()


def item(name: str, shelf: Shelf = SHELF, text: str = "text") -> KnowledgeItem:
    vector = np.array([0.25, -1.5, 3e-7], dtype=np.float32)
    return KnowledgeItem(name, shelf, text, vector, "e1", f"f-{text}", {"table": "é", "rows": 3})


async def test_items_come_back_as_they_were(store: ItemStore) -> None:
    await store.put([item("b"), item("a", text="naïve 🚲"), item("c", OTHER)])
    first, second = await store.list(SHELF)
    assert (first.id, first.text, second.id) == ("a", "naïve 🚲", "b")
    assert first.vector.tolist() == item("a").vector.tolist()
    assert first.vector.dtype == np.float32
    assert dict(first.metadata) == {"table": "é", "rows": 3}
    assert [each.id for each in await store.list(OTHER)] == ["c"]


async def test_a_second_put_replaces(store: ItemStore) -> None:
    await store.put([item("a")])
    await store.put([item("a", text="new"), item("b")])
    assert [(each.id, each.text) for each in await store.list(SHELF)] == [("a", "new"), ("b", "text")]


async def test_deleting_some_and_all(store: ItemStore) -> None:
    await store.put([item(f"i{n:04d}") for n in range(1_000)])
    await store.delete(SHELF, {f"i{n:04d}" for n in range(990)} | {"unknown"})
    assert len(await store.list(SHELF)) == 10
    await store.delete(SHELF)
    assert await store.list(SHELF) == []


async def test_every_write_to_a_shelf_changes_its_revision_only(store: ItemStore) -> None:
    seen = [await store.revision(SHELF)]
    other = await store.revision(OTHER)
    await store.put([item("a")])
    seen.append(await store.revision(SHELF))
    await store.put([item("a")])
    seen.append(await store.revision(SHELF))
    await store.delete(SHELF, ["a"])
    seen.append(await store.revision(SHELF))
    assert len(set(seen)) == 4
    assert await store.revision(SHELF) == seen[-1]
    assert await store.revision(OTHER) == other


async def test_the_vector_index_searches_it(store: ItemStore) -> None:
    index = VectorIndex(store, LexicalEmbedder(64))
    texts = [ItemText(f"t{n}", f"number{n} of the list") for n in range(20)]
    assert (await index.update(SHELF, texts)).embedded == 20
    assert (await index.update(SHELF, texts)).embedded == 0
    assert (await index.search(SHELF, "number7 of the list"))[0].id == "t7"
    await index.close()


async def test_what_a_deleted_source_leaves_is_removed(tmp_path: Path) -> None:
    database = Database(metadata_url("", tmp_path))
    await asyncio.to_thread(migrate.upgrade, database.url)
    async with database.writing() as session:
        session.add(User(id="u", name="u", role="admin"))
        await session.flush()
        session.add(DatasourceRow(id="kept", owner_id="u", name="n", engine="sqlite", config={}))
    kept = Shelf("column", source_id="kept")
    items = StoredItems(database)
    await items.put([item("a", kept), item("a"), item("a", OTHER)])
    await items.forget_deleted_sources()
    assert [len(await items.list(shelf)) for shelf in (kept, SHELF, OTHER)] == [1, 0, 1]
    await database.close()


@pytest.mark.parametrize(
    ("settings", "identity"),
    [
        (KnowledgeSettings(), "lexical-1/512"),
        (KnowledgeSettings(embedder="ollama", model="m", dimension=9), "ollama/m/9"),
        (KnowledgeSettings(embedder="openai"), "openai/text-embedding-3-small/1536"),
    ],
)
def test_the_settings_choose_the_embedder(settings: KnowledgeSettings, identity: str) -> None:
    assert open_embedder(settings).identity == identity
