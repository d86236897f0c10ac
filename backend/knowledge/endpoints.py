"""Patterns and terms."""

from __future__ import annotations

from fastapi import APIRouter

from backend.errors import Conflict
from backend.knowledge.schemas import (
    PatternCreate,
    PatternStatus,
    PatternUpdate,
    PatternView,
    TermView,
    TermWrite,
)
from backend.schemas import Page

router = APIRouter()


@router.get("/knowledge/patterns")
async def list_patterns(
    project_id: str, status: PatternStatus | None = None, cursor: str | None = None
) -> Page[PatternView]:
    raise Conflict("Not built yet.")


@router.post("/knowledge/patterns", status_code=201)
async def create_pattern(body: PatternCreate) -> PatternView:
    raise Conflict("Not built yet.")


@router.patch("/knowledge/patterns/{pattern_id}")
async def update_pattern(pattern_id: str, body: PatternUpdate) -> PatternView:
    raise Conflict("Not built yet.")


@router.delete("/knowledge/patterns/{pattern_id}", status_code=204)
async def delete_pattern(pattern_id: str) -> None:
    raise Conflict("Not built yet.")


@router.get("/knowledge/terms")
async def list_terms(project_id: str, cursor: str | None = None) -> Page[TermView]:
    raise Conflict("Not built yet.")


@router.post("/knowledge/terms", status_code=201)
async def create_term(body: TermWrite) -> TermView:
    raise Conflict("Not built yet.")


@router.put("/knowledge/terms/{term_id}")
async def write_term(term_id: str, body: TermWrite) -> TermView:
    raise Conflict("Not built yet.")


@router.delete("/knowledge/terms/{term_id}", status_code=204)
async def delete_term(term_id: str) -> None:
    raise Conflict("Not built yet.")
