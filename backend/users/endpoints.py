"""Who is signed in."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from backend.audit.log import record
from backend.auth.people import sign_out
from backend.deps import Reading, SignedIn, Writing, services_of, session_cookie
from backend.projects.service import default_project_id
from backend.users.schemas import Me

router = APIRouter()


@router.get("/me")
async def me(person: SignedIn, session: Reading) -> Me:
    return Me(
        id=person.id,
        name=person.name,
        role=person.role,
        csrf_token=person.csrf_token,
        default_project_id=await default_project_id(session, person.id),
    )


@router.post("/logout", status_code=204)
async def logout(request: Request, response: Response, person: SignedIn, session: Writing) -> None:
    await sign_out(session, session_cookie(request))
    record(session, person.id, "sign_out", person.id)
    response.delete_cookie(services_of(request).cookie, path="/")
