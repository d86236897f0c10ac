"""Data sources."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, UploadFile

from backend.audit.log import record
from backend.datasources import schema_view, service, uploads
from backend.datasources.repository import DatasourceRepository
from backend.datasources.schemas import (
    Datasource,
    DatasourceCreate,
    DatasourceUpdate,
    DescriptionUpdate,
    Engine,
    SchemaView,
    TablePreview,
    TestReport,
    TestRequest,
    UploadResult,
)
from backend.deps import Reading, SignedIn, Writing, need, services_of

router = APIRouter()


@router.get("/engines")
async def list_engines(person: SignedIn) -> list[Engine]:
    return service.engine_views()


@router.get("/datasources")
async def list_datasources(
    person: SignedIn, session: Reading, project_id: str | None = None
) -> list[Datasource]:
    return [
        service.view(row, person) for row in await DatasourceRepository(session).all(person.id, project_id)
    ]


@router.post("/datasources", status_code=201)
async def create_datasource(request: Request, person: SignedIn, body: DatasourceCreate) -> Datasource:
    """Indexes itself; progress comes over the socket. Paths and hosts are the server's own, so not for everybody."""
    need(person, "admin")
    services = services_of(request)
    await asyncio.to_thread(service.check_own_files, body.config, services.data_dir)
    async with services.database.writing() as session:
        row = await service.create(session, services.pool, person.id, body)
    await services.jobs.submit("index", row.id)
    return service.view(row, person)


@router.post("/datasources/test")
async def test_datasource(request: Request, person: SignedIn, body: TestRequest) -> TestReport:
    need(person, "admin")
    services = services_of(request)
    await asyncio.to_thread(service.check_own_files, body.config, services.data_dir)
    return await service.try_settings(services.database, services.pool, person, body)


@router.post("/datasources/upload", status_code=201)
async def upload_files(
    request: Request,
    person: SignedIn,
    files: list[UploadFile],
    name: Annotated[str, Form(max_length=100)] = "",
    project_id: Annotated[str | None, Form(max_length=64)] = None,
) -> UploadResult:
    """CSV, TSV, JSON, Parquet or Excel files become the tables of one new source, which indexes itself."""
    return await uploads.receive(services_of(request), person, files, name.strip(), project_id or None)


@router.get("/datasources/{datasource_id}")
async def read_datasource(person: SignedIn, session: Reading, datasource_id: str) -> Datasource:
    return service.view(await service.find(session, person.id, datasource_id), person)


@router.patch("/datasources/{datasource_id}")
async def update_datasource(
    request: Request, person: SignedIn, datasource_id: str, body: DatasourceUpdate
) -> Datasource:
    services = services_of(request)
    if body.config is not None:
        need(person, "admin")
        async with services.database.reading() as session:
            before = await service.find_own(session, person.id, datasource_id)
        if body.config.get("path") != before.config.get("path"):
            await asyncio.to_thread(service.check_own_files, body.config, services.data_dir)
    async with services.database.writing() as session:
        row, changed = await service.update(session, services.pool, person, datasource_id, body)
    if changed:
        await services.pool.drop(row.id)
        await services.jobs.submit("index", row.id)
    return service.view(row, person)


@router.delete("/datasources/{datasource_id}", status_code=204)
async def delete_datasource(request: Request, person: SignedIn, datasource_id: str) -> None:
    services = services_of(request)
    async with services.database.writing() as session:
        row = await service.delete(session, person, datasource_id)
    await services.pool.drop(row.id)
    services.library.forget(row.id)
    await uploads.remove(services, row)


@router.post("/datasources/{datasource_id}/index", status_code=202)
async def index_datasource(request: Request, person: SignedIn, datasource_id: str) -> Datasource:
    services = services_of(request)
    async with services.database.writing() as session:
        row = await service.find_own(session, person.id, datasource_id)
        row.index_state, row.problem = "queued", None
        record(session, person.id, "datasource.index", row.id)
    await services.jobs.submit("index", row.id)
    return service.view(row, person)


@router.get("/datasources/{datasource_id}/schema")
async def read_schema(request: Request, person: SignedIn, session: Reading, datasource_id: str) -> SchemaView:
    row = await service.find(session, person.id, datasource_id)
    return await schema_view.read(services_of(request).library, row, person.id)


@router.put("/datasources/{datasource_id}/descriptions", status_code=204)
async def describe(person: SignedIn, session: Writing, datasource_id: str, body: DescriptionUpdate) -> None:
    await service.describe(session, person, datasource_id, body)


@router.get("/datasources/{datasource_id}/preview")
async def preview_table(
    request: Request,
    person: SignedIn,
    datasource_id: str,
    table: str,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> TablePreview:
    services = services_of(request)
    async with services.database.writing() as session:
        row = await service.find(session, person.id, datasource_id)
        record(session, person.id, "datasource.preview", row.id, table=table)
    return await schema_view.preview(services.library, row, person.id, table, limit)
