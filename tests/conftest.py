"""Fixtures shared by every floor: real servers, started once for a run and only when asked for."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest

from tests import servers

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: the loop that Playwright keeps running lets no other start in its process."""
    items.sort(key=lambda item: item.get_closest_marker("e2e") is not None)


@pytest.fixture(scope="session", autouse=True)
def own_key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Servers of the tests leave the key of whoever runs them alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATACHAT_KEY_FILE", str(tmp_path_factory.mktemp("key") / "secret.key"))
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.DatabaseServer]:
    with servers.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[servers.DatabaseServer]:
    with servers.mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    with servers.redis_at() as url:
        yield url
