"""What a new server gets: its owner, a project, and the sample company."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.auth.people import ensure_owner
from backend.datasources import service as datasources
from backend.datasources.schemas import DatasourceCreate
from backend.projects import service as projects
from backend.projects.repository import ProjectRepository
from backend.projects.schemas import ProjectCreate
from backend.sample.file import sample_path

if TYPE_CHECKING:
    from backend.services import Services

SAMPLE_NAME = "Sample company"


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
                config={"path": str(sample_path(services.data_dir))},
                description="A small made-up company to try questions on.",
                project_id=project.id,
            )
            row = await datasources.create(session, services.pool, owner.id, body)
            row.config = {**row.config, datasources.UPLOADED: [sample_path(services.data_dir).name]}
            source_id = row.id
    if source_id is not None:
        await services.jobs.submit("index", source_id)
