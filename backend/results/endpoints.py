"""Stored results and receipts."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import JsonValue

from backend.errors import Conflict
from backend.results.schemas import ResultPage

router = APIRouter()


@router.get("/results/{result_id}")
async def read_result(
    result_id: str,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
    sort: Annotated[int | None, Query(ge=0)] = None,
    descending: bool = False,
) -> ResultPage:
    raise Conflict("Not built yet.")


@router.get("/results/{result_id}/export", response_class=Response)
async def export_result(result_id: str, format: Literal["csv", "xlsx", "parquet"] = "csv") -> Response:
    raise Conflict("Not built yet.")


@router.get("/receipts/{receipt_id}")
async def read_receipt(receipt_id: str) -> dict[str, JsonValue]:
    raise Conflict("Not built yet.")
