"""Fills one shelf of an embedded Chroma over and over, until it is killed. Run as a module by test_store."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from knowledge.chroma import ChromaCache, ChromaPlace
from knowledge.embeddings import LexicalEmbedder
from knowledge.items import MemoryItemStore, Shelf
from knowledge.store import ItemText, VectorIndex

SHELF = Shelf("column", source_id="s1")


def items(count: int) -> list[ItemText]:
    return [ItemText(f"c{n}", f"table {n % 50} column number{n}") for n in range(count)]


async def main(folder: str) -> None:
    index = VectorIndex(MemoryItemStore(), LexicalEmbedder(256), ChromaCache(ChromaPlace(Path(folder))))
    for count in range(400, 1_000_000, 400):
        await index.update(SHELF, items(count))
        await index.search(SHELF, "anything")
        await index.settled()
        print(count, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
