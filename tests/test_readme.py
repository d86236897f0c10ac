"""What the README says is so: its settings, its files and its commands exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, SecretStr

from backend.cli import COMMANDS
from backend.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def settings(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    """Every setting's variable and its default as the table writes it."""
    for name, field in model.model_fields.items():
        kind, default = field.annotation, field.default
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from settings(kind, f"{prefix}{name.upper()}__")
            continue
        value = default.get_secret_value() if isinstance(default, SecretStr) else default
        yield f"{prefix}{name.upper()}", f"`{value}`" if value not in ("", ()) else "empty"


def test_settings_table_is_complete_and_true() -> None:
    documented = dict(re.findall(r"^\| `(DATACHAT_\w+)` \| ([^|]+) \| \S", README, re.MULTILINE))
    assert documented == dict(settings(Settings, PREFIX))


def test_files_it_names_exist() -> None:
    named = re.findall(r"`((?:backend|agents|knowledge|connectors|frontend|tests)/[\w./-]*)`", README)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert [name for name in pictures if not (ROOT / name).exists()] == []


def test_commands_it_names_exist() -> None:
    used = set(re.findall(r"datachat (\w+)", README))
    assert used - {"cd"} <= set(COMMANDS)
    targets = set(re.findall(r"^make (\w+)", README, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert all(f"\n{target}:" in makefile for target in targets)
