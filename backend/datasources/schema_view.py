"""The schema of a source as its page shows it, and the first rows of a table."""

from __future__ import annotations

import asyncio

from backend.datasources.library import BeingIndexed, Library
from backend.datasources.models import DatasourceRow
from backend.datasources.schemas import ColumnView, KeyView, SchemaView, TablePreview, TableView
from backend.datasources.select import table_select
from backend.errors import NotFound
from connectors.base import Column, Limits, Table
from connectors.errors import QueryRejected
from knowledge.base import SourceKnowledge

PREVIEW_SECONDS = 10.0


async def read(library: Library, row: DatasourceRow, reader_id: str) -> SchemaView:
    """As the reader may see it: tables, columns, figures and values that are not theirs are left out.

    Of a source that is being indexed for the first time there is none yet, which is no error.
    """
    try:
        knowledge = await library.knowledge(row, await library.access(row, reader_id))
    except BeingIndexed:
        return SchemaView(fingerprint="", tables=[])
    return SchemaView(
        fingerprint=knowledge.fingerprint,
        tables=[_table(knowledge, table) for table in knowledge.schema.tables],
    )


def _table(knowledge: SourceKnowledge, table: Table) -> TableView:
    return TableView(
        name=table.full_name,
        is_view=table.is_view,
        comment=table.comment,
        description=knowledge.descriptions.get(table.full_name, ""),
        rows=table.row_estimate,
        columns=[_column(knowledge, table, column) for column in table.columns],
        keys=[
            KeyView(
                columns=list(edge.left_columns),
                ref_table=edge.right_table,
                ref_columns=list(edge.right_columns),
                declared=edge.declared,
            )
            for edge in knowledge.joins.edges
            if edge.left_table == table.full_name
        ],
    )


def _column(knowledge: SourceKnowledge, table: Table, column: Column) -> ColumnView:
    profile = knowledge.profiles.get((table.full_name, column.name))
    return ColumnView.model_validate(
        {
            "name": column.name,
            "type": column.type,
            "family": column.family.value,
            "kind": profile.kind.value if profile else "other",
            "nullable": column.nullable,
            "primary_key": column.primary_key,
            "comment": column.comment,
            "description": knowledge.descriptions.get(f"{table.full_name}.{column.name}", ""),
            "rows": profile.rows if profile else None,
            "distinct": profile.distinct if profile else None,
            "nulls": profile.nulls if profile else None,
            "min": profile.min if profile else None,
            "max": profile.max if profile else None,
            "top_values": list(profile.top_values) if profile else [],
            "personal": profile.personal if profile else False,
        }
    )


async def preview(
    library: Library, row: DatasourceRow, reader_id: str, table_name: str, limit: int
) -> TablePreview:
    """Through the guard, like every statement, and with the reader's own filters and masks."""
    source = await library.open(row, reader_id)
    table = source.knowledge.schema.table(table_name)
    if table is None:
        raise NotFound("There is no such table in the index of this source.", field="table")
    columns = [column.name for column in table.columns]
    sql = table_select(table, columns, source.capabilities.dialect, limit)
    safe = await asyncio.to_thread(source.admit, sql)
    try:
        result = await source.connector.run(
            safe, Limits(rows=limit, seconds=PREVIEW_SECONDS, cell_bytes=2_000)
        )
    except QueryRejected as error:
        raise source.discreet(error, sql, safe) from None
    return TablePreview(columns=columns, rows=[list(cells) for cells in result.rows])
