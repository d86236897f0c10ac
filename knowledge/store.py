"""The vector index: searched through Chroma when its copy is proven right, exactly otherwise."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from knowledge.chroma import BREADTH, CacheBroken, ChromaCache
from knowledge.embeddings import Embedder
from knowledge.fingerprint import text_fingerprint
from knowledge.items import ItemStore, KnowledgeItem, Shelf

Result = TypeVar("Result")
_log = logging.getLogger(__name__)

_QUERY_SECONDS = 5.0
_FILL_SECONDS = 600.0
_MOST_FILTERED = 1_000
"""With more permitted ids than this, comparing them exactly is faster than Chroma's filter."""
_MOST_FAILURES = 2
_MATRICES = 16


@dataclass(frozen=True, slots=True)
class ItemText:
    """What an item says, before it has a vector."""

    id: str
    text: str
    metadata: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    id: str
    score: float
    """Cosine."""


@dataclass(frozen=True, slots=True)
class Updated:
    embedded: int
    removed: int


@dataclass(frozen=True, slots=True)
class _Matrix:
    revision: str
    ids: list[str]
    places: dict[str, int]
    vectors: NDArray[np.float32]


class VectorIndex:
    """Items of all shelves by nearness of meaning.

    What is written goes to the `ItemStore`, which is the truth. Chroma is filled from it in the background;
    until its copy of a shelf is proven right, and whenever it fails, searches compare exactly.
    """

    def __init__(self, items: ItemStore, embedder: Embedder, cache: ChromaCache | None = None) -> None:
        self._items = items
        self._embedder = embedder
        self._cache = cache
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vector-cache") if cache else None
        self._filled: dict[Shelf, str] = {}
        self._filling: dict[Shelf, asyncio.Task[None]] = {}
        self._failures = 0
        self._matrices: OrderedDict[Shelf, _Matrix] = OrderedDict()

    @property
    def rebuilding(self) -> bool:
        """Whether the copy in Chroma is being filled; searches compare exactly meanwhile."""
        return bool(self._filling)

    @property
    def embedder(self) -> Embedder:
        return self._embedder

    @property
    def uses_cache(self) -> bool:
        """Whether Chroma is still trusted to be worth filling."""
        return self._cache is not None and self._failures <= _MOST_FAILURES

    async def update(self, shelf: Shelf, wanted: Sequence[ItemText]) -> Updated:
        """Make the shelf hold exactly these items; only new or changed texts are embedded. Raises `EmbeddingError`."""
        held = {item.id: item for item in await self._items.list(shelf)}
        identity = self._embedder.identity
        fresh = []
        for item in wanted:
            known = held.get(item.id)
            print_of_text = text_fingerprint(item.text, repr(sorted(item.metadata.items())))
            if known is None or known.fingerprint != print_of_text or known.embedder != identity:
                fresh.append((item, print_of_text))
        gone = held.keys() - {item.id for item in wanted}
        if fresh:
            vectors = await self._embedder.embed([item.text for item, _ in fresh])
            await self._items.put(
                [
                    KnowledgeItem(item.id, shelf, item.text, vector, identity, print_of_text, item.metadata)
                    for (item, print_of_text), vector in zip(fresh, vectors, strict=True)
                ]
            )
        if gone:
            await self._items.delete(shelf, gone)
        return Updated(len(fresh), len(gone))

    async def search(
        self, shelf: Shelf, text: str, *, limit: int = 20, allowed: Collection[str] | None = None
    ) -> list[Found]:
        """Items nearest to `text`, best first. Items outside `allowed` take no part at all. Raises `EmbeddingError`."""
        vector = (await self._embedder.embed([text]))[0]
        if not vector.any() or limit < 1 or (allowed is not None and not allowed):
            return []
        revision = await self._items.revision(shelf)
        few = limit <= BREADTH and (allowed is None or len(allowed) <= _MOST_FILTERED)
        if few and self._filled.get(shelf) == revision:
            found = await self._ask_cache(shelf, vector, allowed, limit)
            if found is not None:
                return found
        elif self.uses_cache and self._filled.get(shelf) != revision:
            self._start_filling(shelf)
        return await self._exact(shelf, revision, vector, allowed, limit)

    async def forget(self, shelf: Shelf) -> None:
        """Remove a shelf from the truth and from the cache."""
        await self._items.delete(shelf)
        self._matrices.pop(shelf, None)
        self._filled.pop(shelf, None)
        if self._cache is not None:
            await self._guarded(lambda cache: cache.drop(shelf), _QUERY_SECONDS)

    async def settled(self) -> None:
        """Wait until nothing is being filled."""
        while self._filling:
            await asyncio.gather(*self._filling.values(), return_exceptions=True)

    async def close(self) -> None:
        for task in self._filling.values():
            task.cancel()
        await self.settled()
        if self._cache is not None and self._thread is not None:
            await asyncio.wrap_future(self._thread.submit(self._cache.close))
            self._thread.shutdown(wait=False)

    async def _exact(
        self,
        shelf: Shelf,
        revision: str,
        vector: NDArray[np.float32],
        allowed: Collection[str] | None,
        limit: int,
    ) -> list[Found]:
        matrix = await self._matrix(shelf, revision)
        if allowed is None:
            places = np.arange(len(matrix.ids))
        else:
            kept = sorted(matrix.places[name] for name in set(allowed) if name in matrix.places)
            places = np.array(kept, dtype=np.intp)
        if not len(places):
            return []
        scores = (matrix.vectors if allowed is None else matrix.vectors[places]) @ vector
        best = np.lexsort((places, -scores))[:limit]
        return [Found(matrix.ids[int(places[place])], float(scores[place])) for place in best]

    async def _matrix(self, shelf: Shelf, revision: str) -> _Matrix:
        known = self._matrices.get(shelf)
        if known is not None and known.revision == revision:
            self._matrices.move_to_end(shelf)
            return known
        items = self._usable(await self._items.list(shelf))
        ids = [item.id for item in items]
        vectors = (
            np.stack([item.vector for item in items])
            if items
            else np.zeros((0, self._embedder.dimension), dtype=np.float32)
        )
        matrix = _Matrix(revision, ids, {name: place for place, name in enumerate(ids)}, vectors)
        self._matrices[shelf] = matrix
        if len(self._matrices) > _MATRICES:
            self._matrices.popitem(last=False)
        return matrix

    def _usable(self, items: Sequence[KnowledgeItem]) -> list[KnowledgeItem]:
        """Items whose vectors the present embedder made; others wait to be embedded again."""
        identity, dimension = self._embedder.identity, self._embedder.dimension
        return [item for item in items if item.embedder == identity and item.vector.shape == (dimension,)]

    async def _ask_cache(
        self, shelf: Shelf, vector: NDArray[np.float32], allowed: Collection[str] | None, limit: int
    ) -> list[Found] | None:
        ids = None if allowed is None else sorted(allowed)
        identity = self._embedder.identity
        found = await self._guarded(
            lambda cache: cache.nearest(shelf, identity, vector, ids, limit), _QUERY_SECONDS
        )
        return None if found is None else [Found(name, score) for name, score in found]

    def _start_filling(self, shelf: Shelf) -> None:
        if shelf not in self._filling:
            task = asyncio.create_task(self._fill(shelf))
            self._filling[shelf] = task
            task.add_done_callback(lambda done: self._filled_or_not(shelf, done))

    def _filled_or_not(self, shelf: Shelf, task: asyncio.Task[None]) -> None:
        self._filling.pop(shelf, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("vector cache could not be filled: %s", error)

    async def _fill(self, shelf: Shelf) -> None:
        revision = await self._items.revision(shelf)
        items = self._usable(await self._items.list(shelf))
        identity = self._embedder.identity

        def fill(cache: ChromaCache) -> bool:
            cache.fill(shelf, identity, items)
            return True

        if await self._guarded(fill, _FILL_SECONDS):
            self._filled[shelf] = revision
            self._matrices.pop(shelf, None)

    async def _guarded(self, action: Callable[[ChromaCache], Result], seconds: float) -> Result | None:
        """Run one blocking call in the cache's thread; None when it failed, after throwing the cache away."""
        if self._cache is None or self._thread is None or not self.uses_cache:
            return None
        job: Any = asyncio.wrap_future(self._thread.submit(action, self._cache))
        try:
            result: Result = await asyncio.wait_for(job, seconds)
        except TimeoutError:
            # The thread hangs inside the store and cannot be freed: this process goes on without it.
            self._failures = _MOST_FAILURES + 1
            self._filled.clear()
            _log.warning("vector cache does not answer; searching exactly instead")
            return None
        except CacheBroken as error:
            self._failures += 1
            self._filled.clear()
            _log.warning("vector cache rebuilt from the item store: %s", error)
            self._thread.submit(self._cache.reset)
            return None
        return result
