"""Runs in a child process: loads data files into a new DuckDB file and reports what it could not read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb

from connectors import landing_csv, landing_excel
from connectors.landing_text import check_width
from connectors.values import to_json
from connectors.worker_child import bound_memory, serve

ADDRESS_SPACE = 6 << 30
PREVIEW_ROWS = 20
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "1GB",
    "threads": "2",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
}
TOTAL = re.compile(
    r"(grand |sub)?totals?|sums?|overall|gesamt|summe|insgesamt|total général|totale", re.IGNORECASE
)
READERS = {
    ".parquet": "read_parquet",
    ".json": "read_json_auto",
    ".jsonl": "read_json_auto",
    ".ndjson": "read_json_auto",
}


def handle(request: dict[str, Any]) -> dict[str, Any]:
    """`files` are [path, table name]; `target` is the database to write."""
    try:
        with duckdb.connect(request["target"], config=SETTINGS) as connection:
            connection.execute("SET enable_progress_bar = false")
            tables = [
                table for path, name in request["files"] for table in _land(connection, Path(path), name)
            ]
            connection.execute("CHECKPOINT")
    except (duckdb.Error, MemoryError, OSError) as error:
        return {"error": type(error).__name__, "message": first_line(error)}
    return {"tables": tables}


def _land(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> list[dict[str, Any]]:
    try:
        loaded = _load(connection, path, name)
        return [
            {
                "file": path.name,
                **_described(connection, table),
                **report,
                "problems": report["problems"] + _total(connection, table),
            }
            for table, report in loaded.items()
        ]
    except (duckdb.Error, MemoryError, OSError, ValueError) as error:
        problem = first_line(error).replace(str(path), path.name)
    except Exception:  # noqa: BLE001 - readers of foreign files raise anything, and the other files are to be loaded
        problem = "The file is damaged, or made in a way that cannot be read."
    return [{"name": "", "file": path.name, "rows": 0, "columns": [], "rejected_lines": 0, "problems": [problem], "preview": []}]  # fmt: skip


def _total(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """A last row that adds up the others is data to everybody who sums the column."""
    described = connection.execute(f"DESCRIBE {quoted(table)}").fetchall()
    if not described or described[0][1] != "VARCHAR" or len(described) < 2:
        return []
    found = connection.execute(
        f"SELECT {quoted(described[0][0])} FROM {quoted(table)} ORDER BY rowid DESC LIMIT 1"  # noqa: S608 - quoted names
    ).fetchone()
    if found is None or found[0] is None or not TOTAL.fullmatch(str(found[0]).strip()):
        return []
    return [f"the last row ({found[0]}) looks like the sum of the others; sums over the table count it again"]


def _load(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> dict[str, dict[str, Any]]:
    """Table name → what was wrong with some of its lines."""
    if path.is_dir():
        return {name: _load_folder(connection, path, name)}
    suffix = path.suffix.lower()
    if path.stat().st_size == 0:
        raise ValueError("The file is empty.")
    if suffix in (".csv", ".tsv"):
        return {name: landing_csv.load(connection, path, name)}
    if suffix == ".xlsx":
        return landing_excel.load(connection, path, name)
    connection.execute(
        f"CREATE TABLE {quoted(name)} AS SELECT * FROM {READERS[suffix]}(?)",  # noqa: S608 - a constant and a quoted name
        [str(path)],
    )
    return {name: {"rejected_lines": 0, "problems": []}}


def _load_folder(connection: duckdb.DuckDBPyConnection, folder: Path, name: str) -> dict[str, Any]:
    """Parquet files of the same columns as one table; `year=2024` in a path is a column too."""
    files = [str(path) for path in sorted(folder.rglob("*.parquet"))]
    connection.execute(
        f"CREATE TABLE {quoted(name)} AS SELECT * FROM read_parquet(?, hive_partitioning = true)",  # noqa: S608 - quoted name
        [files],
    )
    return {"rejected_lines": 0, "problems": []}


def _described(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    described = connection.execute(f"DESCRIBE {quoted(table)}").fetchall()
    check_width(len(described))
    counted = connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()  # noqa: S608 - quoted name
    preview = connection.execute(f"SELECT * FROM {quoted(table)} LIMIT {PREVIEW_ROWS}").fetchall()  # noqa: S608 - quoted name
    return {
        "name": table,
        "rows": counted[0] if counted else 0,
        "columns": [[column[0], column[1]] for column in described],
        "preview": [[to_json(cell, 500) for cell in row] for row in preview],
    }


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def first_line(error: BaseException) -> str:
    """What a person needs of an engine's message: without its class and its advice to programmers."""
    line = next((part for part in str(error).splitlines() if part.strip()), "out of memory")
    head, colon, rest = line.partition(" Error: ")
    return rest if colon and len(head) < 30 else line


if __name__ == "__main__":
    bound_memory(ADDRESS_SPACE)
    serve(handle, lambda: None)
