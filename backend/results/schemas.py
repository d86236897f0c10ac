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
