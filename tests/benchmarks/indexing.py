"""How long a schema of a thousand tables takes to index, to load, and to search. Run: python -m tests.benchmarks.indexing"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import sqlite3
import statistics
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter

from connectors.registry import open_connector
from knowledge.chroma import ChromaCache, ChromaPlace
from knowledge.embeddings import LexicalEmbedder
from knowledge.indexing import index_source
from knowledge.items import MemoryItemStore
from knowledge.schema_index import schema_documents
from knowledge.schema_vectors import StoredNeighbours, store_documents
from knowledge.source_index import SourceIndex
from knowledge.source_knowledge import PreparedSource
from knowledge.store import VectorIndex

SUBJECTS = [
    "customer",
    "order",
    "product",
    "invoice",
    "shipment",
    "payment",
    "employee",
    "store",
    "supplier",
    "ticket",
    "campaign",
    "contract",
    "asset",
]
ASPECTS = [
    "history",
    "detail",
    "archive",
    "summary",
    "event",
    "note",
    "address",
    "price",
    "stock",
    "audit",
    "plan",
    "target",
    "budget",
    "rating",
]
COLUMNS = [
    "status TEXT", "created_on TEXT", "amount REAL", "quantity INTEGER", "city TEXT", "country TEXT", "name TEXT",
    "remark TEXT", "is_active INTEGER", "updated_at TEXT",
]  # fmt: skip
QUESTIONS = [
    "total amount of invoices by country", "which customers have open tickets", "stock per product and store",
    "payments by month", "average rating of suppliers", "contracts that end this year", "names of employees",
]  # fmt: skip


def build(path: Path, tables: int, rows: int) -> None:
    """A warehouse-like schema: every table refers to one or two earlier ones, half of them by declared keys."""
    random.seed(5)
    names = [f"{random.choice(SUBJECTS)}_{random.choice(ASPECTS)}_{n}" for n in range(tables)]
    with sqlite3.connect(path) as database:
        for number, name in enumerate(names):
            targets = random.sample(range(number), min(number, random.choice([1, 2])))
            keys = "".join(
                f", {names[t]}_id INTEGER" + (f" REFERENCES {names[t]} (id)" if number % 2 else "")
                for t in targets
            )
            columns = ", ".join(random.sample(COLUMNS, 8))
            database.execute(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, {columns}{keys})")
            width = 9 + len(targets)
            database.executemany(
                f"INSERT INTO {name} VALUES ({', '.join('?' * width)})",
                [
                    [
                        n,
                        *(f"value {random.randrange(60)}" for _ in range(8)),
                        *(1 + n % rows for _ in targets),
                    ]
                    for n in range(1, rows + 1)
                ],
            )
    database.close()


async def measure(tables: int, rows: int) -> dict[str, float]:
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wide.sqlite"
        build(path, tables, rows)
        connector = await open_connector("sqlite", {"path": str(path)})
        before, start = memory(), perf_counter()
        index = await index_source(connector)
        found["index_seconds"] = perf_counter() - start
        start = perf_counter()
        await index_source(connector, previous=index)
        found["index_again_seconds"] = perf_counter() - start
        await connector.close()
        start = perf_counter()
        text = index.to_json()
        found["stored_megabytes"] = len(text) / 1e6
        SourceIndex.from_json(text)
        found["store_and_load_seconds"] = perf_counter() - start
        start = perf_counter()
        prepared = await PreparedSource.build(index)
        found["prepare_seconds"] = perf_counter() - start
        knowledge = prepared.knowledge(source_id="s", source_name="S")
        found["values"] = len(index.values)
        found["keys"] = len(index.edges)
        found["retrieval_ms_p50"] = await median_ms(
            [partial(knowledge.retriever.schema, q) for q in QUESTIONS]
        )
        names = [table.full_name for table in index.schema.tables]
        wanted = [random.sample(names, n) for n in (2, 3, 4, 6, 8) for _ in range(4)]
        taken = []
        for chosen in wanted:
            start = perf_counter()
            knowledge.joins.trees(chosen)
            taken.append((perf_counter() - start) * 1e3)
        found["join_ms_p50"], found["join_ms_max"] = statistics.median(taken), max(taken)
        await measure_chroma(index, Path(folder) / "chroma", found)
        found["megabytes"] = memory() - before
    return {name: round(value, 3) for name, value in found.items()}


async def measure_chroma(index: SourceIndex, folder: Path, found: dict[str, float]) -> None:
    documents = schema_documents(index.schema)
    vectors = VectorIndex(MemoryItemStore(), LexicalEmbedder(), ChromaCache(ChromaPlace(folder)))
    start = perf_counter()
    await store_documents(vectors, "s", documents)
    found["embed_seconds"] = perf_counter() - start
    neighbours = StoredNeighbours(vectors, "s", documents)
    await neighbours.scores(QUESTIONS[0], None)
    found["search_exact_ms_p50"] = await median_ms([partial(neighbours.scores, q, None) for q in QUESTIONS])
    start = perf_counter()
    await vectors.settled()
    found["chroma_fill_seconds"] = perf_counter() - start
    found["search_chroma_ms_p50"] = await median_ms([partial(neighbours.scores, q, None) for q in QUESTIONS])
    await vectors.close()


async def median_ms(calls: Sequence[Callable[[], Awaitable[object]]]) -> float:
    taken = []
    for call in [*calls, *calls]:
        start = perf_counter()
        await call()
        taken.append((perf_counter() - start) * 1e3)
    return statistics.median(taken)


def memory() -> float:
    """Peak megabytes of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=1_000)
    parser.add_argument("--rows", type=int, default=100)
    options = parser.parse_args()
    print(json.dumps(asyncio.run(measure(options.tables, options.rows)), indent=2))


if __name__ == "__main__":
    main()
