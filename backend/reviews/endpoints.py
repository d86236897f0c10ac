"""The review queue."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from backend.deps import Reading, SignedIn, services_of
from backend.reviews import service
from backend.reviews.repository import ReviewRepository
from backend.reviews.schemas import Review, ReviewDecision, ReviewStatus, ReviewSummary, ReviewTry, SqlTrial
from backend.schemas import Page

router = APIRouter()
PAGE = 50


@router.get("/reviews")
async def list_reviews(
    person: SignedIn,
    session: Reading,
    status: ReviewStatus = "open",
    cursor: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> Page[ReviewSummary]:
    rows = await ReviewRepository(session).page(person.id, status, cursor, PAGE + 1)
    items = await service.summaries(session, rows[:PAGE])
    return Page(items=items, next_cursor=str(cursor + PAGE) if len(rows) > PAGE else None)


@router.get("/reviews/{review_id}")
async def read_review(person: SignedIn, session: Reading, review_id: str) -> Review:
    return await service.view(session, await service.find(session, person, review_id))


@router.get("/reviews/{review_id}/preview")
async def preview_review(request: Request, person: SignedIn, review_id: str) -> SqlTrial:
    """The first rows of the statement as its asker would get them."""
    services = services_of(request)
    trial = await service.preview(services.database, services.library, person, review_id)
    return trial.view()


@router.post("/reviews/{review_id}/decision")
async def decide_review(request: Request, person: SignedIn, review_id: str, body: ReviewDecision) -> Review:
    """Approving runs the statement on today's schema first; a waiting turn goes on."""
    return await service.decide(services_of(request), person, review_id, body)


@router.post("/reviews/{review_id}/try")
async def try_review(request: Request, person: SignedIn, review_id: str, body: ReviewTry) -> SqlTrial:
    services = services_of(request)
    trial = await service.try_statement(services.database, services.library, person, review_id, body.sql)
    return trial.view()
