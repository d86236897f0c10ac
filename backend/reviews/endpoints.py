"""The review queue."""

from __future__ import annotations

from fastapi import APIRouter

from backend.errors import Conflict
from backend.reviews.schemas import Review, ReviewDecision, ReviewStatus, ReviewSummary, ReviewTry, SqlTrial
from backend.schemas import Page

router = APIRouter()


@router.get("/reviews")
async def list_reviews(status: ReviewStatus = "open", cursor: str | None = None) -> Page[ReviewSummary]:
    raise Conflict("Not built yet.")


@router.get("/reviews/{review_id}")
async def read_review(review_id: str) -> Review:
    raise Conflict("Not built yet.")


@router.post("/reviews/{review_id}/decision")
async def decide_review(review_id: str, body: ReviewDecision) -> Review:
    raise Conflict("Not built yet.")


@router.post("/reviews/{review_id}/try")
async def try_review(review_id: str, body: ReviewTry) -> SqlTrial:
    raise Conflict("Not built yet.")
