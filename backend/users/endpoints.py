"""Who is signed in."""

from __future__ import annotations

from fastapi import APIRouter

from backend.errors import Conflict
from backend.users.schemas import Me

router = APIRouter()


@router.get("/me")
async def me() -> Me:
    raise Conflict("Not built yet.")


@router.post("/logout", status_code=204)
async def logout() -> None:
    raise Conflict("Not built yet.")
