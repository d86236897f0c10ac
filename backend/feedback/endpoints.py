"""Feedback."""

from __future__ import annotations

from fastapi import APIRouter, Request

from backend.deps import Reading, SignedIn, Writing, services_of
from backend.feedback import service
from backend.feedback.schemas import Feedback, FeedbackWrite, SqlCheckRequest
from backend.reviews.schemas import SqlTrial

router = APIRouter()


@router.post("/feedback")
async def write_feedback(
    request: Request, person: SignedIn, session: Writing, body: FeedbackWrite
) -> Feedback:
    return await service.write(session, services_of(request).library, person, body)


@router.get("/feedback")
async def read_feedback(person: SignedIn, session: Reading, turn_id: str) -> Feedback | None:
    return await service.read(session, person, turn_id)


@router.post("/feedback/try")
async def try_correction(
    request: Request, person: SignedIn, session: Writing, body: SqlCheckRequest
) -> SqlTrial:
    library = services_of(request).library
    return (await service.try_correction(session, library, person, body.turn_id, body.sql)).view()
