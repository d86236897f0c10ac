"""The events of a chat as they may be told today: rights that were taken away since reach the past too."""

from __future__ import annotations

from collections.abc import Sequence

from agents.events import Usage, UsageCounted
from backend.chat.events import Stored, stored
from backend.chat.models import Event
from backend.errors import ErrorCode, Problem
from backend.protocol import ServerEvent, TurnFailed
from backend.results.today import Today

OPEN = frozenset({"turn.started", "turn.failed"})
"""The person's own question, and an end that says nothing of data."""


async def as_of_today(today: Today, person_id: str, rows: Sequence[Event]) -> list[Stored]:
    """Of a turn whose rows the reader would not get any more only the question is told, and why."""
    withheld = await today.withheld(person_id, {row.turn_id for row in rows})
    return [
        stored(row)
        if row.type in OPEN or row.turn_id not in withheld
        else _without(row, withheld[row.turn_id])
        for row in rows
    ]


def _without(row: Event, why: str) -> Stored:
    """The same place in the chat, for a client counts them."""
    event: ServerEvent = UsageCounted(usage=Usage())
    if row.type == "turn.finished":
        event = TurnFailed(problem=Problem(code=ErrorCode.not_allowed, message=why))
    return stored(
        Event(
            chat_id=row.chat_id,
            seq=row.seq,
            turn_id=row.turn_id,
            key=row.key,
            type=event.type,
            payload=event.model_dump_json(),
            at=row.at,
        )
    )
