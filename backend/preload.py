"""Imports what only questions and sources need: after the start, in one thread, and before anybody uses it.

Two threads that enter one circle of imports from different sides can see each other's half-made modules,
because Python's import locks give way instead of deadlocking. So whoever needs these modules waits here.
"""

from __future__ import annotations

import asyncio
import importlib
import threading

MODULES = (
    "agents.turn",
    "agents.reasoners.embedded.reasoner",
    "agents.reasoners.llm",
    "knowledge.indexing",
    "knowledge.schema_vectors",
    "knowledge.source_knowledge",
    "backend.knowledge.uses",
    "backend.results.drill",
)

_lock = threading.Lock()
_done = threading.Event()


async def preloaded() -> None:
    """Returns when every module is there; at once from the second time on."""
    if not _done.is_set():
        await asyncio.to_thread(_load)


def _load() -> None:
    with _lock:
        for name in MODULES:
            importlib.import_module(name)
        _done.set()
