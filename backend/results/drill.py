"""From a cell of a stored result to its expression, its source columns and the rows behind it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from agents.events import ResultColumnInfo
from agents.evidence.drill_down import CannotDrill, Key, keys_of, origin_of, rows_behind
from agents.fingerprints import short_id
from backend.auth.people import Person
from backend.datasources.repository import DatasourceRepository
from backend.errors import Invalid, NotFound
from backend.results.models import ResultRow
from backend.results.repository import ReceiptRepository, ResultRepository
from backend.results.schemas import KeyValue, Lineage, RowsBehind, SourceColumn
from backend.results.store import find_result
from connectors.base import JsonValue, Limits, Schema, TypeFamily
from connectors.errors import QueryRejected
from connectors.sql.reading import Reading
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql
from connectors.sql.readings.scope import NotReadable

if TYPE_CHECKING:
    from agents.deps import OpenSource
    from backend.services import Services

ROWS = 5_000
SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Place:
    """Which cell of a page: `row` counts in the order of `sort`, as the page shows it; None means the whole column."""

    column: int
    row: int | None
    sort: int | None
    descending: bool


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a statement, its source and a row of its result say about one cell."""

    result: ResultRow
    place: Place
    source: OpenSource
    reading: Reading
    cells: list[JsonValue] | None

    @property
    def schema(self) -> Schema:
        return self.source.knowledge.schema

    @property
    def keys(self) -> tuple[Key, ...]:
        """Raises `CannotDrill`."""
        if self.cells is None:
            return ()
        families = [TypeFamily(column["family"]) for column in self.result.columns]
        return keys_of(self.reading, self.cells, families, [column["name"] for column in self.result.columns])

    @property
    def behind(self) -> Reading:
        """Raises `CannotDrill`."""
        return rows_behind(
            self.reading, self.schema, self.source.capabilities.dialect, self.place.column, self.keys
        )


async def lineage(services: Services, person: Person, result_id: str, place: Place) -> Lineage:
    """Where a column comes from, and whether its rows can be listed. Raises `AppError` or `ConnectorError`."""
    name = ""
    try:
        cell = await _cell(services, person, result_id, place)
        name = cell.result.columns[place.column]["name"]
        origin = origin_of(cell.reading, cell.schema, place.column)
    except CannotDrill as reason:
        return Lineage(column=place.column, name=name, drillable=False, why_not=str(reason))
    keys, why_not = [], ""
    try:
        keys = [KeyValue(name=key.name, value=key.value) for key in cell.keys]
        _statement(cell)
    except CannotDrill as reason:
        why_not = str(reason)
    return Lineage(
        column=place.column,
        name=name,
        expression=origin.expression,
        sources=[_source_column(cell.schema, column) for column in origin.columns],
        filters=list(origin.filters),
        keys=keys,
        drillable=not why_not,
        why_not=why_not,
    )


async def behind(
    services: Services, person: Person, result_id: str, place: Place, offset: int, limit: int
) -> RowsBehind:
    """The rows themselves, run once under the reader's present rights and then read page by page.

    Raises `Invalid` where there is no such list, `AppError` or `ConnectorError`.
    """
    try:
        cell = await _cell(services, person, result_id, place)
        sql, keys = _statement(cell), cell.keys
    except CannotDrill as reason:
        raise Invalid(str(reason)) from None
    safe = await asyncio.to_thread(cell.source.admit, sql)
    kept_as = short_id(result_id, safe.sha256)
    async with services.database.reading() as session:
        kept = await ResultRepository(session).by_id(kept_as)
    if kept is None or not kept.bytes:
        batches = cell.source.connector.stream(safe, Limits(rows=ROWS, seconds=SECONDS, cell_bytes=10_000))
        try:
            ran = await asyncio.to_thread(cell.source.ran, sql)
            await services.results.save(kept_as, cell.result.turn_id, ran, batches)
        except QueryRejected as error:
            raise cell.source.discreet(error, sql, safe) from None
        async with services.database.reading() as session:
            kept = await ResultRepository(session).by_id(kept_as)
    if kept is None:
        raise NotFound("The rows are not kept any more. Ask for them again.")
    rows = await services.results.page(kept_as, offset, limit)
    return RowsBehind(
        columns=[ResultColumnInfo(name=c["name"], type=c["type"], family=c["family"]) for c in kept.columns],
        rows=rows,
        offset=offset,
        more=offset + len(rows) < kept.row_count,
        row_count=None if kept.cut_by else kept.row_count,
        sql=sql,
        text=_sentence(cell.reading, keys, kept),
    )


async def _cell(services: Services, person: Person, result_id: str, place: Place) -> _Cell:
    """Raises `CannotDrill`, `AppError`, `ConnectorError` or `IndexMissing`."""
    async with services.database.reading() as session:
        row = await find_result(session, person.id, result_id)
    await services.today.check(person.id, row.turn_id)
    async with services.database.reading() as session:
        step = await _step_of(session, person, row)
        datasource = await DatasourceRepository(session).get(person.id, step["source_id"])
    if place.column >= len(row.columns):
        raise Invalid("The answer has no such column.", field="column")
    if datasource is None:
        raise CannotDrill("The data source of this answer is not there any more.")
    source = await services.library.open(datasource, person.id)
    try:
        reading = from_sql(step["sql"], source.capabilities.dialect, source.knowledge.schema)
    except NotReadable:
        raise CannotDrill(
            "The statement of this answer is written in a way that cannot be followed."
        ) from None
    cells = None
    if place.row is not None:
        page = await services.results.page(
            result_id, place.row, 1, sort=place.sort, descending=place.descending
        )
        if not page:
            raise Invalid("The answer has no such row.", field="row")
        cells = page[0]
    return _Cell(row, place, source, reading, cells)


async def _step_of(session: AsyncSession, person: Person, row: ResultRow) -> dict[str, Any]:
    receipt = await ReceiptRepository(session).of_turn(person.id, row.turn_id)
    steps = receipt.data["steps"] if receipt is not None else []
    found: dict[str, Any] | None = next((step for step in steps if step["result_id"] == row.id), None)
    if found is None:
        raise CannotDrill("This answer is not finished, or these are already the rows behind one.")
    return found


def _statement(cell: _Cell) -> str:
    try:
        return to_sql(cell.behind, cell.source.capabilities.dialect)
    except NotReadable:
        raise CannotDrill("The rows behind this cell cannot be written as a statement.") from None


def _source_column(schema: Schema, name: str) -> SourceColumn:
    table_name, _, column_name = name.rpartition(".")
    table = schema.table(table_name)
    column = table.column(column_name) if table is not None else None
    if table is None or column is None:
        return SourceColumn(
            table=table_name, column=column_name, type="", comment=table.comment if table else ""
        )
    return SourceColumn(table=table.full_name, column=column.name, type=column.type, comment=column.comment)


def _sentence(reading: Reading, keys: tuple[Key, ...], kept: ResultRow) -> str:
    tables = [source.table for source in reading.sources if source.table]
    count = (
        f"The first {kept.row_count:,} rows"
        if kept.cut_by
        else f"{kept.row_count:,} row{'s' * (kept.row_count != 1)}"
    )
    of = f" of {' with '.join(dict.fromkeys(tables))}" if tables else ""
    met = " and ".join(f"{key.name} is {'empty' if key.value is None else key.value}" for key in keys)
    return f"{count}{of}{' where ' + met if met else ''}."
