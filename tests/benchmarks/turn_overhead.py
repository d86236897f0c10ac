"""What a whole turn costs when the language model costs nothing: time, calls, prompt bytes, memory.

usage: python -m tests.benchmarks.turn_overhead [--turns 40] [--json]

A real LangChain client talks to a fake server in a thread of its own (which shares the interpreter, so it counts); the database is SQLite; the
checkpointer writes a file with durability "sync", as in production.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agents.budget import Budget
from agents.deps import TurnSettings
from agents.llm import ChatModels, ModelSettings
from agents.reasoners.llm import LlmReasoner
from agents.turn import TurnRunner
from tests.agents.harness import BY_COUNTRY, Desk, make_shop, open_shop
from tests.fakes.llm_server import served

REPLY = {
    "route": "plan", "restated": "What is the revenue by country?", "source": "shop", "sql": BY_COUNTRY,
    "confidence": 0.8,
}  # fmt: skip
QUESTION = "What is revenue by country?"
WARM_UP = 5


async def measure(turns: int, folder: Path, url: str) -> tuple[list[float], list[float]]:
    """Milliseconds of every turn, and until its first event."""
    desk = Desk(await open_shop(make_shop(folder / "shop.sqlite", orders=20_000)))
    whole: list[float] = []
    first: list[float] = []
    async with (
        ChatModels(ModelSettings("compatible", "fake", base_url=url)) as models,
        AsyncSqliteSaver.from_conn_string(str(folder / "turns.sqlite")) as saver,
    ):
        runner = TurnRunner(saver)
        for number in range(turns + WARM_UP):
            budget = Budget()
            deps = desk.deps(
                llm=LlmReasoner(models, budget),
                wanted="llm",
                settings=TurnSettings(confirmation="never"),
                budget=budget,
            )
            began, seen = time.perf_counter(), 0.0
            run = runner.start(f"turn{number}", QUESTION, deps)
            async for _ in run:
                seen = seen or time.perf_counter() - began
            assert run.outcome is not None
            assert run.outcome.status == "answered", run.outcome
            if number >= WARM_UP:
                whole.append((time.perf_counter() - began) * 1000)
                first.append(seen * 1000)
    await desk.source.connector.close()
    return whole, first


def report(turns: int) -> dict[str, Any]:
    with served([json.dumps(REPLY)]) as llm, tempfile.TemporaryDirectory() as folder:
        whole, first = asyncio.run(measure(turns, Path(folder), llm.url))
        calls = len(llm.requests) / (turns + WARM_UP)
        prompt = max(request.prompt_bytes for request in llm.requests)
    return {
        "turns": turns,
        "p50_ms": round(statistics.median(whole), 1),
        "p95_ms": round(statistics.quantiles(whole, n=20)[18], 1),
        "first_event_p50_ms": round(statistics.median(first), 2),
        "llm_calls_per_turn": round(calls, 2),
        "prompt_bytes_per_call": prompt,
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = report(arguments.turns)
    if arguments.json:
        json.dump(found, sys.stdout)
    else:
        for name, value in found.items():
            print(f"{name:24} {value:>10}")


if __name__ == "__main__":
    main()
