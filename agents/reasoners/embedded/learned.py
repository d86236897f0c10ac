"""Where the learned numbers come from: the weights that ship with the package, or others that an evaluation is to measure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parent / "weights"
_folder: ContextVar[Path] = ContextVar("weights", default=SHIPPED)


def folder() -> Path:
    """Holds `structure.json`, `rank.json` and, where follow-ups are asked, `dialogue.json`."""
    return _folder.get()


@contextmanager
def weights_from(other: Path) -> Iterator[None]:
    """Everything inside thinks with these weights, as models of folds that never saw a database do."""
    token = _folder.set(other)
    try:
        yield
    finally:
        _folder.reset(token)


def read(where: Path, name: str) -> dict[str, Any]:
    """The plain numbers of one model."""
    found: dict[str, Any] = json.loads((where / f"{name}.json").read_text(encoding="utf-8"))
    return found


def write(where: Path, name: str, plain: dict[str, Any]) -> None:
    """The same bytes for the same numbers."""
    where.mkdir(parents=True, exist_ok=True)
    (where / f"{name}.json").write_text(json.dumps(plain, separators=(",", ":")) + "\n", encoding="utf-8")
