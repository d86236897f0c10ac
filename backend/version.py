"""Of this product and of what decides how a statement is read and run, as installed."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("datachat")
except PackageNotFoundError:
    VERSION = "0.1.0"


@cache
def versions() -> dict[str, str]:
    """For receipts: an answer that changes with one of these changed for that reason."""
    libraries = {name: version(name) for name in ("sqlglot", "langgraph", "duckdb")}
    return {"datachat": VERSION, "python": platform.python_version(), **libraries}
