"""What stands behind the guard: the engines' own locks, our limits, and an account that may only read.

Every hostile statement of the corpus is sent past the guard. Some are refused by the engine, some run
out of their time, some answer with rows; what counts is that nothing and nobody else is touched.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector, Limits
from connectors.errors import ConnectorError, QueryRejected
from connectors.registry import open_connector
from connectors.sql.guard import admit
from connectors.sql.policy import EVERYTHING
from tests.connectors.access import resident
from tests.connectors.fleet import Fleet, fleet_of, reading_account
from tests.connectors.harness import safe
from tests.connectors.sql.corpus_schema import DIALECTS, corpus

OPEN_TABLES = ("ships", "crew", "voyages", "port calls", "busy_ships")
TIGHT = Limits(rows=200, bytes=200_000, seconds=0.25, cell_bytes=10_000)
GRACE_SECONDS = 8.0
"""How much longer than its limit a statement may hold us, on a busy machine: interrupting, killing, signing in again."""
AT_ONCE = {"duckdb": 2}
MEMORY = 200_000_000
SECRET = "marker-5512"


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_nothing_hostile_succeeds_past_the_guard(
    dialect: str, tmp_path: Path, drop: Path, request: pytest.FixtureRequest
) -> None:
    async with fleet_of(dialect, tmp_path, request) as fleet:
        reader = await open_connector(fleet.dialect, reading_account(fleet, OPEN_TABLES))
        bystander = await open_connector(fleet.dialect, fleet.config | {fleet.place_setting: fleet.bystander})
        before, settings = fleet.snapshot(), _server_state(fleet)
        files, memory = set(_files(tmp_path)), resident()
        shown, slow = await _attack(reader, dialect, drop)
        assert slow == []
        assert fleet.snapshot() == before
        assert _server_state(fleet) == settings
        assert set(_files(tmp_path)) == files and list(_files(drop)) == []
        assert resident() - memory < MEMORY
        assert dialect == "duckdb" or shown == [], (
            "DuckDB has no accounts: there the guard alone hides tables"
        )
        for source in (bystander, reader):
            ships = safe("SELECT count(*) FROM ships", dialect, frozenset({"ships"}))
            assert (await source.run(ships, Limits())).rows == [[3]]
            await source.close()


async def _attack(reader: Connector, dialect: str, drop: Path) -> tuple[list[str], list[str]]:
    """Statements that showed the secret, and statements that were not stopped in time."""
    shown: list[str] = []
    slow: list[str] = []
    turns = asyncio.Semaphore(AT_ONCE.get(dialect, 4))

    async def one(sql: str) -> None:
        async with turns:
            started = time.monotonic()
            statement = safe(sql.replace("/tmp", str(drop)), dialect, frozenset(OPEN_TABLES))
            try:
                result = await reader.run(statement, TIGHT)
                assert len(result.rows) <= TIGHT.rows
                if SECRET in str(result.rows):
                    shown.append(sql)
            except (ConnectorError, UnicodeEncodeError):
                pass
            if time.monotonic() - started > TIGHT.seconds + GRACE_SECONDS:
                slow.append(sql)

    await asyncio.gather(*(one(item["sql"]) for item in corpus("hostile", dialect)))
    return shown, slow


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_with_the_guard_an_all_powerful_account_changes_nothing(
    dialect: str, tmp_path: Path, drop: Path, request: pytest.FixtureRequest
) -> None:
    """The whole way of a statement: guard, connector, engine; superuser, root, or the file's owner."""
    async with fleet_of(dialect, tmp_path, request) as fleet:
        before, settings, files = fleet.snapshot(), _server_state(fleet), set(_files(tmp_path))
        admitted = []
        for name in ("hostile", "ordinary"):
            for item in corpus(name, dialect):
                sql = item["sql"].replace("/tmp", str(drop))
                with contextlib.suppress(QueryRejected):
                    admitted.append(admit(sql, fleet.source.capabilities, EVERYTHING))
        await asyncio.gather(*(fleet.source.run(statement, Limits(rows=1_000)) for statement in admitted))
        assert len(admitted) == len(corpus("ordinary", dialect))
        assert fleet.snapshot() == before
        assert _server_state(fleet) == settings
        assert set(_files(tmp_path)) == files and list(_files(drop)) == []


def _server_state(fleet: Fleet) -> list[Any]:
    """What a statement could have changed for everybody: settings, databases, accounts, large objects, held locks."""
    asked = {
        "postgres": (
            "SELECT name, setting FROM pg_settings WHERE name NOT LIKE 'transaction%' ORDER BY name",
            "SELECT datname FROM pg_database ORDER BY 1",
            "SELECT rolname FROM pg_roles WHERE rolname NOT LIKE 'reader%' ORDER BY 1",
            "SELECT count(*) FROM pg_largeobject_metadata",
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
        ),
        "mysql": (
            "SHOW GLOBAL VARIABLES WHERE variable_name NOT LIKE 'gtid%'",
            "SHOW DATABASES",
            "SELECT user FROM mysql.user WHERE user NOT LIKE 'reader%' ORDER BY 1",
            "SELECT count(*) FROM information_schema.routines",
        ),
    }
    return [fleet.outside(fleet.database, sql) for sql in asked.get(fleet.dialect, ())]


def _files(folder: Path) -> Iterator[Path]:
    return folder.rglob("*")
