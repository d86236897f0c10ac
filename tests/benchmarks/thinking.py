"""How long the embedded reasoner thinks about a question, over few tables and over a thousand. Run: python -m tests.benchmarks.thinking"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from datetime import date
from pathlib import Path
from time import perf_counter

from agents.budget import Budget, TurnLimits
from agents.deps import OpenSource, SourceProber
from agents.reasoners.base import Thinking
from agents.reasoners.embedded import EmbeddedReasoner
from connectors.registry import open_connector
from connectors.sql.policy import EVERYTHING
from knowledge.indexing import quick_knowledge
from tests.benchmarks.indexing import QUESTIONS, build

FEW, MANY, ROWS = 20, 1_000, 20
MOST_TIMES = 3.0
"""So many times as long as over few tables may a question take over many."""
INDEX_SECONDS = 60.0
_ROUNDS = 3


async def measure(tables: int) -> tuple[float, float, float]:
    """Seconds to index, and the median and the slowest question in milliseconds once the source is warm."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schema.sqlite"
        build(path, tables, ROWS)
        connector = await open_connector("sqlite", {"path": str(path)})
        started = perf_counter()
        knowledge = await quick_knowledge(connector, "source", "Source")
        indexed = perf_counter() - started
        source = OpenSource("source", "Source", connector, knowledge, EVERYTHING)
        reasoner = EmbeddedReasoner()
        spent = []
        for turn in range(_ROUNDS + 1):
            for question in QUESTIONS:
                prober = SourceProber(source, Budget(TurnLimits()))
                thinking = Thinking(question, {source.id: knowledge}, {source.id: prober}, date(2026, 6, 1))
                started = perf_counter()
                await reasoner.think(thinking)
                if turn:
                    spent.append(1000 * (perf_counter() - started))
        await connector.close()
    return indexed, statistics.median(spent), max(spent)


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=MANY)
    tables = parser.parse_args().tables
    few, many = await measure(FEW), await measure(tables)
    print(f"{'tables':>8} {'index s':>9} {'think ms p50':>13} {'slowest':>9}")
    for count, (indexed, median, slowest) in ((FEW, few), (tables, many)):
        print(f"{count:8} {indexed:9.1f} {median:13.0f} {slowest:9.0f}")
    times = many[1] / few[1]
    print(
        f"{times:.1f} times as long (at most {MOST_TIMES}); indexed in {many[0]:.1f} s (at most {INDEX_SECONDS:.0f} s)"
    )
    return 0 if times <= MOST_TIMES and many[0] <= INDEX_SECONDS else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
