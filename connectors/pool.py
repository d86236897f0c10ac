"""A small pool of sessions, the same for every engine that has connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Generic, Protocol, TypeVar

from connectors.errors import EngineUnavailable

POOL_SIZE = 4
WAIT_SECONDS = 30.0
"""How long a statement waits for a free session."""


IDLE_SECONDS = 60.0
"""After this an unused session is closed: it holds a connection of the source, or a process and a file."""


class Session(Protocol):
    """One connection. None of these raises."""

    async def alive(self) -> bool:
        """Whether a session that lay idle may still be used."""
        ...

    async def reset(self) -> bool:
        """Undo everything a statement may have left behind; False when the session must not be used again."""
        ...

    async def close(self) -> None: ...


SessionT = TypeVar("SessionT", bound=Session)


async def finish(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` to its end even when the awaiting task is cancelled, then pass the cancellation on."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled


class Pool(Generic[SessionT]):
    """At most `size` sessions at once; those that were reset cleanly are kept a while for the next statement."""

    def __init__(self, connect: Callable[[], Awaitable[SessionT]], size: int = POOL_SIZE) -> None:
        self._connect = connect
        self._idle: list[tuple[float, SessionT]] = []
        """With the moment each was put back, oldest first."""
        self._slots = asyncio.Semaphore(size)
        self._timer: asyncio.TimerHandle | None = None
        self._expiring: asyncio.Task[None] | None = None
        self._closed = False

    @asynccontextmanager
    async def session(self) -> AsyncIterator[SessionT]:
        """A session for one statement. Raises `EngineUnavailable` when none becomes free, or what connecting raises."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._slots.acquire()
        except TimeoutError as error:
            raise EngineUnavailable(
                f"All connections to the source were busy for {WAIT_SECONDS:g} seconds. Try again in a moment."
            ) from error
        try:
            session = await self._ready()
            try:
                yield session
            finally:
                await finish(self._put_back(session))
        finally:
            self._slots.release()

    async def _ready(self) -> SessionT:
        if self._closed:
            raise EngineUnavailable("The source has been closed.")
        while self._idle:
            _, session = self._idle.pop()
            if await session.alive():
                return session
            await finish(session.close())
        return await self._connect()

    async def _put_back(self, session: SessionT) -> None:
        if not self._closed and await session.reset() and not self._closed:
            self._idle.append((time.monotonic(), session))
            self._watch()
        else:
            await session.close()

    def _watch(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._begin_expiry)

    def _begin_expiry(self) -> None:
        self._timer = None
        self._expiring = asyncio.ensure_future(self._expire())

    async def _expire(self) -> None:
        """Close what lay idle too long and come back for the rest."""
        while self._idle and self._idle[0][0] <= time.monotonic() - IDLE_SECONDS:
            _, session = self._idle.pop(0)
            await session.close()
        if self._idle and not self._closed:
            self._watch()

    async def close(self) -> None:
        """Close what is idle; sessions in use are closed when their statement ends."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._expiring is not None:
            await asyncio.wait((self._expiring,))
        while self._idle:
            await self._idle.pop()[1].close()
