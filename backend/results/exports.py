"""A stored result as a file to take away. Functions block; call them in threads."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from backend.results import files
from connectors.base import JsonValue

Format = Literal["csv", "xlsx", "parquet"]
MEDIA: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
XLSX_ROWS = 1_048_576
XLSX_CELL = 32_767
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""The wide signs count in Excel as well."""


def cell_text(cell: JsonValue) -> str:
    """For CSV. Text that a spreadsheet would take for a formula is quoted with an apostrophe."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return str(cell)
    text = cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)
    return neutral(text)


def neutral(text: str) -> str:
    if text.lstrip(" ").startswith(_FORMULA) and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.strip() == text


def csv_lines(path: Path, names: list[str]) -> Iterator[bytes]:
    """With a byte order mark, because Excel takes UTF-8 for something else without it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([neutral(name) for name in names])
    yield b"\xef\xbb\xbf" + buffer.getvalue().encode()
    for rows in files.batches(path):
        buffer.seek(0)
        buffer.truncate()
        writer.writerows([cell_text(cell) for cell in row] for row in rows)
        yield buffer.getvalue().encode()


def xlsx_file(path: Path, names: list[str], about: dict[str, str]) -> Path:
    """Written to a temporary file in constant memory; a second sheet says where the rows come from."""
    import xlsxwriter

    with tempfile.NamedTemporaryFile(suffix=".xlsx", delete=False) as target:
        pass
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(target.name, options) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("Result")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, names, bold)
        number = 1
        for rows in files.batches(path):
            for row in rows[: XLSX_ROWS - number]:
                for column, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(number, column, _xlsx_cell(cell))
                number += 1
        source = book.add_worksheet("About")
        source.set_column(0, 0, 16)
        source.set_column(1, 1, 100)
        for line, (title, text) in enumerate(about.items()):
            source.write_string(line, 0, title, bold)
            source.write_string(line, 1, text[:XLSX_CELL])
    return Path(target.name)


def _xlsx_cell(cell: JsonValue) -> bool | int | float | str:
    if isinstance(cell, bool | int | float):
        return cell
    text = cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)
    return text[:XLSX_CELL]


def parquet_file(path: Path, names: list[str]) -> Path:
    """The stored file under the columns' own names, made distinct where two are the same."""
    from pyarrow import parquet

    with tempfile.NamedTemporaryFile(suffix=".parquet", delete=False) as target:
        pass
    table = parquet.read_table(path)
    parquet.write_table(table.rename_columns(distinct(names)), target.name, compression="zstd")
    return Path(target.name)


def distinct(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    fresh = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        fresh.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return fresh
