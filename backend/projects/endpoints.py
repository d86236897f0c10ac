"""Projects."""

from __future__ import annotations

from fastapi import APIRouter

from backend.errors import Conflict
from backend.projects.schemas import Project, ProjectCreate, ProjectUpdate, Suggestions

router = APIRouter()


@router.get("/projects")
async def list_projects() -> list[Project]:
    raise Conflict("Not built yet.")


@router.post("/projects", status_code=201)
async def create_project(body: ProjectCreate) -> Project:
    raise Conflict("Not built yet.")


@router.get("/projects/{project_id}")
async def read_project(project_id: str) -> Project:
    raise Conflict("Not built yet.")


@router.patch("/projects/{project_id}")
async def update_project(project_id: str, body: ProjectUpdate) -> Project:
    raise Conflict("Not built yet.")


@router.delete("/projects/{project_id}", status_code=204)
async def delete_project(project_id: str) -> None:
    raise Conflict("Not built yet.")


@router.get("/projects/{project_id}/suggestions")
async def suggest_questions(project_id: str) -> Suggestions:
    raise Conflict("Not built yet.")
