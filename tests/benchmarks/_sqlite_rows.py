"""Rows of a statement, straight from SQLite: the benchmark's own judge, apart from the product's connectors."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

SECONDS = 5.0
MOST_ROWS = 100_000


def rows_of(path: Path, sql: str) -> list[tuple[object, ...]] | None:
    """None when the statement fails, takes longer than 5 s or gives too many rows."""
    connection = sqlite3.connect(f"file:{path.resolve()}?mode=ro", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    deadline = time.monotonic() + SECONDS
    connection.set_progress_handler(lambda: int(time.monotonic() > deadline), 5000)
    try:
        rows = connection.execute(sql).fetchmany(MOST_ROWS + 1)
    except (sqlite3.Error, sqlite3.Warning):
        return None
    finally:
        connection.close()
    return rows if len(rows) <= MOST_ROWS else None
