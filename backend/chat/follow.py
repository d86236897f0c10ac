"""The events of one turn as they happen, for those without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from backend.chat.events import Listener, Stored, stored
from backend.chat.repository import EventRepository, TurnRepository

if TYPE_CHECKING:
    from backend.services import Services

LOOK_AGAIN_SECONDS = 2.0
"""When nobody wakes us: another process may run the turn, and its wake-up call may be lost."""


async def turn(services: Services, chat_id: str, turn_id: str, after_seq: int) -> AsyncIterator[Stored]:
    """Until the turn ends or waits for a person."""
    listener = Listener(user_id="")
    services.hub.subscribe(listener, chat_id)
    try:
        while True:
            async with services.database.reading() as session:
                row = await TurnRepository(session).by_id(turn_id)
                events = await EventRepository(session).after(chat_id, after_seq, 1000)
            for event in events:
                after_seq = event.seq
                if event.turn_id == turn_id:
                    yield stored(event)
            if row is None or (row.status != "running" and not events):
                return
            if not events:
                try:
                    async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                        await listener.wake.wait()
                except TimeoutError:
                    pass
                listener.take()
    finally:
        services.hub.leave(listener)
