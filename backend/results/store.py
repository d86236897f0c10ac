"""Keeps the rows of results in files and what is known of them in the metadata database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend.auth.signing import Signer
from backend.db.base import now
from backend.db.engine import Database
from backend.errors import NotFound
from backend.results import files
from backend.results.models import Receipt, ResultRow
from backend.results.repository import ReceiptRepository, ResultRepository
from connectors.base import JsonValue, QueryResult, ResultColumn, RowBatch, TypeFamily

if TYPE_CHECKING:
    from agents.deps import Ran


class Results:
    """The agents' `ResultStore`; idempotent by id, because a step may run a second time."""

    def __init__(self, database: Database, folder: Path, keep: timedelta) -> None:
        self._database = database
        self._folder = folder
        self._keep = keep

    def path(self, result_id: str) -> Path:
        if not result_id.isalnum():
            raise NotFound("There is no such result.")
        return self._folder / f"{result_id}.parquet"

    async def save(self, result_id: str, turn_id: str, ran: Ran, batches: AsyncIterator[RowBatch]) -> None:
        columns: tuple[ResultColumn, ...] = ()
        rows: list[Sequence[JsonValue]] = []
        cut_by: str | None = None
        async for batch in batches:
            columns = batch.columns or columns
            rows.extend(batch.rows)
            cut_by = batch.cut_by or cut_by
        names = [column.name for column in columns]
        size = await asyncio.to_thread(files.write, self.path(result_id), names, rows)
        async with self._database.writing() as session:
            await session.merge(
                ResultRow(
                    id=result_id,
                    turn_id=turn_id,
                    source_id=ran.source_id,
                    sql=ran.sql,
                    seen_through=ran.seen_through,
                    columns=[{"name": c.name, "type": c.type, "family": c.family.value} for c in columns],
                    row_count=len(rows),
                    cut_by=cut_by,
                    bytes=size,
                    created_at=now(),
                    expires_at=now() + self._keep,
                )
            )

    async def load(self, result_id: str, rows: int) -> QueryResult:
        async with self._database.reading() as session:
            row = await ResultRepository(session).by_id(result_id)
        if row is None:
            raise NotFound("The result is not kept any more. Ask the question again.")
        cells = await self.page(result_id, 0, rows)
        return QueryResult(
            columns=tuple(ResultColumn(c["name"], c["type"], TypeFamily(c["family"])) for c in row.columns),
            rows=cells,
            truncated=row.cut_by is not None,
            cut_by=row.cut_by,
        )

    async def page(
        self, result_id: str, offset: int, limit: int, *, sort: int | None = None, descending: bool = False
    ) -> list[list[JsonValue]]:
        path = self.path(result_id)
        try:
            if sort is None:
                return await asyncio.to_thread(files.read, path, offset, limit)
            return await asyncio.to_thread(
                files.read_sorted, path, sort, descending=descending, offset=offset, limit=limit
            )
        except FileNotFoundError:
            raise NotFound("The result is not kept any more. Ask the question again.") from None

    async def expire(self, moment: datetime) -> int:
        """Delete what is too old; returns how many."""
        async with self._database.writing() as session:
            old = await ResultRepository(session).drop_expired(moment)
        for result_id in old:
            with contextlib.suppress(FileNotFoundError):
                self.path(result_id).unlink()
        return len(old)


class Receipts:
    """The agents' `ReceiptStore`."""

    def __init__(self, database: Database, signer: Signer) -> None:
        self._database = database
        self._signer = signer

    async def save(self, receipt_id: str, turn_id: str, receipt: Mapping[str, Any]) -> None:
        signed = self._signer.signed(receipt)
        async with self._database.writing() as session:
            await session.merge(Receipt(id=receipt_id, turn_id=turn_id, data=signed, created_at=now()))


async def find_result(session: AsyncSession, user_id: str, result_id: str) -> ResultRow:
    row = await ResultRepository(session).get(user_id, result_id)
    if row is None:
        raise NotFound("There is no such result, or it is not kept any more.")
    return row


async def find_receipt(session: AsyncSession, user_id: str, receipt_id: str) -> Receipt:
    row = await ReceiptRepository(session).get(user_id, receipt_id)
    if row is None:
        raise NotFound("There is no such receipt.")
    return row
