"""Excel workbooks into DuckDB tables: one for each sheet that holds data."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa

from connectors.landing_text import check_width

MAX_ENTRIES = 1_000
MAX_UNPACKED_BYTES = 500_000_000
MAX_RATIO = 100
HEADER_SEARCH_ROWS = 20
Row = tuple[Any, ...]


def load(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> dict[str, dict[str, Any]]:
    """Raises `ValueError` when the file is no workbook, is a bomb, or holds no data."""
    _check_archive(path)
    workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        sheets = {sheet.title: _table(sheet.iter_rows(values_only=True)) for sheet in workbook.worksheets}
    finally:
        workbook.close()
    filled = {title: table for title, table in sheets.items() if table is not None}
    if not filled:
        raise ValueError("The workbook holds no data.")
    reports: dict[str, dict[str, Any]] = {}
    for title, (table, errors) in filled.items():
        sheet_name = re.sub(r"\W+", "_", title).strip("_").lower()
        target = name if len(filled) == 1 else f"{name}_{sheet_name or len(reports) + 1}"
        while target in reports:
            target += "_2"
        quoted = '"' + target + '"'
        connection.register("sheet", table)
        connection.execute(f"CREATE TABLE {quoted} AS SELECT * FROM sheet")  # noqa: S608 - made of letters, digits and _
        connection.unregister("sheet")
        noted = [f"{errors} cells hold a formula error and were left empty"] if errors else []
        reports[target] = {"rejected_lines": 0, "problems": noted}
    return reports


def _check_archive(path: Path) -> None:
    """A small file may unpack to a huge one."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        raise ValueError("It is not an Excel workbook (.xlsx), or it is damaged.") from error
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES:
        raise ValueError("The workbook is too large.")
    if unpacked > 10_000_000 and unpacked / packed > MAX_RATIO:
        raise ValueError("The workbook unpacks to suspiciously much.")


def _table(rows: Any) -> tuple[pa.Table, int] | None:
    """The sheet's data and how many formula errors were in it; None when it is empty."""
    source = _filled(rows)
    first = list(islice(source, HEADER_SEARCH_ROWS))
    header_at = _header_row(first)
    if header_at is None:
        return None
    body = [row for row in chain(first[header_at:], source) if row]
    width = max(map(len, body))
    has_names = all(isinstance(cell, str) or cell is None for cell in body[0]) and len(body) > 1
    names = _names(body[0][:width] if has_names else (), width)
    data = body[1:] if has_names else body
    errors = 0
    columns: list[pa.Array] = []
    for place in range(width):
        values = [row[place] if place < len(row) else None for row in data]
        clean = [None if isinstance(v, str) and v in _ERRORS else v for v in values]
        errors += sum(v is not None for v in values) - sum(v is not None for v in clean)
        columns.append(_array(clean))
    return pa.table(columns, names=names), errors


def _filled(rows: Iterable[Row]) -> Iterator[Row]:
    """Up to the last cell of each that holds something: a sheet may be formatted to its sixteen-thousandth column."""
    for row in rows:
        empty = next((place for place, cell in enumerate(reversed(row)) if cell is not None), len(row))
        check_width(len(row) - empty)
        yield row[: len(row) - empty]


_ERRORS = frozenset({"#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"})


def _header_row(rows: Sequence[Row]) -> int | None:
    """The first row about as wide as the sheet: titles above a table are narrower."""
    filled = [sum(cell is not None for cell in row) for row in rows]
    if not any(filled):
        return None
    return next(i for i, count in enumerate(filled) if count * 2 >= max(filled))


def _names(header: Row, width: int) -> list[str]:
    names: dict[str, str] = {}
    for place in range(width):
        cell = header[place] if place < len(header) else None
        base = str(cell).strip() if cell is not None and str(cell).strip() else f"column_{place + 1}"
        name, number = base, 2
        while name.lower() in names:
            name, number = f"{base}_{number}", number + 1
        names[name.lower()] = name
    return list(names.values())


def _array(values: list[Any]) -> pa.Array:
    """Excel types cells, not columns: one kind of value makes a typed column, a mixture makes text."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.array(values, pa.string())
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds == {int} and all(value is None or abs(value) < 2**63 for value in values):
        return pa.array(values, pa.int64())
    if kinds <= {int, float}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    if kinds <= {dt.datetime, dt.date}:
        moments = [_moment(value) for value in values]
        if all(value is None or value.time() == dt.time() for value in moments):
            return pa.array([None if v is None else v.date() for v in moments], pa.date32())
        return pa.array(moments, pa.timestamp("us"))
    if kinds == {dt.time}:
        return pa.array(values, pa.time64("us"))
    return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _moment(value: dt.date | None) -> dt.datetime | None:
    if value is None or isinstance(value, dt.datetime):
        return value
    return dt.datetime.combine(value, dt.time())


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)
