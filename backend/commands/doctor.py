"""`datachat doctor`: what this installation can do, line by line."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable
from pathlib import Path

from backend.auth.sealing import key_path
from backend.commands.common import open_services, settings_for
from backend.errors import AppError
from backend.settings import Settings, unknown_variables
from backend.site import site_folder
from connectors.errors import ConnectorError
from connectors.registry import ENGINES

LEAST_PYTHON = (3, 11)


def run(arguments: Namespace) -> int:
    return asyncio.run(_examine(settings_for(arguments)))


async def _examine(settings: Settings) -> int:
    checks: list[tuple[str, Callable[[], Awaitable[str]]]] = [
        ("python", _python),
        ("settings", _settings),
        ("data folder", lambda: asyncio.to_thread(_data_folder, settings)),
        ("metadata", lambda: _metadata(settings)),
        ("front end", _front_end),
        ("engines", _engines),
        ("language model", lambda: _model(settings)),
    ]
    failed = 0
    for name, check in checks:
        try:
            print(f"ok    {name}: {await check()}")
        except (AppError, ConnectorError, OSError) as error:
            failed += 1
            print(f"FAIL  {name}: {error}")
    return 1 if failed else 0


async def _python() -> str:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < LEAST_PYTHON:
        raise AppError(f"{version}; 3.11 or newer is needed.")
    return f"{version}, SQLite {sqlite3.sqlite_version}"


async def _settings() -> str:
    if unknown := unknown_variables():
        raise AppError(f"{', '.join(unknown)} mean nothing here. See the settings in the README.")
    return "every DATACHAT_ variable is known"


def _data_folder(settings: Settings) -> str:
    folder = Path(settings.data_dir).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise AppError(f"{folder} cannot be written.")
    key = key_path(settings.key_file)
    if key.exists() and key.stat().st_mode & 0o077:
        raise AppError(f"{key} can be read by others. Run: chmod 600 {key}")
    return str(folder)


async def _metadata(settings: Settings) -> str:
    from sqlalchemy.exc import SQLAlchemyError

    try:
        async with open_services(settings) as services:
            await services.database.answers()
            return services.database.url.get_backend_name()
    except SQLAlchemyError as error:
        raise AppError(f"The metadata database cannot be used ({type(error).__name__}).") from None


async def _front_end() -> str:
    if site_folder() is None:
        raise AppError("It is not built. Run: make setup")
    return "built"


async def _engines() -> str:
    return ", ".join(engine.title for engine in ENGINES.values())


async def _model(settings: Settings) -> str:
    from backend.models import LanguageModels

    status = await LanguageModels(settings.llm).status()
    model = status.providers[-1]
    if not model.healthy:
        raise AppError(f"{model.name} {model.model}: {model.detail}")
    return (
        "none; the built-in reasoner answers" if model.name == "embedded" else f"{model.name} {model.model}"
    )
