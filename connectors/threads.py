"""Blocking drivers in threads: the only place that knows threads."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

from connectors.errors import QueryTimedOut

Result = TypeVar("Result")
STOP_SECONDS = 5.0
"""How long a cancelled call may take to notice."""


async def run_blocking(call: Callable[[], Result], *, cancel: Callable[[], None], seconds: float) -> Result:
    """Run `call` in a thread, and stop it with `cancel` when time is up or the awaiting task is cancelled.

    Returns only after the thread has really ended, so its connection may be used again.

    Raises: `QueryTimedOut`, or whatever `call` raises.
    """
    task = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        return await asyncio.wait_for(asyncio.shield(task), seconds)
    except TimeoutError as error:
        await _stop(task, cancel)
        raise QueryTimedOut(
            f"The query was stopped after {seconds:g} seconds. Narrow it or raise the limit."
        ) from error
    except asyncio.CancelledError:
        await _stop(task, cancel)
        raise


async def _stop(task: asyncio.Future[Result], cancel: Callable[[], None]) -> None:
    """Ask the engine to stop until the thread ends: a statement that had not begun misses the first call."""
    deadline = asyncio.get_running_loop().time() + STOP_SECONDS
    while not task.done() and asyncio.get_running_loop().time() < deadline:
        cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(asyncio.wait([task])), 0.1)
    if task.done() and not task.cancelled():
        task.exception()
