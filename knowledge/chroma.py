"""Chroma as a copy of the item store that may be thrown away at any time.

Killed while it writes, embedded Chroma can come back broken or silently incomplete. So vectors stay in
its log (a high `sync_threshold` keeps it from folding them into index files while we add), one
process at a time uses a folder, a folder that was not closed properly is deleted unread, and what a
collection holds is compared with the truth before it is asked.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from knowledge.base import KnowledgeError
from knowledge.fingerprint import text_fingerprint
from knowledge.items import KnowledgeItem, Shelf

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

_BATCH = 500
_SYNC_THRESHOLD = 1_000_000
BREADTH = 200
"""Candidates the graph search keeps, twice the usual: schema texts are much alike, and a near miss is a wrong column."""
_NEIGHBOURS = 32
"""Links per item, twice the usual; items added side by side by several threads could end with none that leads to them."""
_SAMPLES = 6
_MISSES, _FEW = 1, 50
"""Among more than a few items the search is approximate and one may fail to find itself; a lost index fails for nearly all."""


class CacheBroken(KnowledgeError):
    """The vector cache cannot be used or does not hold what it should; the truth is elsewhere."""


@dataclass(frozen=True, slots=True)
class ChromaPlace:
    """An embedded store in `folder`, or a Chroma server at `url`."""

    folder: Path | None = None
    url: str = ""


class ChromaCache:
    """Blocking calls, for one worker thread. Every method raises `CacheBroken` only."""

    def __init__(self, place: ChromaPlace) -> None:
        self._place = place
        self._client: ClientAPI | None = None
        self._lock: int | None = None
        self._ids: dict[Shelf, frozenset[str]] = {}

    def fill(self, shelf: Shelf, embedder: str, items: Sequence[KnowledgeItem]) -> None:
        """Make the shelf's collection hold exactly these items and prove that it does: first by writing what differs, else anew."""
        try:
            self._fill(shelf, embedder, items)
        except CacheBroken:
            self.drop(shelf)
            self._fill(shelf, embedder, items)

    def _fill(self, shelf: Shelf, embedder: str, items: Sequence[KnowledgeItem]) -> None:
        with _broken("fill"):
            collection = self._collection(shelf, embedder)
            wanted = {item.id: item for item in items if item.vector.any()}
            held = self._held(collection)
            gone = [name for name in held if name not in wanted]
            changed = [item for name, item in wanted.items() if held.get(name) != item.fingerprint]
            for first in range(0, len(gone), _BATCH):
                collection.delete(ids=gone[first : first + _BATCH])
            for first in range(0, len(changed), _BATCH):
                part = changed[first : first + _BATCH]
                collection.upsert(
                    ids=[item.id for item in part],
                    embeddings=np.stack([item.vector for item in part]),
                    metadatas=[{"fingerprint": item.fingerprint} for item in part],
                )
            self._prove(collection, list(wanted.values()))
            self._ids[shelf] = frozenset(wanted)

    def nearest(
        self, shelf: Shelf, embedder: str, vector: NDArray[np.float32], ids: Sequence[str] | None, limit: int
    ) -> list[tuple[str, float]]:
        """Ids with their cosine, best first, among `ids` only when they are given; of a shelf that was filled before."""
        held = self._ids.get(shelf, frozenset())
        asked = (
            None if ids is None else [name for name in ids if name in held]
        )  # Chroma fails on an unknown id
        if not held or asked == []:
            return []
        with _broken("query"):
            answer = self._collection(shelf, embedder).query(
                query_embeddings=[vector.tolist()],
                n_results=min(limit, len(held)),
                ids=asked,
                include=["distances"],
            )
            distances = (answer["distances"] or [[]])[0]
            return [
                (name, 1.0 - float(distance))
                for name, distance in zip(answer["ids"][0], distances, strict=True)
            ]

    def drop(self, shelf: Shelf) -> None:
        with _broken("drop"):
            name = _name(shelf)
            client = self._open()
            if name in {collection.name for collection in client.list_collections()}:
                client.delete_collection(name)

    def reset(self) -> None:
        """Throw the embedded folder away; the next use starts an empty one. A server's collections are dropped one by one."""
        self._close_client()
        if self._place.folder is not None and self._lock is not None:
            shutil.rmtree(self._place.folder, ignore_errors=True)
            self._place.folder.mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        """Close properly, so that the next start need not rebuild."""
        self._close_client()
        if self._lock is not None and self._place.folder is not None:
            self._marker.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    @property
    def _marker(self) -> Path:
        assert self._place.folder is not None
        return self._place.folder.with_name(self._place.folder.name + ".in-use")

    def _open(self) -> ClientAPI:
        if self._client is None:
            import chromadb
            from chromadb.config import Settings

            settings = Settings(anonymized_telemetry=False)
            if self._place.folder is None:
                parts = urlsplit(self._place.url)
                secure = parts.scheme == "https"
                self._client = chromadb.HttpClient(
                    host=parts.hostname or "localhost",
                    port=parts.port or (443 if secure else 8000),
                    ssl=secure,
                    settings=settings,
                )
            else:
                self._take_folder(self._place.folder)
                self._client = chromadb.PersistentClient(self._place.folder, settings=settings)
        return self._client

    def _take_folder(self, folder: Path) -> None:
        """Lock the folder for this process; delete what a process left that did not close it."""
        if self._lock is not None:
            return
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder.with_name(folder.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise CacheBroken("Another process uses the vector cache.") from error
        self._lock = lock
        if self._marker.exists():
            shutil.rmtree(folder, ignore_errors=True)
        self._marker.touch()
        folder.mkdir(mode=0o700, exist_ok=True)

    def _collection(self, shelf: Shelf, embedder: str) -> Collection:
        client = self._open()
        collection = self._get_or_create(client, shelf, embedder)
        if (collection.metadata or {}).get("embedder") != embedder:
            client.delete_collection(collection.name)
            collection = self._get_or_create(client, shelf, embedder)
        return collection

    def _get_or_create(self, client: ClientAPI, shelf: Shelf, embedder: str) -> Collection:
        return client.get_or_create_collection(
            _name(shelf),
            configuration={
                "hnsw": {
                    "space": "cosine",
                    "sync_threshold": _SYNC_THRESHOLD,
                    "ef_construction": BREADTH,
                    "ef_search": BREADTH,
                    "max_neighbors": _NEIGHBOURS,
                    "num_threads": 1,
                }
            },
            metadata={"embedder": embedder, "kind": shelf.kind},
            embedding_function=None,
        )

    def _held(self, collection: Collection) -> dict[str, Any]:
        held = collection.get(include=["metadatas"])
        metadatas = held["metadatas"] or []
        return {
            name: metadata.get("fingerprint") for name, metadata in zip(held["ids"], metadatas, strict=True)
        }

    def _prove(self, collection: Collection, items: Sequence[KnowledgeItem]) -> None:
        """The count is right, and items find themselves: a lost index answers from what is left of it."""
        if collection.count() != len(items):
            raise CacheBroken("The vector cache does not hold what was put into it.")
        misses = 0
        for item in items[:: max(1, len(items) // _SAMPLES)][:_SAMPLES]:
            found = collection.query(
                query_embeddings=[item.vector.tolist()], n_results=1, include=["distances"]
            )
            distances = (found["distances"] or [[]])[0]
            misses += not distances or distances[0] > 1e-3
        if misses > (_MISSES if len(items) > _FEW else 0):
            raise CacheBroken("The vector cache does not find what it holds.")

    def _close_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(
                Exception
            ):  # whatever a broken store does on closing, we are done with it
                client.close()  # type: ignore[attr-defined]


class _broken:  # noqa: N801 (reads as a statement)
    """Whatever goes wrong inside becomes `CacheBroken`: the store's own failures have no common type."""

    def __init__(self, action: str) -> None:
        self._action = action

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, CacheBroken):
            raise CacheBroken(f"The vector cache failed to {self._action}: {error}") from error


def _name(shelf: Shelf) -> str:
    """A collection name that is legal whatever the ids look like."""
    return f"{shelf.kind}-{text_fingerprint(shelf.source_id, shelf.project_id)}"
