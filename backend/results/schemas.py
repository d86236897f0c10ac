"""Stored results over REST."""

from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue

from agents.events import ResultColumnInfo
from backend.schemas import ApiModel


class ResultPage(ApiModel):
    """A slice of a stored result. `GET /api/results/{id}?offset=0&limit=5000&sort=2&descending=true`."""

    result_id: str
    columns: list[ResultColumnInfo]
    rows: list[list[JsonValue]]
    offset: int
    row_count: int
    truncated: bool
    """The source held more rows than the limits let through."""
    created_at: datetime


class SourceColumn(ApiModel):
    """A column that an answer was made of; `*` where rows were counted."""

    table: str
    column: str
    type: str
    comment: str


class KeyValue(ApiModel):
    """One of the values that tell a row's group from the others."""

    name: str
    value: JsonValue


class Lineage(ApiModel):
    """Where a column of an answer comes from. `GET /api/results/{id}/lineage?column=2&row=5`."""

    column: int
    name: str
    expression: str = ""
    sources: list[SourceColumn] = []
    filters: list[str] = []
    keys: list[KeyValue] = []
    drillable: bool
    why_not: str = ""
    """Why the rows behind it cannot be listed; empty when they can."""


class RowsBehind(ApiModel):
    """The rows that a cell was counted from. `GET /api/results/{id}/rows-behind?column=2&row=5`."""

    columns: list[ResultColumnInfo]
    rows: list[list[JsonValue]]
    offset: int
    more: bool
    row_count: int | None
    """None when there are more than are kept."""
    sql: str
    text: str
