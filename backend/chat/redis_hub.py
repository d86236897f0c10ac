"""The hub across several server processes: Redis pub/sub carries what is new, the log fills what it loses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import structlog

from backend.chat.events import Hub, Stored, from_plain, plain
from backend.protocol import SourceProgress

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = structlog.get_logger(__name__)

CHANNEL = "datachat:events"
RETRY_SECONDS = 1.0
RESYNC_SECONDS = 10.0
"""How long an event that Redis lost on the way can stay unseen."""


class RedisHub(Hub):
    def __init__(self, url: str) -> None:
        super().__init__()
        from redis.asyncio import Redis

        self._redis: Redis = Redis.from_url(url, health_check_interval=15, socket_connect_timeout=3)
        self._tasks: list[asyncio.Task[None]] = []
        self._connected = False
        self._on_cancel: Callable[[str], object] = lambda turn_id: None

    async def publish(self, items: Sequence[Stored]) -> None:
        self.deliver(items)
        for item in items:
            await self._send({"kind": "event", "item": plain(item)})

    async def publish_progress(self, frame: SourceProgress, readers: Sequence[str]) -> None:
        self.deliver_progress(frame, readers)
        await self._send(
            {"kind": "progress", "frame": frame.model_dump(mode="json"), "readers": list(readers)}
        )

    async def request_cancel(self, turn_id: str) -> None:
        await self._send({"kind": "cancel", "turn_id": turn_id})

    async def open(self, on_cancel: Callable[[str], object]) -> None:
        self._on_cancel = on_cancel
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._resync_now_and_then())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()

    async def healthy(self) -> bool | None:
        return self._connected

    async def _send(self, message: dict[str, Any]) -> None:
        """Losing it is no harm: the log holds the event and the next look at it finds it."""
        from redis.exceptions import RedisError

        try:
            await self._redis.publish(CHANNEL, json.dumps(message))
        except (RedisError, OSError):
            log.warning("redis_publish_failed", kind=message["kind"])

    async def _listen(self) -> None:
        from redis.exceptions import RedisError

        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(CHANNEL)
                    self._connected = True
                    self.resync()
                    async for message in channel.listen():
                        if message["type"] == "message":
                            self._receive(json.loads(message["data"]))
            except (RedisError, OSError):
                if self._connected:
                    log.warning("redis_link_lost", retry_seconds=RETRY_SECONDS)
                self._connected = False
                await asyncio.sleep(RETRY_SECONDS)

    def _receive(self, message: dict[str, Any]) -> None:
        match message["kind"]:
            case "event":
                self.deliver([from_plain(message["item"])])
            case "progress":
                self.deliver_progress(SourceProgress.model_validate(message["frame"]), message["readers"])
            case "cancel":
                self._on_cancel(message["turn_id"])

    async def _resync_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(RESYNC_SECONDS)
            self.resync()
