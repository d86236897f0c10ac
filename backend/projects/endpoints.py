"""Projects."""

from __future__ import annotations

from fastapi import APIRouter, Request

from backend.deps import Reading, SignedIn, Writing, services_of
from backend.projects import members, service
from backend.projects.schemas import Member, MemberWrite, Project, ProjectCreate, ProjectUpdate, Suggestions

router = APIRouter()


@router.get("/projects")
async def list_projects(person: SignedIn, session: Reading) -> list[Project]:
    return await service.list_views(session, person)


@router.post("/projects", status_code=201)
async def create_project(person: SignedIn, session: Writing, body: ProjectCreate) -> Project:
    return service.view(await service.create(session, person.id, body), person, [])


@router.get("/projects/{project_id}")
async def read_project(person: SignedIn, session: Reading, project_id: str) -> Project:
    return await service.read(session, person, project_id)


@router.patch("/projects/{project_id}")
async def update_project(person: SignedIn, session: Writing, project_id: str, body: ProjectUpdate) -> Project:
    return await service.update(session, person, project_id, body)


@router.delete("/projects/{project_id}", status_code=204)
async def delete_project(person: SignedIn, session: Writing, project_id: str) -> None:
    await service.delete(session, person, project_id)


@router.get("/projects/{project_id}/suggestions")
async def suggest_questions(
    request: Request, person: SignedIn, session: Reading, project_id: str
) -> Suggestions:
    project = await service.find(session, person.id, project_id)
    return Suggestions(questions=await services_of(request).suggestions(session, project.id, person.id))


@router.get("/projects/{project_id}/members")
async def list_members(person: SignedIn, session: Reading, project_id: str) -> list[Member]:
    return await members.list_views(session, person, project_id)


@router.put("/projects/{project_id}/members/{user_id}")
async def write_member(
    person: SignedIn, session: Writing, project_id: str, user_id: str, body: MemberWrite
) -> Member:
    """What the member may read of the project's sources is said by the grants of those."""
    return await members.write(session, person, project_id, user_id, body)


@router.delete("/projects/{project_id}/members/{user_id}", status_code=204)
async def delete_member(person: SignedIn, session: Writing, project_id: str, user_id: str) -> None:
    await members.delete(session, person, project_id, user_id)
