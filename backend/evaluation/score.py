"""Runs gold and predicted statements on the database file and judges whether they give the same answer."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from agents.same_result import is_ordered, same_result

SECONDS = 5.0
MOST_ROWS = 100_000
_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_FAILURES = (sqlite3.Error, sqlite3.Warning, ValueError, RuntimeError)


class Scorer:
    """Keeps the gold results of one database."""

    def __init__(self, path: Path) -> None:
        self._uri = f"file:{quote(str(path.resolve()))}?mode=ro"
        self._gold: dict[str, list[tuple[Any, ...]] | str] = {}

    def judge(self, gold: str, pred: str) -> tuple[str, str]:
        """right, wrong, pred_error, none (nothing predicted) or gold_error, and why."""
        if gold not in self._gold:
            try:
                self._gold[gold] = self._rows(gold)
            except _FAILURES as error:
                self._gold[gold] = f"gold: {error}"
        wanted = self._gold[gold]
        if isinstance(wanted, str):
            return "gold_error", wanted
        if not pred:
            return "none", ""
        try:
            rows = self._rows(pred)
        except _FAILURES as error:
            return "pred_error", str(error)
        if same_result(wanted, rows, is_ordered(gold)):
            return "right", ""
        return "wrong", f"gold {len(wanted)} rows, pred {len(rows)} rows"

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self._uri, uri=True)
        try:
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            connection.set_authorizer(
                lambda action, *_: sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY
            )
            end = time.monotonic() + SECONDS
            connection.set_progress_handler(lambda: int(time.monotonic() > end), 5_000)
            rows = connection.execute(sql).fetchmany(MOST_ROWS + 1)
            if len(rows) > MOST_ROWS:
                raise RuntimeError(f"more than {MOST_ROWS} rows")
            return rows
        finally:
            connection.close()
