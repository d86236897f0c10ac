"""Who is signed in, and who else there is."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from backend.audit.log import record
from backend.auth.people import sign_out
from backend.auth.repository import PersonRepository
from backend.deps import Reading, SignedIn, Writing, need, services_of, session_cookie
from backend.projects.service import default_project_id
from backend.users import service
from backend.users.schemas import Me, PersonCreate, PersonCreated, PersonDetail, PersonUpdate, PersonView

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


@router.get("/people")
async def list_people(person: SignedIn, session: Reading) -> list[PersonView]:
    """Names, to choose members of a project from."""
    return [service.view(user) for user in await PersonRepository(session).all()]


@router.post("/people", status_code=201)
async def create_person(
    request: Request, person: SignedIn, session: Writing, body: PersonCreate
) -> PersonCreated:
    need(person, "admin")
    user, token = await service.add(session, person.id, body)
    base = services_of(request).settings.server.public_url or str(request.base_url)
    return PersonCreated(person=service.view(user), link=f"{base.rstrip('/')}/auth/link?token={token}")


@router.get("/people/{person_id}")
async def read_person(person: SignedIn, session: Reading, person_id: str) -> PersonDetail:
    """With their limits; for themselves and for administrators."""
    if person_id != person.id:
        need(person, "admin")
    return service.detail(await service.find(session, person_id))


@router.patch("/people/{person_id}")
async def update_person(
    person: SignedIn, session: Writing, person_id: str, body: PersonUpdate
) -> PersonDetail:
    need(person, "admin")
    return await service.update(session, person, person_id, body)
