"""Every engine with the same little library in it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from connectors.base import Connector
from connectors.registry import open_connector
from tests.connectors import harness
from tests.connectors.harness import Harness

ENGINES = ("sqlite", "duckdb", "files", "postgres", "mariadb")


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Landed files of the tests go to a folder of the tests."""
    patch = pytest.MonkeyPatch()
    patch.setenv("DATACHAT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Harness:
    folder = tmp_path_factory.mktemp(request.param)
    makers: dict[str, Callable[[Path], Harness]] = {
        "sqlite": harness.sqlite_harness,
        "duckdb": harness.duckdb_harness,
        "files": harness.files_harness,
        "postgres": lambda _: harness.postgres_harness(request.getfixturevalue("postgres_server")),
        "mariadb": lambda _: harness.mariadb_harness(request.getfixturevalue("mariadb_server")),
    }
    return makers[request.param](folder)


@pytest.fixture(scope="session")
async def source(engine: Harness) -> AsyncIterator[Connector]:
    connector = await open_connector(engine.engine, engine.config)
    yield connector
    await connector.close()


@pytest.fixture
def drop() -> Iterator[Path]:
    """A folder that everybody may write to, in place of the one the statements name."""
    with tempfile.TemporaryDirectory(prefix="drop-") as name:
        Path(name).chmod(0o777)
        yield Path(name)
