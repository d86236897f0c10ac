"""Feedback."""

from __future__ import annotations

from fastapi import APIRouter

from backend.errors import Conflict
from backend.feedback.schemas import Feedback, FeedbackWrite, SqlCheckRequest
from backend.reviews.schemas import SqlTrial

router = APIRouter()


@router.post("/feedback")
async def write_feedback(body: FeedbackWrite) -> Feedback:
    raise Conflict("Not built yet.")


@router.get("/feedback")
async def read_feedback(turn_id: str) -> Feedback | None:
    raise Conflict("Not built yet.")


@router.post("/feedback/try")
async def try_correction(body: SqlCheckRequest) -> SqlTrial:
    raise Conflict("Not built yet.")
