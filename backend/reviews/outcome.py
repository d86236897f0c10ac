"""What an asker hears of a review that was decided after their question had been answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.events import ReviewDecided
from backend.auth.people import Person, as_person
from backend.auth.repository import PersonRepository
from backend.chat.events import append
from backend.chat.repository import ChatRepository, TurnRepository
from backend.errors import AppError
from backend.protocol import Ask
from backend.reviews.models import ReviewRow

if TYPE_CHECKING:
    from backend.services import Services


async def tell_asker(services: Services, row: ReviewRow, by: str) -> None:
    """In the chat: the decision and, when another statement is right than the one that answered, its answer."""
    decided = ReviewDecided.model_validate(
        {"review_id": row.id, "decision": row.status, "by": by, "note": row.note}
    )
    async with services.database.writing() as session:
        turn = await TurnRepository(session).by_id(row.turn_id or "")
        if turn is None:
            return
        event = await append(session, turn.chat_id, turn.id, f"review:{row.id}", decided)
        user = await PersonRepository(session).by_id(row.asker_id)
        chat = await ChatRepository(session).get(row.asker_id, turn.chat_id)
    await services.supervisor.publish([event] if event else [])
    changed = row.status != "rejected" and row.sql.strip() != row.original_sql.strip()
    if changed and user is not None and chat is not None and chat.status == "idle":
        await _ask_again(services, as_person(user), row, chat.id)


async def _ask_again(services: Services, asker: Person, row: ReviewRow, chat_id: str) -> None:
    """The approved statement now answers the question, as far as the asker may read what it reads."""
    command = Ask(
        type="ask", client_id=row.id, chat_id=chat_id, question=row.question, source_ids=(row.source_id,)
    )
    try:
        await services.chats.obey(asker, command, auto_confirm=True)
    except AppError:
        return  # they asked something else, or left the project, in the meantime
