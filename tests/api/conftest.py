"""The real application on a small shop, with its metadata in SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from backend.settings import ServerSettings, Settings
from tests.agents.harness import make_shop
from tests.api.client import Client, running
from tests.servers import DatabaseServer

Start = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return make_shop(tmp_path / "shop.sqlite")


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both metadata databases: a test that asks for it runs twice."""
    if request.param == "sqlite":
        return ""
    server: DatabaseServer = request.getfixturevalue("postgres_server")
    return f"postgresql://{server.user}:{server.password}@{server.host}:{server.port}/{server.database()}"


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start the app, signed in as its owner; again with the same folder means a second start."""

    @asynccontextmanager
    async def begin(**changes: Any) -> AsyncIterator[Client]:
        settings = Settings.model_validate(
            {"data_dir": tmp_path / "data", "sample": False, "server": ServerSettings(port=8000), **changes}
        )
        async with running(settings) as client:
            yield client

    return begin


@pytest.fixture
async def client(start: Start) -> AsyncIterator[Client]:
    """On SQLite, with nothing in it but the owner and a project."""
    async with start() as client:
        yield client


@pytest.fixture
async def shop_client(start: Start, shop: Path, database_url: str) -> AsyncIterator[Client]:
    """On either metadata database, with the shop indexed."""
    async with start(database_url=database_url) as client:
        await client.add_shop(shop)
        yield client
