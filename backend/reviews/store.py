"""The agents' way into the review queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.chat.repository import ChatRepository, TurnRepository
from backend.db.engine import Database
from backend.errors import NotFound
from backend.reviews.models import ReviewRow
from backend.reviews.repository import ReviewRepository

if TYPE_CHECKING:
    from agents.deps import ReviewRequestData


class Reviews:
    """The agents' `ReviewStore`; the same id again changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def request(self, review_id: str, turn_id: str, request: ReviewRequestData) -> None:
        async with self._database.writing() as session:
            if await ReviewRepository(session).by_id(review_id) is not None:
                return
            turn = await TurnRepository(session).by_id(turn_id)
            chat = await ChatRepository(session).by_id(turn.chat_id) if turn is not None else None
            if turn is None or chat is None:
                raise NotFound("The question is gone.")
            session.add(
                ReviewRow(
                    id=review_id,
                    kind="turn",
                    project_id=chat.project_id,
                    source_id=request.source_id,
                    turn_id=turn_id,
                    asker_id=turn.user_id,
                    question=request.question,
                    reason=request.reason,
                    sql=request.sql,
                    dialect=request.dialect,
                    evidence={
                        "plan": request.plan.model_dump(mode="json"),
                        "back_translation": request.back_translation,
                        "checks": [check.model_dump(mode="json") for check in request.checks],
                        "conformance": [point.model_dump(mode="json") for point in request.conformance],
                    },
                )
            )
