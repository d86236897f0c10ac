"""Grants on a source."""

from __future__ import annotations

from fastapi import APIRouter, Request

from backend.deps import Reading, SignedIn, Writing, services_of
from backend.grants import service
from backend.grants.schemas import Grant, GrantWrite, Subject

router = APIRouter()


@router.get("/datasources/{datasource_id}/grants")
async def list_grants(person: SignedIn, session: Reading, datasource_id: str) -> list[Grant]:
    return await service.list_views(session, person, datasource_id)


@router.put("/datasources/{datasource_id}/grants/{subject}")
async def write_grant(
    request: Request, person: SignedIn, datasource_id: str, subject: Subject, body: GrantWrite
) -> Grant:
    """What a subject may read from now on; of a person's grants the most particular one counts, alone."""
    services = services_of(request)
    return await service.write(services.database, services.library, person, datasource_id, subject, body)


@router.delete("/datasources/{datasource_id}/grants/{subject}", status_code=204)
async def delete_grant(person: SignedIn, session: Writing, datasource_id: str, subject: Subject) -> None:
    await service.delete(session, person, datasource_id, subject)
