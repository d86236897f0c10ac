"""The event log of a chat, and the hub that tells sockets of new events.

The log is the truth: an event is stored, with the next number of its chat, in the transaction that changes
the state it tells of, and only then published. Sockets are cursors over the log; the hub only wakes them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from backend.chat.models import Event
from backend.chat.repository import ChatRepository, EventRepository
from backend.db.base import now
from backend.protocol import Envelope, ServerEvent, SourceProgress

log = structlog.get_logger(__name__)

EVENT: TypeAdapter[ServerEvent] = TypeAdapter(ServerEvent)
WAITING_ENVELOPES = 256
"""Kept for a socket that is busy; beyond that it reads the log again."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as it is in the log; `text` is the envelope's JSON, made once for every socket."""

    chat_id: str
    turn_id: str
    seq: int
    at: datetime
    type: str
    text: str

    def envelope(self) -> Envelope:
        return Envelope.model_validate_json(self.text)


def stored(row: Event) -> Stored:
    head = json.dumps(
        {
            "type": "event",
            "chat_id": row.chat_id,
            "turn_id": row.turn_id,
            "seq": row.seq,
            "at": row.at.isoformat(),
        }
    )
    return Stored(
        row.chat_id, row.turn_id, row.seq, row.at, row.type, f'{head[:-1]}, "event": {row.payload}}}'
    )


async def append(
    session: AsyncSession, chat_id: str, turn_id: str, key: str, event: ServerEvent
) -> Stored | None:
    """Store one event, or None when an earlier run of the same step stored it already."""
    events = EventRepository(session)
    if await events.has_key(turn_id, key):
        return None
    row = Event(
        chat_id=chat_id,
        seq=await ChatRepository(session).next_seq(chat_id),
        turn_id=turn_id,
        key=key,
        type=event.type,
        payload=event.model_dump_json(),
        at=now(),
    )
    session.add(row)
    await session.flush()
    return stored(row)


@dataclass(eq=False, slots=True)
class Listener:
    """One socket's ear. Never grows: what does not fit is read from the log later."""

    user_id: str
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    envelopes: list[Stored] = field(default_factory=list)
    behind: set[str] = field(default_factory=set)
    """Chats whose log must be read again."""
    progress: dict[str, SourceProgress] = field(default_factory=dict)
    """The newest progress of each source; older progress interests nobody."""

    def hear(self, item: Stored) -> None:
        if len(self.envelopes) >= WAITING_ENVELOPES:
            self.behind.update(waiting.chat_id for waiting in self.envelopes)
            self.envelopes.clear()
        if item.chat_id not in self.behind:
            self.envelopes.append(item)
        self.wake.set()

    def take(self) -> tuple[list[Stored], set[str], list[SourceProgress]]:
        self.wake.clear()
        heard = (self.envelopes, self.behind, list(self.progress.values()))
        self.envelopes, self.behind, self.progress = [], set(), {}
        return heard


Control = Callable[[str, str], Awaitable[None]]
"""(turn id, what) from another process: now only ("…", "cancel")."""


class Hub:
    """Wakes the sockets of this process. With Redis, `RedisBridge` carries the same calls between processes."""

    def __init__(self) -> None:
        self._chats: dict[str, set[Listener]] = {}
        self._listeners: set[Listener] = set()

    def join(self, listener: Listener) -> None:
        self._listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        for chat_id in [chat_id for chat_id, ears in self._chats.items() if listener in ears]:
            self.unsubscribe(listener, chat_id)

    def subscribe(self, listener: Listener, chat_id: str) -> None:
        self._chats.setdefault(chat_id, set()).add(listener)

    def unsubscribe(self, listener: Listener, chat_id: str) -> None:
        ears = self._chats.get(chat_id, set())
        ears.discard(listener)
        if not ears:
            self._chats.pop(chat_id, None)

    async def publish(self, items: Sequence[Stored]) -> None:
        self.deliver(items)

    async def publish_progress(self, frame: SourceProgress, readers: Sequence[str]) -> None:
        """To everybody of `readers`, the people who may see the source."""
        self.deliver_progress(frame, readers)

    async def request_cancel(self, turn_id: str) -> None:
        """Tell the other processes; in one process there is nobody else to tell."""

    def deliver(self, items: Sequence[Stored]) -> None:
        for item in items:
            for listener in self._chats.get(item.chat_id, ()):
                listener.hear(item)

    def deliver_progress(self, frame: SourceProgress, readers: Sequence[str]) -> None:
        wanted = set(readers)
        for listener in self._listeners:
            if listener.user_id in wanted:
                listener.progress[frame.source_id] = frame
                listener.wake.set()

    def settled(self, chat_id: str) -> None:
        """A turn of the chat waits now: no event tells that, so those who follow it look again."""
        for listener in self._chats.get(chat_id, ()):
            listener.behind.add(chat_id)
            listener.wake.set()

    def resync(self) -> None:
        """Events may have been missed: every socket reads the log of its chats again."""
        for chat_id, ears in self._chats.items():
            for listener in ears:
                listener.behind.add(chat_id)
                listener.wake.set()

    async def open(self, on_cancel: Callable[[str], object]) -> None:
        """Begin to hear other processes."""

    async def close(self) -> None: ...

    async def healthy(self) -> bool | None:
        """None where there is no link to other processes."""
        return None


def plain(item: Stored) -> dict[str, Any]:
    return {
        "chat_id": item.chat_id,
        "turn_id": item.turn_id,
        "seq": item.seq,
        "at": item.at.isoformat(),
        "type": item.type,
        "text": item.text,
    }


def from_plain(data: dict[str, Any]) -> Stored:
    return Stored(**(data | {"at": datetime.fromisoformat(data["at"])}))
