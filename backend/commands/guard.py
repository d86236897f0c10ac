"""`datachat guard`: the verdict on each statement of a stream, by the function that every execution passes."""

from __future__ import annotations

import argparse
import json
import sys
from time import perf_counter
from typing import TextIO

from connectors.base import Capabilities
from connectors.errors import QueryRejected
from connectors.sql.admission.deciders import warm
from connectors.sql.guard import admit
from connectors.sql.policy import ReadPolicy

DEFAULT_SCHEMAS = {"postgres": "public", "duckdb": "main", "sqlite": "main"}
"""Elsewhere the database of the connection is the default one, and the command has no connection."""


def run(arguments: argparse.Namespace) -> int:
    """The command: standard input to standard output, in UTF-8 whatever the terminal's locale."""
    tables = [name for name in arguments.tables.split(",") if name.strip()] or None
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    return judge(arguments.dialect, tables, sys.stdin, sys.stdout)


def judge(dialect: str, tables: list[str] | None, source: TextIO, sink: TextIO) -> int:
    """Read `{id, sql}` lines, write `{id, verdict, reason, ms}` lines as they are decided."""
    default = DEFAULT_SCHEMAS.get(dialect)
    capabilities = Capabilities(
        engine=dialect, dialect=dialect, read_only_enforced=False, can_cancel=False, can_explain=False,
        lists_read_tables=False, default_schema=default,
    )  # fmt: skip
    allowed = frozenset(name.strip().lower() for name in tables) if tables is not None else None
    policy = ReadPolicy(tables=allowed, default_schema=default, any_schema=default is None)
    warm()
    for line in source:
        if line.strip():
            print(json.dumps(_verdict(line, capabilities, policy)), file=sink, flush=True)
    return 0


def _verdict(line: str, capabilities: Capabilities, policy: ReadPolicy) -> dict[str, object]:
    started = perf_counter()
    item: object = None
    verdict, reason = "allow", ""
    try:
        item = json.loads(line)
        if not isinstance(item, dict) or not isinstance(item.get("sql"), str):
            raise ValueError("expected an object with the text `sql`")
        admit(item["sql"], capabilities, policy)
    except QueryRejected as refusal:
        verdict, reason = "refuse", f"{refusal.rule}: {refusal}"
    except (ValueError, RecursionError) as error:
        verdict, reason = "refuse", f"line: not a statement ({error})"
    ms = round((perf_counter() - started) * 1000, 3)
    return {
        "id": item.get("id") if isinstance(item, dict) else None,
        "verdict": verdict,
        "reason": reason,
        "ms": ms,
    }
