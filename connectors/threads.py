"""Blocking drivers in threads: the only place that knows threads."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

from connectors.errors import QueryTimedOut

Result = TypeVar("Result")
THREADS = 64
"""Bounds statements in flight of all sources together; asyncio's own pool has as few as five threads."""
PATIENCE_SECONDS = 5.0
"""How long a stopped call may take to notice, where giving up on it is possible."""
RETRY_SECONDS = 0.25
"""A statement that had not begun yet misses the first cancellation, so it is repeated."""


@cache
def _executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="connector")


async def run_blocking(
    call: Callable[[], Result],
    *,
    cancel: Callable[[], None] | None = None,
    deadline: float = float("inf"),
    give_up: Callable[[asyncio.Future[Result]], None] | None = None,
) -> Result:
    """Run `call` in a thread, and stop it with `cancel` at `deadline` (`time.monotonic`) or when the awaiting task is cancelled.

    Returns only after the thread has really ended, so its connection may be used again. Without `cancel`
    the call is waited for; its own driver must bound it. With `give_up`, a call that does not hear `cancel`
    is left alone after `PATIENCE_SECONDS`: `give_up` gets its future, and must not let the connection be used again.

    Raises: `QueryTimedOut`, or whatever `call` raises.
    """
    context = contextvars.copy_context()
    future = asyncio.wrap_future(_executor().submit(context.run, call))
    left = None if deadline == float("inf") else max(deadline - time.monotonic(), 0)
    try:
        await asyncio.wait((future,), timeout=left)
    except asyncio.CancelledError:
        await _stop(future, cancel, give_up)
        raise
    if not future.done():
        await _stop(future, cancel, give_up)
        raise QueryTimedOut("The query ran out of its time.")
    return future.result()


async def _stop(
    future: asyncio.Future[Result],
    cancel: Callable[[], None] | None,
    give_up: Callable[[asyncio.Future[Result]], None] | None,
) -> None:
    """Ask the engine to stop until the thread has ended; a further cancellation of the task waits for that too."""
    again: asyncio.CancelledError | None = None
    asking: asyncio.Future[None] | None = None
    patience = time.monotonic() + PATIENCE_SECONDS
    while not future.done() or (asking is not None and not asking.done()):
        if give_up is not None and time.monotonic() > patience:
            give_up(future)
            break
        if cancel is not None and asking is None:
            asking = asyncio.wrap_future(_executor().submit(cancel))
        try:
            # a late request would hit the session's next statement, so its end is waited for as well
            await asyncio.wait((future, asking) if asking else (future,), timeout=RETRY_SECONDS)
        except asyncio.CancelledError as error:
            again = error
        if asking is not None and asking.done() and not future.done():
            asking.exception()
            asking = None
    for ended in (future, asking):
        if ended is not None:
            ended.add_done_callback(_look_at)
    if again is not None:
        raise again


def _look_at(ended: asyncio.Future[Any]) -> None:
    """An exception that nobody asked for would be reported as lost."""
    if not ended.cancelled():
        ended.exception()
