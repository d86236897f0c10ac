"""What a start does not wait for: libraries that only questions need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NEEDED_BY_QUESTIONS = ("langgraph", "langchain_core", "sqlglot", "chromadb", "duckdb", "psycopg", "numpy")
NEEDED_ONCE = ("alembic", "taskiq", "snowballstemmer", "yaml", "pandas")

START = """
import asyncio, sys
from backend.app import create_app
from backend.services import Services
from backend.settings import Settings

Services.warm_up = lambda self: print(*sorted(name for name in sys.modules if "." not in name))

async def start() -> None:
    app = create_app(Settings(data_dir={folder!r}, key_file={key!r}, sample=False))
    async with app.router.lifespan_context(app):
        pass

asyncio.run(start())
asyncio.run(start())
"""


def test_a_later_start_imports_nothing_that_only_questions_need(tmp_path: Path) -> None:
    code = START.format(folder=str(tmp_path / "data"), key=str(tmp_path / "key"))
    _run(code)
    (_, later) = _run(code)
    imported = set(later.split())
    assert "fastapi" in imported
    assert not imported & {*NEEDED_BY_QUESTIONS, *NEEDED_ONCE}


def _run(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.splitlines()
