"""Searchable items with their vectors: the truth, of which every vector index is a disposable copy."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ItemKind = Literal["table", "column", "value", "pattern", "glossary", "memory"]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where items stand together and are searched together: one kind of one source or of one project."""

    kind: ItemKind
    source_id: str = ""
    project_id: str = ""
    """Exactly one of the two ids is set."""

    def __post_init__(self) -> None:
        if bool(self.source_id) == bool(self.project_id):
            raise ValueError("A shelf belongs to one source or to one project.")


@dataclass(frozen=True, slots=True, eq=False)
class KnowledgeItem:
    id: str
    """Unique on its shelf."""
    shelf: Shelf
    text: str
    vector: NDArray[np.float32]
    """Of length 1, or all zero when the text has nothing to search by."""
    embedder: str
    """Identity of the embedder that made the vector."""
    fingerprint: str
    """Of the text; an item is embedded again when this or the embedder changes."""
    metadata: Mapping[str, str | int | float | bool] = field(default_factory=dict)


class ItemStore(Protocol):
    """The truth about items, kept in the metadata database.

    The backend keeps one row for each item, the vector as little-endian float32 bytes.
    """

    async def list(self, shelf: Shelf) -> Sequence[KnowledgeItem]:
        """All items of a shelf, in order of id."""
        ...

    async def put(self, items: Sequence[KnowledgeItem]) -> None:
        """Add items, or replace those of the same shelf and id; all of them or none."""
        ...

    async def delete(self, shelf: Shelf, ids: Collection[str] | None = None) -> None:
        """Remove some items, or with None the whole shelf."""
        ...

    async def revision(self, shelf: Shelf) -> str:
        """Differs after every put or delete on the shelf, in whichever process it happened. Read before each search, so cheap."""
        ...


class MemoryItemStore:
    """An `ItemStore` for one process that forgets everything at its end."""

    def __init__(self) -> None:
        self._shelves: dict[Shelf, dict[str, KnowledgeItem]] = {}
        self._revisions: dict[Shelf, int] = {}
        self._changes = count(1)

    async def list(self, shelf: Shelf) -> Sequence[KnowledgeItem]:
        return [item for _, item in sorted(self._shelves.get(shelf, {}).items())]

    async def put(self, items: Sequence[KnowledgeItem]) -> None:
        for item in items:
            self._shelves.setdefault(item.shelf, {})[item.id] = item
            self._revisions[item.shelf] = next(self._changes)

    async def delete(self, shelf: Shelf, ids: Collection[str] | None = None) -> None:
        kept = self._shelves.get(shelf, {})
        for name in list(kept) if ids is None else ids:
            kept.pop(name, None)
        self._revisions[shelf] = next(self._changes)

    async def revision(self, shelf: Shelf) -> str:
        return str(self._revisions.get(shelf, 0))
