"""Background work: tasks of this process, or a queue in Redis that every server process takes from."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from taskiq import AsyncBroker

log = structlog.get_logger(__name__)

Job = Callable[[str], Coroutine[None, None, None]]
"""Takes the id of what it works on; must be safe to run twice."""
QUEUE = "datachat:jobs"
PARALLEL = 4


class Jobs:
    """Without Redis a job is a task of this process, and the queue's library is never imported."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._jobs: dict[str, Job] = {}
        self._broker: AsyncBroker | None = None
        self._receiver: asyncio.Task[None] | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._here: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(PARALLEL)

    def register(self, name: str, job: Job) -> None:
        self._jobs[name] = job

    async def submit(self, name: str, subject: str) -> None:
        """Raises `LookupError` for a job that was never registered."""
        if name not in self._jobs:
            raise LookupError(f"no job is called {name}")
        if not (self._redis_url and await self._queued(name, subject)):
            self._run_here(name, subject)

    async def start(self) -> None:
        """With Redis, begin to take jobs from the queue."""
        if self._redis_url:
            from taskiq.api import run_receiver_task

            # It would print a stack trace for every try while Redis is away; the hub says so in one line.
            logging.getLogger("taskiq").setLevel(logging.CRITICAL)
            broker = await self._ready()
            self._receiver = asyncio.create_task(run_receiver_task(broker, max_async_tasks=PARALLEL))

    async def stop(self) -> None:
        tasks = [*self._running.values(), *self._here, *([self._receiver] if self._receiver else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._broker is not None:
            await self._broker.shutdown()

    async def _queued(self, name: str, subject: str) -> bool:
        from taskiq.exceptions import SendTaskError

        task = (await self._ready()).find_task(name)
        if task is None:
            return False
        try:
            await task.kiq(subject)
        except SendTaskError:
            # Waiting for the queue to come back helps nobody.
            log.warning("queue_unreachable", job=name, subject=subject)
            return False
        return True

    async def _ready(self) -> AsyncBroker:
        if self._broker is None:
            broker = _broker(self._redis_url)
            for name, job in self._jobs.items():
                broker.register_task(self._once(name, job), task_name=name)
            await broker.startup()
            self._broker = broker
        return self._broker

    def _run_here(self, name: str, subject: str) -> None:
        async def waiting_its_turn() -> None:
            async with self._slots:
                await self._once(name, self._jobs[name])(subject)

        task = asyncio.create_task(waiting_its_turn(), name=f"{name} {subject}")
        self._here.add(task)
        task.add_done_callback(self._here.discard)

    def _once(self, name: str, job: Job) -> Job:
        async def once(subject: str) -> None:
            """The same job on the same thing never runs twice at a time in one process."""
            key, me = f"{name} {subject}", asyncio.current_task()
            if key in self._running or me is None:
                return
            self._running[key] = me
            try:
                await job(subject)
            except Exception:
                log.exception("job_failed", job=name, subject=subject)
            finally:
                del self._running[key]

        return once


def _broker(redis_url: str) -> AsyncBroker:
    from redis.asyncio.retry import Retry
    from redis.backoff import ExponentialBackoff
    from taskiq_redis import ListQueueBroker

    retry = Retry(ExponentialBackoff(cap=1, base=0.1), 3)
    return ListQueueBroker(
        redis_url, queue_name=QUEUE, socket_timeout=None, socket_connect_timeout=3, retry=retry
    )
