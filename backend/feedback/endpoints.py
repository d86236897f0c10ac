"""Feedback."""

from __future__ import annotations

from fastapi import APIRouter, Request

from backend.deps import Reading, SignedIn, services_of
from backend.feedback import service
from backend.feedback.schemas import Feedback, FeedbackWrite, SqlCheckRequest
from backend.reviews.schemas import SqlTrial

router = APIRouter()


@router.post("/feedback")
async def write_feedback(request: Request, person: SignedIn, body: FeedbackWrite) -> Feedback:
    services = services_of(request)
    return await service.write(services.database, services.library, person, body)


@router.get("/feedback")
async def read_feedback(person: SignedIn, session: Reading, turn_id: str) -> Feedback | None:
    return await service.read(session, person, turn_id)


@router.post("/feedback/try")
async def try_correction(request: Request, person: SignedIn, body: SqlCheckRequest) -> SqlTrial:
    services = services_of(request)
    trial = await service.try_correction(services.database, services.library, person, body.turn_id, body.sql)
    return trial.view()
