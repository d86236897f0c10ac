"""Patterns and terms."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from backend.audit.log import record
from backend.deps import Reading, SignedIn, Writing, services_of
from backend.knowledge import service
from backend.knowledge.repository import PatternRepository, TermRepository
from backend.knowledge.schemas import (
    PatternCreate,
    PatternStatus,
    PatternUpdate,
    PatternView,
    TermView,
    TermWrite,
)
from backend.projects import service as projects
from backend.schemas import Page

router = APIRouter()
PAGE = 50
Cursor = Annotated[int, Query(ge=0, le=100_000)]


@router.get("/knowledge/patterns")
async def list_patterns(
    request: Request,
    person: SignedIn,
    session: Reading,
    project_id: str,
    status: PatternStatus | None = None,
    cursor: Cursor = 0,
) -> Page[PatternView]:
    rows = await PatternRepository(session).page(person.id, project_id, status, cursor, PAGE + 1)
    views = await service.shown_patterns(session, services_of(request).library, person, rows[:PAGE])
    return Page(items=views, next_cursor=str(cursor + PAGE) if len(rows) > PAGE else None)


@router.post("/knowledge/patterns", status_code=201)
async def create_pattern(request: Request, person: SignedIn, body: PatternCreate) -> PatternView:
    """The statement is tried first; the pattern is a candidate until somebody approves it."""
    services = services_of(request)
    return await service.create_pattern(services.database, services.library, person, body)


@router.patch("/knowledge/patterns/{pattern_id}")
async def update_pattern(
    request: Request, person: SignedIn, pattern_id: str, body: PatternUpdate
) -> PatternView:
    services = services_of(request)
    return await service.update_pattern(services.database, services.library, person, pattern_id, body)


@router.delete("/knowledge/patterns/{pattern_id}", status_code=204)
async def delete_pattern(person: SignedIn, session: Writing, pattern_id: str) -> None:
    await service.delete_pattern(session, person, pattern_id)


@router.get("/knowledge/terms")
async def list_terms(
    request: Request, person: SignedIn, session: Reading, project_id: str, cursor: Cursor = 0
) -> Page[TermView]:
    rows = await TermRepository(session).page(person.id, project_id, cursor, PAGE + 1)
    views = await service.shown_terms(session, services_of(request).library, person, project_id, rows[:PAGE])
    return Page(items=views, next_cursor=str(cursor + PAGE) if len(rows) > PAGE else None)


@router.post("/knowledge/terms", status_code=201)
async def create_term(person: SignedIn, session: Writing, body: TermWrite) -> TermView:
    return service.term_view(await service.write_term(session, person, body, None))


@router.put("/knowledge/terms/{term_id}")
async def write_term(person: SignedIn, session: Writing, term_id: str, body: TermWrite) -> TermView:
    return service.term_view(await service.write_term(session, person, body, term_id))


@router.delete("/knowledge/terms/{term_id}", status_code=204)
async def delete_term(person: SignedIn, session: Writing, term_id: str) -> None:
    row = await service.find_term(session, person, term_id)
    await projects.find_reviewed(session, person.id, row.project_id)
    record(session, person.id, "term.delete", row.id, term=row.term)
    await session.delete(row)
