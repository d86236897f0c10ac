"""What a new server gets: its owner, a project, and the sample company."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from backend.auth.people import ensure_owner
from backend.datasources import service as datasources
from backend.datasources.schemas import DatasourceCreate
from backend.projects import service as projects
from backend.projects.repository import ProjectRepository
from backend.projects.schemas import ProjectCreate

if TYPE_CHECKING:
    from backend.services import Services

log = structlog.get_logger(__name__)

SAMPLE_NAME = "Sample company"


def sample_path(services: Services) -> Path:
    return services.data_dir / "sample" / "company.sqlite"


async def prepare(services: Services) -> None:
    """Does nothing from the second start on. The job that indexes the sample builds it first; no page waits for it."""
    async with services.database.writing() as session:
        owner = await ensure_owner(session)
        if await ProjectRepository(session).all(owner.id):
            return
        project = await projects.create(session, owner.id, ProjectCreate(name=projects.DEFAULT_NAME))
        source_id = None
        if services.settings.sample:
            body = DatasourceCreate(
                name=SAMPLE_NAME,
                engine="sqlite",
                config={"path": str(sample_path(services))},
                description="A small made-up company to try questions on.",
                project_id=project.id,
            )
            source_id = (await datasources.create(session, services.pool, owner.id, body)).id
    if source_id is not None:
        await services.jobs.submit("index", source_id)


async def build_sample(services: Services) -> None:
    """Write the sample when it is not there. In a process of its own: it computes for seconds."""
    path = sample_path(services)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend.sample", str(path), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        if await process.wait() != 0:
            log.error("sample_failed", code=process.returncode)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
