"""The schema of a source as its page shows it, and the first rows of a table."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from backend.datasources.library import Library
from backend.datasources.models import DatasourceRow
from backend.datasources.schemas import ColumnView, KeyView, SchemaView, TablePreview, TableView
from backend.errors import NotFound
from connectors.base import Column, Limits, Table
from connectors.sql import guard

if TYPE_CHECKING:
    from knowledge.source_knowledge import PreparedSource

PREVIEW_SECONDS = 10.0


def build(prepared: PreparedSource) -> SchemaView:
    index = prepared.index
    return SchemaView(
        fingerprint=index.fingerprint,
        tables=[_table(prepared, table) for table in index.schema.tables],
    )


def _table(prepared: PreparedSource, table: Table) -> TableView:
    keys = [edge for edge in prepared.index.edges if edge.left_table == table.full_name]
    return TableView(
        name=table.full_name,
        is_view=table.is_view,
        comment=table.comment,
        description=prepared.descriptions.get(table.full_name, ""),
        rows=table.row_estimate,
        columns=[_column(prepared, table, column) for column in table.columns],
        keys=[
            KeyView(
                columns=list(edge.left_columns),
                ref_table=edge.right_table,
                ref_columns=list(edge.right_columns),
                declared=edge.declared,
            )
            for edge in keys
        ],
    )


def _column(prepared: PreparedSource, table: Table, column: Column) -> ColumnView:
    profile = prepared.index.profiles.get((table.full_name, column.name))
    return ColumnView.model_validate(
        {
            "name": column.name,
            "type": column.type,
            "family": column.family.value,
            "kind": profile.kind.value if profile else "other",
            "nullable": column.nullable,
            "primary_key": column.primary_key,
            "comment": column.comment,
            "description": prepared.descriptions.get(f"{table.full_name}.{column.name}", ""),
            "rows": profile.rows if profile else None,
            "distinct": profile.distinct if profile else None,
            "nulls": profile.nulls if profile else None,
            "min": profile.min if profile else None,
            "max": profile.max if profile else None,
            "top_values": list(profile.top_values) if profile else [],
            "personal": profile.personal if profile else False,
        }
    )


async def preview(library: Library, row: DatasourceRow, table_name: str, limit: int) -> TablePreview:
    """Through the guard, like every statement."""
    schema = (await library.prepared(row)).index.schema
    table = schema.table(table_name)
    if table is None:
        raise NotFound("There is no such table in the index of this source.", field="table")
    connector = await library.connector(row)
    dialect = connector.capabilities.dialect
    columns = [exp.column(exp.to_identifier(column.name, quoted=True)) for column in table.columns]
    source = exp.Table(
        this=exp.to_identifier(table.name, quoted=True),
        db=exp.to_identifier(table.schema, quoted=True) if table.schema else None,
    )
    sql = sqlglot.select(*columns).from_(source).limit(limit).sql(dialect=dialect)
    policy = await library.policy(row)
    safe = await asyncio.to_thread(guard.admit, sql, connector.capabilities, policy)
    result = await connector.run(safe, Limits(rows=limit, seconds=PREVIEW_SECONDS, cell_bytes=2_000))
    return TablePreview(columns=[c.name for c in result.columns], rows=[list(cells) for cells in result.rows])
