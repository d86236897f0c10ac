"""Shapes shared by several resources."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

Item = TypeVar("Item")


class ApiModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)


class Page(ApiModel, Generic[Item]):
    items: list[Item]
    next_cursor: str | None = None
    """Pass as `cursor` for the following page; None on the last one."""
    total: int | None = None
