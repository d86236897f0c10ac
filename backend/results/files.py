"""Rows of a result as a Parquet file. Functions block; the store calls them in threads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.base import JsonValue

if TYPE_CHECKING:
    import pyarrow as pa

GROUP_ROWS = 10_000
Row = Sequence[JsonValue]


def write(path: Path, names: Sequence[str], rows: Sequence[Row]) -> int:
    """Returns the size in bytes. A reader sees the whole file or none."""
    import pyarrow as pa
    from pyarrow import parquet

    fields, arrays = [], []
    for index, name in enumerate(names):
        field, array = _column(f"{index} {name}", [row[index] for row in rows])
        fields.append(field)
        arrays.append(array)
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    parquet.write_table(table, temporary, compression="zstd", row_group_size=GROUP_ROWS)
    temporary.replace(path)
    return path.stat().st_size


def _column(name: str, cells: list[JsonValue]) -> tuple[pa.Field, pa.Array]:
    """Typed where all cells agree, else each cell as JSON text."""
    import pyarrow as pa

    kinds = {type(cell) for cell in cells if cell is not None}
    choices: tuple[tuple[set[type], Any], ...] = (
        ({bool}, pa.bool_()),
        ({int}, pa.int64()),
        ({int, float}, pa.float64()),
        ({str}, pa.string()),
    )
    for allowed, kind in choices:
        if kinds <= allowed:
            return pa.field(name, kind), pa.array(cells, kind)
    texts = [None if cell is None else json.dumps(cell) for cell in cells]
    return pa.field(name, pa.string(), metadata={"encoding": "json"}), pa.array(texts, pa.string())


def read(path: Path, offset: int, limit: int) -> list[list[JsonValue]]:
    """A slice, without reading the groups before it."""
    from pyarrow import parquet

    rows: list[list[JsonValue]] = []
    with parquet.ParquetFile(path) as file:
        start = 0
        for group in range(file.num_row_groups):
            count = file.metadata.row_group(group).num_rows
            if start + count > offset and start < offset + limit:
                table = file.read_row_group(group)
                first = max(0, offset - start)
                rows += _rows(table.slice(first, offset + limit - start - first))
            start += count
    return rows


def read_sorted(
    path: Path, column: int, *, descending: bool, offset: int, limit: int
) -> list[list[JsonValue]]:
    """Numbers by value, text by its letters, nulls last either way; equal rows keep their order."""
    rows = read(path, 0, 2**62)
    present = [row for row in rows if row[column] is not None]
    missing = [row for row in rows if row[column] is None]
    present.sort(key=lambda row: _sort_key(row[column]), reverse=descending)
    return (present + missing)[offset : offset + limit]


def batches(path: Path) -> Iterator[list[list[JsonValue]]]:
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield _rows(file.read_row_group(group))


def _rows(table: pa.Table) -> list[list[JsonValue]]:
    columns: list[list[JsonValue]] = []
    for field, column in zip(table.schema, table.columns, strict=True):
        cells = column.to_pylist()
        if field.metadata and field.metadata.get(b"encoding") == b"json":
            cells = [None if cell is None else json.loads(cell) for cell in cells]
        columns.append(cells)
    return [list(row) for row in zip(*columns, strict=True)]


def _sort_key(cell: JsonValue) -> tuple[int, Any]:
    if isinstance(cell, bool):
        return (0, int(cell))
    if isinstance(cell, int | float):
        return (0, Decimal(repr(cell)))
    if isinstance(cell, str):
        try:
            number = Decimal(cell)
        except InvalidOperation:
            return (1, cell.casefold())
        return (0, number) if number.is_finite() else (1, cell.casefold())
    return (2, json.dumps(cell, sort_keys=True))
