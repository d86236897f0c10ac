"""Runs in a child process: one read-only DuckDB file, locked down, one statement at a time."""

from __future__ import annotations

import json
from typing import Any

import duckdb

from connectors.limits import CELL_BYTES
from connectors.values import to_cells
from connectors.worker_child import bound_memory, serve

MEMORY_LIMIT = "1GB"
ADDRESS_SPACE = 3 << 30
"""DuckDB's own limit does not count what one scalar function allocates; this one does."""
SLICE_ROWS = 64
ANSWER_BYTES = 2_000_000
OPEN_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
}
LOCKED_SETTINGS = (
    f"SET memory_limit = '{MEMORY_LIMIT}'",
    "SET threads = 2",
    "SET temp_directory = ''",
    "SET max_expression_depth = 250",
    "SET enable_progress_bar = false",
    "SET allow_persistent_secrets = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class Engine:
    """The open file and the statement that is being read from it."""

    def __init__(self) -> None:
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._statement: duckdb.DuckDBPyConnection | None = None
        self._planner: duckdb.DuckDBPyConnection | None = None
        self._opened_with: list[tuple[Any, ...]] = []
        self._cell_bytes = CELL_BYTES

    def interrupt(self) -> None:
        for running in (self._statement, self._planner):
            if running is not None:
                running.interrupt()

    def handle(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self, f"do_{request['op']}")(request)
        except (duckdb.Error, MemoryError, RuntimeError) as error:
            return {"error": type(error).__name__, "message": str(error) or "out of memory"}
        return answer

    def do_open(self, request: dict[str, Any]) -> dict[str, Any]:
        self._connection = duckdb.connect(request["path"], read_only=True, config=OPEN_SETTINGS)
        self._planner = self._connection.cursor()
        self._planner.execute(
            "SET explain_output = 'all'"
        )  # of this cursor only, and not any more once locked
        for setting in LOCKED_SETTINGS:
            self._connection.execute(setting)
        self._opened_with = self._databases()
        found = self._connection.execute("SELECT current_database()").fetchone()
        return {"catalog": found[0] if found is not None else None}

    def do_execute(self, request: dict[str, Any]) -> dict[str, Any]:
        self._cell_bytes = request.get("cell_bytes", CELL_BYTES)
        cursor = self._fresh()
        cursor.execute(request["sql"], request.get("parameters"))
        return {"columns": [[entry[0], str(entry[1])] for entry in cursor.description or ()]}

    def do_fetch(self, request: dict[str, Any]) -> dict[str, Any]:
        """At most `rows` rows, fewer when they are large; none at the end."""
        assert self._statement is not None
        rows: list[list[Any]] = []
        size = 0
        while len(rows) < request["rows"] and size < ANSWER_BYTES:
            raw = self._statement.fetchmany(min(SLICE_ROWS, request["rows"] - len(rows)))
            if not raw:
                break
            for row in raw:
                cells, taken = to_cells(row, self._cell_bytes)
                rows.append(cells)
                size += taken
        return {"rows": rows}

    def do_tables(self, request: dict[str, Any]) -> dict[str, Any]:
        """Names as DuckDB spells them, from the plan before the optimizer leaves anything out."""
        assert self._planner is not None
        explained = self._planner.execute(f"EXPLAIN (FORMAT JSON) {request['sql']}").fetchall()
        plan = next((text for name, text in explained if name == "logical_plan"), "[]")
        return {"tables": sorted(_tables_in(json.loads(plan)))}

    def do_rest(self, request: dict[str, Any]) -> dict[str, Any]:
        """End the statement and say whether it left something that the next one could see: ATTACH is of the whole process."""
        self.do_end({})
        return {"clean": self._databases() == self._opened_with}

    def _databases(self) -> list[tuple[Any, ...]]:
        assert self._planner is not None
        return self._planner.execute("SELECT database_name FROM duckdb_databases() ORDER BY 1").fetchall()

    def do_end(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._statement is not None:
            self._statement.close()
            self._statement = None
        return {}

    def _fresh(self) -> duckdb.DuckDBPyConnection:
        assert self._connection is not None
        self.do_end({})
        self._statement = self._connection.cursor()
        return self._statement


def _tables_in(plan: list[dict[str, Any]]) -> set[str]:
    found: set[str] = set()
    waiting = list(plan)
    while waiting:
        node = waiting.pop()
        waiting.extend(node["children"])
        if "Table" in node.get("extra_info", {}):
            found.add(node["extra_info"]["Table"])
    return found


def main() -> None:
    bound_memory(ADDRESS_SPACE)
    engine = Engine()
    serve(engine.handle, engine.interrupt)


if __name__ == "__main__":
    main()
