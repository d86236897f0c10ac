"""`datachat guard`: the verdict on each statement of a stream, by the function that every execution passes."""

from __future__ import annotations

import argparse
import json
import sys
from time import perf_counter
from typing import TextIO

from connectors.base import Capabilities
from connectors.errors import QueryRejected
from connectors.sql.deciders import warm
from connectors.sql.dialects import DIALECTS
from connectors.sql.guard import admit
from connectors.sql.policy import ReadPolicy

DEFAULT_SCHEMAS = {"postgres": "public", "duckdb": "main", "sqlite": "main"}


def run(dialect: str, tables: list[str] | None, source: TextIO, sink: TextIO) -> int:
    """Read `{id, sql}` lines, write `{id, verdict, reason, ms}` lines as they are decided."""
    default = DEFAULT_SCHEMAS.get(dialect)
    capabilities = Capabilities(
        engine=dialect, dialect=dialect, read_only_enforced=False, can_cancel=False, can_explain=False,
        lists_read_tables=False, default_schema=default,
    )  # fmt: skip
    allowed = frozenset(name.strip().lower() for name in tables) if tables is not None else None
    policy = ReadPolicy(tables=allowed, default_schema=default)
    warm()
    for line in source:
        if not line.strip():
            continue
        item = json.loads(line)
        started = perf_counter()
        verdict, reason = "allow", ""
        try:
            admit(str(item["sql"]), capabilities, policy)
        except QueryRejected as refusal:
            verdict, reason = "refuse", f"{refusal.rule}: {refusal}"
        ms = round((perf_counter() - started) * 1000, 3)
        print(
            json.dumps({"id": item.get("id"), "verdict": verdict, "reason": reason, "ms": ms}),
            file=sink,
            flush=True,
        )
    return 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dialect", required=True, choices=DIALECTS)
    parser.add_argument(
        "--tables", help="comma-separated names that may be read; any but the catalogs when left out"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    arguments = parser.parse_args()
    tables = arguments.tables.split(",") if arguments.tables is not None else None
    return run(arguments.dialect, tables, sys.stdin, sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
