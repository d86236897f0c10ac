"""Blocking calls: deadlines, cancellation, and waiting for the thread's real end."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from connectors.errors import EngineUnavailable, QueryTimedOut
from connectors.pool import Pool, finish
from connectors.threads import run_blocking


class Work:
    """A call that runs until it is cancelled, and takes a moment to notice."""

    def __init__(self, deaf_to: int = 0) -> None:
        self.stop = threading.Event()
        self.started = threading.Event()
        self.ended = False
        self.asked = 0
        self._deaf_to = deaf_to

    def __call__(self) -> str:
        self.started.set()
        self.stop.wait(10)
        time.sleep(0.05)
        self.ended = True
        return "done"

    def cancel(self) -> None:
        self.asked += 1
        if self.asked > self._deaf_to:
            self.stop.set()


async def test_a_result_or_an_error_is_passed_on() -> None:
    assert await run_blocking(lambda: 5) == 5
    with pytest.raises(ZeroDivisionError):
        await run_blocking(lambda: 1 // 0)


async def test_a_deadline_stops_the_call_and_waits_for_its_end() -> None:
    work = Work()
    with pytest.raises(QueryTimedOut):
        await run_blocking(work, cancel=work.cancel, deadline=time.monotonic() + 0.05)
    assert work.ended


async def test_a_cancellation_that_came_too_early_is_repeated() -> None:
    work = Work(deaf_to=1)
    with pytest.raises(QueryTimedOut):
        await run_blocking(work, cancel=work.cancel, deadline=time.monotonic() + 0.05)
    assert work.ended and work.asked == 2


async def test_cancelling_the_task_twice_still_waits_for_the_end() -> None:
    work = Work(deaf_to=1)
    task = asyncio.create_task(run_blocking(work, cancel=work.cancel))
    await asyncio.to_thread(work.started.wait)
    task.cancel()
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.ended


async def test_a_call_that_does_not_hear_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.threads.PATIENCE_SECONDS", 0.2)
    work, given_up = Work(deaf_to=1000), list[asyncio.Future[str]]()
    began = time.monotonic()
    with pytest.raises(QueryTimedOut):
        await run_blocking(work, cancel=work.cancel, deadline=began + 0.05, give_up=given_up.append)
    assert time.monotonic() - began < 5 and not work.ended
    work.stop.set()
    assert await given_up[0] == "done"


async def test_many_blocked_calls_do_not_starve_others() -> None:
    works = [Work() for _ in range(40)]
    tasks = [asyncio.create_task(run_blocking(work, cancel=work.cancel)) for work in works]
    for work in works:
        await asyncio.to_thread(work.started.wait, 2)
    assert all(work.started.is_set() for work in works)
    assert await run_blocking(lambda: 5) == 5
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert all(work.ended for work in works)


async def test_finish_passes_a_cancellation_on_after_the_work() -> None:
    done = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0.05)
        done.set()

    task = asyncio.create_task(finish(work()))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()


class FakeSession:
    """Counts what the pool does with it."""

    def __init__(self) -> None:
        self.living = True
        self.clean = True
        self.closed = False

    async def alive(self) -> bool:
        return self.living

    async def reset(self) -> bool:
        return self.clean

    async def close(self) -> None:
        self.closed = True


async def test_the_pool_reuses_replaces_and_bounds_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[FakeSession] = []

    async def connect() -> FakeSession:
        made.append(FakeSession())
        return made[-1]

    pool = Pool(connect, size=2)
    async with pool.session() as first:
        pass
    async with pool.session() as again:
        assert again is first
    first.living = False
    async with pool.session() as second, pool.session() as third:
        assert first.closed and len({first, second, third}) == 3
        monkeypatch.setattr("connectors.pool.WAIT_SECONDS", 0.05)
        with pytest.raises(EngineUnavailable, match="busy"):
            async with pool.session():
                pass
        second.clean = False
    assert second.closed and not third.closed
    await pool.close()
    assert third.closed
    with pytest.raises(EngineUnavailable, match="closed"):
        async with pool.session():
            pass


async def test_sessions_that_lie_idle_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[FakeSession] = []

    async def connect() -> FakeSession:
        made.append(FakeSession())
        return made[-1]

    monkeypatch.setattr("connectors.pool.IDLE_SECONDS", 0.05)
    pool = Pool(connect, size=2)
    async with pool.session(), pool.session():
        pass
    for _ in range(100):
        if all(session.closed for session in made):
            break
        await asyncio.sleep(0.01)
    assert [session.closed for session in made] == [True, True]
    async with pool.session() as fresh:
        assert fresh not in made[:2]
    await pool.close()


async def test_a_failed_connection_gives_its_place_back() -> None:
    async def connect() -> FakeSession:
        raise EngineUnavailable("no")

    pool = Pool(connect, size=1)
    for _ in range(3):
        with pytest.raises(EngineUnavailable, match="no"):
            async with pool.session():
                pass
