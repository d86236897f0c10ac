"""Row and byte caps, the same for every engine: kept by counting what comes back, never by rewriting SQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import timedelta
from time import monotonic

from connectors.base import JsonValue, Limits, QueryResult, ResultColumn, RowBatch
from connectors.errors import QueryTimedOut
from connectors.values import to_cells

BATCH_ROWS = 500
CELL_BYTES = Limits().cell_bytes


def timed_out(seconds: float) -> QueryTimedOut:
    """What a person is told when a statement was stopped for taking longer than `seconds`."""
    return QueryTimedOut(f"The query was stopped after {seconds:g} seconds. Narrow it or raise the limit.")


class Meter:
    """Counts one statement's rows and bytes and says when a limit is reached."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.rows = 0
        self.bytes = 0
        self.cut_by: str | None = None

    @property
    def wanted(self) -> int:
        """Rows to fetch next: one more than may be kept, to know that there were more."""
        return min(BATCH_ROWS, self.limits.rows - self.rows + 1)

    def take(self, raw: Iterable[Sequence[object]]) -> list[list[JsonValue]]:
        """JSON-safe rows up to the limits; sets `cut_by` when one ended them."""
        kept: list[list[JsonValue]] = []
        for row in raw:
            if self.rows >= self.limits.rows:
                self.cut_by = "rows"
                break
            cells, size = to_cells(row, self.limits.cell_bytes)
            if self.bytes + size > self.limits.bytes:
                self.cut_by = "bytes"
                break
            self.rows += 1
            self.bytes += size
            kept.append(cells)
        return kept


async def collect(batches: AsyncIterator[RowBatch]) -> QueryResult:
    """All batches of a stream as one result."""
    started = monotonic()
    columns: tuple[ResultColumn, ...] = ()
    rows: list[Sequence[JsonValue]] = []
    cut_by: str | None = None
    async for batch in batches:
        columns, cut_by = batch.columns, batch.cut_by
        rows.extend(batch.rows)
    return QueryResult(columns, rows, cut_by is not None, cut_by, timedelta(seconds=monotonic() - started))
