"""A plain SELECT over one table of an index, for previews and for trying what a reader would see."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.base import Table


def table_select(table: Table, columns: Iterable[str], dialect: str, limit: int) -> str:
    """Columns are named, because a reader may not be allowed all of them."""
    import sqlglot  # only here: a start does not wait for it
    from sqlglot import exp

    source = exp.Table(
        this=exp.to_identifier(table.name, quoted=True),
        db=exp.to_identifier(table.schema, quoted=True) if table.schema else None,
    )
    named = [exp.column(exp.to_identifier(column, quoted=True)) for column in columns]
    return sqlglot.select(*named).from_(source).limit(limit).sql(dialect=dialect)
