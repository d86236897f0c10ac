"""What a statement will read, foretold before anybody confirms it: rows, bytes and seconds, each to the nearest power of ten or so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agents.checks.base import Statement
from agents.checks.walk import nodes, queries
from agents.plan import Estimate
from connectors.base import Column, Table, TypeFamily
from connectors.sql.reading import Reading
from knowledge.base import ColumnKey, ColumnProfile

COLUMNAR = frozenset({"duckdb", "bigquery", "snowflake", "redshift", "clickhouse"})
"""Engines that read only the columns a statement names."""
ROWS_PER_SECOND: Mapping[str, float] = {"duckdb": 3e7, "bigquery": 1e8, "snowflake": 1e8}
"""Rows that an engine joins and adds up in a second on ordinary hardware."""
PLAIN_ROWS_PER_SECOND = 2e6
WIDTHS: Mapping[TypeFamily, float] = {TypeFamily.text: 20, TypeFamily.binary: 200, TypeFamily.json: 200}
"""Bytes of one value; 8 for everything else."""


def foretold(statement: Statement) -> Estimate:
    """The larger of what the engine says and what the sizes of the tables say; empty when neither is known."""
    engine = statement.estimate
    scans = list(_scans(statement))
    sizes = [rows for rows, _ in scans if rows is not None]
    known = [sum(sizes)] if sizes and len(sizes) == len(scans) else []
    known += [engine.rows] if engine is not None and engine.rows is not None else []
    read = sum(rows * width for rows, width in scans if rows is not None)
    size = max(read, engine.bytes or 0.0) if engine is not None else read
    if not known:
        return Estimate(bytes=size or None)
    rows, speed = max(known), ROWS_PER_SECOND.get(statement.dialect, PLAIN_ROWS_PER_SECOND)
    seconds = max(rows / speed, (engine.seconds or 0.0) if engine is not None else 0.0)
    return Estimate(rows=rows, bytes=size or None, seconds=round(seconds, 3))


def _scans(statement: Statement) -> Iterator[tuple[float | None, float]]:
    """(rows, bytes of one row) of every table as often as the statement names it; a table joined without keys multiplies."""
    if statement.reading is None:
        return
    for query in queries(statement.reading):
        used = _used(query)
        product = 1.0
        for source in query.sources:
            table = statement.schema.table(source.table) if source.table else None
            if table is None:
                continue
            rows = _rows(table, statement.profiles)
            loose = any(j.source is source and not j.keys and not j.lateral for j in query.joins)
            product = rows * product if loose and rows else max(product, rows or 1.0)
            columns = [
                c for c in table.columns if statement.dialect not in COLUMNAR or c.name.lower() in used
            ]
            width = sum(_width(table, c, statement.profiles) for c in columns)
            yield (product if loose and rows is not None else rows), width


def _used(query: Reading) -> frozenset[str]:
    return frozenset(
        node.name.lower() for node in nodes(query) if hasattr(node, "name") and hasattr(node, "table")
    )


def _rows(table: Table, profiles: Mapping[ColumnKey, ColumnProfile]) -> float | None:
    found = (profiles.get((table.full_name, column.name)) for column in table.columns)
    counted = [profile.rows for profile in found if profile is not None and profile.rows is not None]
    return max(counted) if counted else table.row_estimate


def _width(table: Table, column: Column, profiles: Mapping[ColumnKey, ColumnProfile]) -> float:
    profile = profiles.get((table.full_name, column.name))
    if profile is not None and profile.mean_length is not None:
        return profile.mean_length
    return WIDTHS.get(column.family, 8.0)
