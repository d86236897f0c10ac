"""Grants: who may read what of a source, said by its owner and tried before it counts."""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from backend.audit.log import record
from backend.auth.people import Person
from backend.auth.repository import PersonRepository
from backend.datasources.library import Library
from backend.datasources.models import DatasourceRow
from backend.datasources.select import table_select
from backend.datasources.service import find_own
from backend.db.engine import Database
from backend.errors import Invalid, NotFound
from backend.grants.access import policy_of
from backend.grants.models import GrantRow
from backend.grants.repository import GrantRepository
from backend.grants.schemas import Grant, GrantWrite, TableGrant
from connectors.base import Connector, Limits, Schema, Table
from connectors.errors import QueryRejected

TRIAL = Limits(rows=1, bytes=1_000_000, seconds=10, cell_bytes=2_000)


async def list_views(session: AsyncSession, person: Person, source_id: str) -> list[Grant]:
    source = await find_own(session, person.id, source_id)
    rows = await GrantRepository(session).of_source(source.id)
    people = {row.subject.removeprefix("user:") for row in rows if row.subject.startswith("user:")}
    names = await PersonRepository(session).names(people)
    return [_view(row, names) for row in rows]


def _view(row: GrantRow, names: dict[str, str]) -> Grant:
    kind, _, key = row.subject.partition(":")
    name = {"user": names.get(key, ""), "role": f"Every {key}"}.get(kind, "Everyone in its projects")
    return Grant.model_validate({"subject": row.subject, "name": name, "tables": row.tables})


async def write(
    database: Database, library: Library, person: Person, source_id: str, subject: str, body: GrantWrite
) -> Grant:
    """Filters and masks are run once, so that no reader is the first to find a mistake in them.

    Raises `Invalid` or a `ConnectorError`.
    """
    async with database.reading() as session:
        source = await find_own(session, person.id, source_id)
        await _check_subject(session, subject)
    if body.tables is not None:
        await _try(library, source, body.tables)
    async with database.writing() as session:
        await find_own(session, person.id, source_id)
        row = await GrantRepository(session).get(source_id, subject)
        if row is None:
            row = GrantRow(datasource_id=source_id, subject=subject)
            session.add(row)
        row.author_id = person.id
        row.tables = body.model_dump(mode="json")["tables"]
        await session.flush()
        record(session, person.id, "grant.write", source_id, whose=subject)
        names = await PersonRepository(session).names({subject.removeprefix("user:")})
        return _view(row, names)


async def delete(session: AsyncSession, person: Person, source_id: str, subject: str) -> None:
    source = await find_own(session, person.id, source_id)
    row = await GrantRepository(session).get(source.id, subject)
    if row is None:
        raise NotFound("There is no such grant.")
    record(session, person.id, "grant.delete", source.id, whose=subject)
    await session.delete(row)


async def _check_subject(session: AsyncSession, subject: str) -> None:
    kind, _, user_id = subject.partition(":")
    if kind == "user" and await PersonRepository(session).by_id(user_id) is None:
        raise NotFound("There is no such person.", field="subject")


async def _try(library: Library, source: DatasourceRow, tables: dict[str, TableGrant]) -> None:
    schema = (await library.prepared(source)).index.schema
    found = [(_known(schema, name, grant), grant) for name, grant in tables.items()]
    if not any(grant.filter or grant.masks for _, grant in found):
        return
    connector = await library.connector(source)
    for table, grant in found:
        if grant.filter or grant.masks:
            await _try_table(connector, schema, tables, table, grant)


def _known(schema: Schema, name: str, grant: TableGrant) -> Table:
    """The table as the index has it; raises `Invalid` for names it does not have."""
    table = schema.table(name)
    if table is None or table.full_name.lower() != name.lower():
        raise Invalid(f"The source has no table {name}.", field="tables")
    for column in (*(grant.columns or ()), *grant.masks):
        if table.column(column) is None:
            raise Invalid(f"The table {name} has no column {column}.", field="tables")
    if grant.columns is not None and not grant.columns:
        raise Invalid(f"Name a column of {name} that may be read, or leave the table out.", field="tables")
    return table


async def _try_table(
    connector: Connector, schema: Schema, tables: dict[str, TableGrant], table: Table, grant: TableGrant
) -> None:
    from connectors.sql import guard  # only here: a start does not wait for the SQL library

    policy = policy_of(tables, schema, connector.capabilities.default_schema)
    columns = grant.columns if grant.columns is not None else [column.name for column in table.columns]
    sql = table_select(table, columns, connector.capabilities.dialect, limit=1)
    try:
        safe = await asyncio.to_thread(guard.restrict, sql, connector.capabilities, policy)
        await connector.run(safe, TRIAL)
    except QueryRejected as error:
        raise Invalid(
            f"The filter or a mask of {table.full_name} cannot be used: {error}", field="tables"
        ) from None
