"""Data sources over REST. Credentials go in and never come out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, JsonValue

from backend.errors import Problem
from backend.schemas import ApiModel

IndexState = Literal["none", "queued", "running", "ready", "failed", "stale"]


class EngineField(ApiModel):
    """One input of the form that adds a source."""

    name: str
    title: str
    kind: Literal["text", "number", "password", "path", "boolean", "choice"]
    required: bool = False
    secret: bool = False
    default: JsonValue = None
    choices: list[str] = []
    help: str = ""


class Engine(ApiModel):
    name: str
    """postgres, mysql, sqlite, duckdb, …"""
    title: str
    fields: list[EngineField]
    accepts_upload: bool = False
    upload_suffixes: list[str] = []


class Datasource(ApiModel):
    id: str
    name: str
    engine: str
    config: dict[str, JsonValue]
    """Without secrets; empty for those who may only read."""
    files: list[str] = []
    """Of a source made of uploaded files: their names, in place of a path."""
    secret_set: bool
    description: str
    index_state: IndexState
    indexed_at: datetime | None
    tables: int
    problem: Problem | None = None
    read_only_enforced: bool
    mine: bool
    """The signed-in person may change it and say who reads what."""
    created_at: datetime


class DatasourceCreate(ApiModel):
    name: str = Field(min_length=1, max_length=100)
    engine: str
    config: dict[str, Any]
    """With secrets; they are sealed and never shown again."""
    description: str = Field(default="", max_length=2000)
    project_id: str | None = None
    """Adds the source to this project as well."""


class DatasourceUpdate(ApiModel):
    name: str | None = Field(default=None, min_length=1, max_length=100)
    config: dict[str, Any] | None = None
    """Merged into the present one; secrets left out stay as they are."""
    description: str | None = Field(default=None, max_length=2000)


class TestRequest(ApiModel):
    """Tries settings before they are saved."""

    __test__ = False

    engine: str
    config: dict[str, Any]
    datasource_id: str | None = None
    """Take the secrets that `config` leaves out from this saved source."""


class TestStep(ApiModel):
    __test__ = False

    name: str
    ok: bool
    detail: str = ""
    hint: str = ""


class TestReport(ApiModel):
    __test__ = False

    ok: bool
    steps: list[TestStep]
    problem: Problem | None = None


class ColumnView(ApiModel):
    name: str
    type: str
    family: str
    kind: str
    nullable: bool
    primary_key: bool
    comment: str
    description: str
    rows: int | None
    distinct: int | None
    nulls: int | None
    min: JsonValue
    max: JsonValue
    top_values: list[tuple[JsonValue, int]]
    personal: bool


class KeyView(ApiModel):
    columns: list[str]
    ref_table: str
    ref_columns: list[str]
    declared: bool


class TableView(ApiModel):
    name: str
    """Full name, schema-qualified where needed."""
    is_view: bool
    comment: str
    description: str
    rows: int | None
    columns: list[ColumnView]
    keys: list[KeyView]


class SchemaView(ApiModel):
    fingerprint: str
    """Empty until the source is indexed."""
    tables: list[TableView]


class DescriptionUpdate(ApiModel):
    """What people say about a table or column; empty text removes it."""

    table: str
    column: str = ""
    text: str = Field(max_length=2000)


class TablePreview(ApiModel):
    columns: list[str]
    rows: list[list[JsonValue]]


class UploadedColumn(ApiModel):
    name: str
    type: str


class UploadedTable(ApiModel):
    name: str
    rows: int
    columns: list[UploadedColumn]
    preview: list[list[JsonValue]]
    rejected_lines: int = 0
    problems: list[str] = []
    """"line 7: 5 fields where 4 were expected", at most 20."""


class UploadResult(ApiModel):
    datasource: Datasource
    tables: list[UploadedTable]
