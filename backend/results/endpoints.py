"""Stored results, page by page and as files, and receipts."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, Response, StreamingResponse
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.background import BackgroundTask

from agents.events import ResultColumnInfo
from backend.audit.log import record
from backend.auth.people import Person
from backend.chat.repository import EventRepository, TurnRepository
from backend.deps import Reading, SignedIn, services_of
from backend.results import exports
from backend.results.models import ResultRow
from backend.results.schemas import Lineage, ResultPage, RowsBehind
from backend.results.store import find_receipt, find_result

router = APIRouter()

Row = Annotated[int | None, Query(ge=0, le=10_000_000)]
"""In the order of `sort`, as the page shows it; without one, the whole column is meant."""


@router.get("/results/{result_id}")
async def read_result(
    request: Request,
    person: SignedIn,
    session: Reading,
    result_id: str,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
    sort: Annotated[int | None, Query(ge=0)] = None,
    descending: bool = False,
) -> ResultPage:
    row = await find_result(session, person.id, result_id)
    await services_of(request).today.check(person.id, row.turn_id)
    if sort is not None and sort >= len(row.columns):
        sort = None
    cells = await services_of(request).results.page(
        result_id, offset, limit, sort=sort, descending=descending
    )
    return ResultPage(
        result_id=result_id,
        columns=[ResultColumnInfo(name=c["name"], type=c["type"], family=c["family"]) for c in row.columns],
        rows=cells,
        offset=offset,
        row_count=row.row_count,
        truncated=row.cut_by is not None,
        created_at=row.created_at,
    )


@router.get("/results/{result_id}/export", response_class=Response)
async def export_result(
    request: Request, person: SignedIn, result_id: str, format: exports.Format = "csv"
) -> Response:
    services = services_of(request)
    async with services.database.reading() as session:
        row = await find_result(session, person.id, result_id)
    await services.today.check(person.id, row.turn_id)
    async with services.database.writing() as session:
        about = await _about(session, person, row)
        record(session, person.id, "result.export", result_id, format=format, rows=row.row_count)
    await services.results.page(result_id, 0, 1)
    path = services.results.path(result_id)
    names = [column["name"] for column in row.columns]
    headers = {"Content-Disposition": f'attachment; filename="datachat-{result_id[:8]}.{format}"'}
    if format == "csv":
        lines = exports.csv_lines(path, names)
        return StreamingResponse(lines, media_type=exports.MEDIA["csv"], headers=headers)
    if format == "parquet":
        file = await asyncio.to_thread(exports.parquet_file, path, names)
    else:
        file = await asyncio.to_thread(exports.xlsx_file, path, names, about)
    return FileResponse(
        file, media_type=exports.MEDIA[format], headers=headers, background=BackgroundTask(file.unlink)
    )


@router.get("/results/{result_id}/lineage")
async def read_lineage(
    request: Request,
    person: SignedIn,
    result_id: str,
    column: Annotated[int, Query(ge=0)],
    row: Row = None,
    sort: Annotated[int | None, Query(ge=0)] = None,
    descending: bool = False,
) -> Lineage:
    from backend.results import drill  # only here: a start does not wait for the SQL library

    place = drill.Place(column, row, sort, descending)
    return await drill.lineage(services_of(request), person, result_id, place)


@router.get("/results/{result_id}/rows-behind")
async def read_rows_behind(
    request: Request,
    person: SignedIn,
    result_id: str,
    column: Annotated[int, Query(ge=0)],
    row: Row = None,
    sort: Annotated[int | None, Query(ge=0)] = None,
    descending: bool = False,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> RowsBehind:
    services = services_of(request)
    from backend.results import drill

    place = drill.Place(column, row, sort, descending)
    found = await drill.behind(services, person, result_id, place, offset, limit)
    async with services.database.writing() as session:
        record(session, person.id, "result.rows_behind", result_id, column=column)
    return found


async def _about(session: AsyncSession, person: Person, row: ResultRow) -> dict[str, str]:
    """Where the rows come from, for the second sheet."""
    turn = await TurnRepository(session).by_id(row.turn_id)
    drafted = await EventRepository(session).of_turn(row.turn_id, "sql.drafted")
    statements = dict.fromkeys(str(json.loads(event.payload)["sql"]) for event in drafted)
    return {
        "Question": turn.question if turn else "",
        "SQL": "\n\n".join(statements),
        "Rows": f"{row.row_count}{' (more existed)' if row.cut_by else ''}",
        "Run at": row.created_at.isoformat(timespec="seconds"),
        "Person": person.name,
    }


@router.get("/receipts/{receipt_id}")
async def read_receipt(
    request: Request, person: SignedIn, response: Response, receipt_id: str
) -> dict[str, JsonValue]:
    services = services_of(request)
    async with services.database.reading() as session:
        receipt = await find_receipt(session, person.id, receipt_id)
    await services.today.check(person.id, receipt.turn_id)
    async with services.database.writing() as session:
        record(session, person.id, "receipt.read", receipt_id)
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{receipt_id[:8]}.json"'
    return receipt.data
