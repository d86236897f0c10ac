"""Data sources."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, UploadFile

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
from backend.errors import Conflict

router = APIRouter()


@router.get("/engines")
async def list_engines() -> list[Engine]:
    raise Conflict("Not built yet.")


@router.get("/datasources")
async def list_datasources(project_id: str | None = None) -> list[Datasource]:
    raise Conflict("Not built yet.")


@router.post("/datasources", status_code=201)
async def create_datasource(body: DatasourceCreate) -> Datasource:
    raise Conflict("Not built yet.")


@router.post("/datasources/test")
async def test_datasource(body: TestRequest) -> TestReport:
    raise Conflict("Not built yet.")


@router.post("/datasources/upload", status_code=201)
async def upload_files(
    files: list[UploadFile],
    name: Annotated[str, Form()] = "",
    project_id: Annotated[str | None, Form()] = None,
) -> UploadResult:
    raise Conflict("Not built yet.")


@router.get("/datasources/{datasource_id}")
async def read_datasource(datasource_id: str) -> Datasource:
    raise Conflict("Not built yet.")


@router.patch("/datasources/{datasource_id}")
async def update_datasource(datasource_id: str, body: DatasourceUpdate) -> Datasource:
    raise Conflict("Not built yet.")


@router.delete("/datasources/{datasource_id}", status_code=204)
async def delete_datasource(datasource_id: str) -> None:
    raise Conflict("Not built yet.")


@router.post("/datasources/{datasource_id}/index", status_code=202)
async def index_datasource(datasource_id: str) -> Datasource:
    raise Conflict("Not built yet.")


@router.get("/datasources/{datasource_id}/schema")
async def read_schema(datasource_id: str) -> SchemaView:
    raise Conflict("Not built yet.")


@router.put("/datasources/{datasource_id}/descriptions", status_code=204)
async def describe(datasource_id: str, body: DescriptionUpdate) -> None:
    raise Conflict("Not built yet.")


@router.get("/datasources/{datasource_id}/preview")
async def preview_table(datasource_id: str, table: str, limit: int = 50) -> TablePreview:
    raise Conflict("Not built yet.")
