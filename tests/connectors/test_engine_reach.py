"""Past the guard, class by class: files, network, settings, locks, sleep, size and memory, each seen from outside."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector, Limits, QueryResult
from connectors.errors import ConnectorError, QueryRejected, QueryTimedOut
from connectors.registry import open_connector
from tests.connectors import attacks
from tests.connectors.access import resident
from tests.connectors.fleet import Fleet, fleet_of, reading_account
from tests.connectors.harness import safe
from tests.connectors.sql.corpus_schema import DIALECTS

CANARY = "canary-20417"
MOST_GROWTH = 150_000_000
TABLES = frozenset({"ships", "crew", "voyages", "port calls", "busy_ships"})


@dataclass
class Reach:
    """A reader past the guard, and what stands around it."""

    fleet: Fleet
    reader: Connector

    @property
    def dialect(self) -> str:
        return self.fleet.dialect

    async def send(self, sql: str, limits: Limits | None = None) -> QueryResult | None:
        """None when it was refused or stopped."""
        with suppress(ConnectorError):
            return await self.reader.run(safe(sql, self.dialect, TABLES), limits or Limits(seconds=2))
        return None


@pytest.fixture(scope="module", params=DIALECTS)
async def past(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Reach]:
    async with fleet_of(request.param, tmp_path_factory.mktemp("fleet"), request) as fleet:
        reader = await open_connector(request.param, reading_account(fleet, TABLES))
        yield Reach(fleet, reader)
        await reader.close()


async def test_no_file_is_read_or_written(past: Reach, drop: Path) -> None:
    canary = drop / "canary.csv"
    canary.write_text(f"a\n{CANARY}\n")
    canary.chmod(0o666)
    shown = []
    for sql in attacks.FILES[past.dialect]:
        result = await past.send(sql.format(file=canary, folder=drop))
        if result is not None and (CANARY in str(result.rows) or canary.name in str(result.rows)):
            shown.append(sql)
    assert shown == []
    assert list(drop.iterdir()) == [canary] and CANARY in canary.read_text()


async def test_nothing_is_called_over_the_network(past: Reach) -> None:
    called: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    connection, address = listener.accept()
                    called.append(address)
                    connection.close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        for sql in attacks.NETWORK[past.dialect]:
            await past.send(sql.format(port=port))
        assert called == []
        with socket.create_connection(("127.0.0.1", port)):
            pass  # the listener would have heard it
        for _ in range(50):
            await asyncio.sleep(0.02 if not called else 0)
        assert len(called) == 1
        listener.shutdown(socket.SHUT_RDWR)
    await asyncio.to_thread(thread.join, 5)


async def test_settings_are_as_before_for_the_next_statement(past: Reach) -> None:
    for asked, changes in attacks.SETTINGS[past.dialect].items():
        before = await past.send(asked)
        assert before is not None, asked
        for sql in changes:
            await past.send(sql)
            after = await past.send(asked)
            assert after is not None and after.rows == before.rows, sql


async def test_nothing_stays_locked_for_others(past: Reach) -> None:
    locks, other = attacks.LOCKS[past.dialect]
    for sql in locks:
        await past.send(sql)
        await asyncio.to_thread(past.fleet.outside, past.fleet.database, other)


async def test_sleep_and_endless_work_end_at_the_limit(past: Reach) -> None:
    for sql in attacks.SLEEPS[past.dialect]:
        began = time.monotonic()
        with pytest.raises((QueryTimedOut, QueryRejected)):
            await past.reader.run(safe(sql, past.dialect, TABLES), Limits(seconds=0.4))
        assert time.monotonic() - began < 8, sql


async def test_memory_bombs_go_off_elsewhere_and_small(past: Reach) -> None:
    """Refused by the engine, stopped by the clock, or cut to the size of a cell; this process does not grow."""
    before = resident()
    for sql in attacks.BOMBS[past.dialect]:
        result = await past.send(sql, Limits(seconds=1, bytes=100_000, cell_bytes=10_000))
        assert result is None or all(len(str(cell)) < 20_000 for row in result.rows for cell in row), sql
    assert resident() - before < MOST_GROWTH
    assert (
        await past.reader.run(safe("SELECT count(*) FROM ships", past.dialect, TABLES), Limits())
    ).rows == [[3]]


async def test_a_huge_answer_is_cut_and_others_work_on_meanwhile(past: Reach) -> None:
    crossed = ", ".join(f"ships s{n}" for n in range(14))
    huge = safe(f"SELECT s0.name FROM {crossed}", past.dialect, TABLES)
    whole, small = await asyncio.gather(
        past.reader.run(huge, Limits(rows=20_000, seconds=20)),
        past.reader.run(safe("SELECT count(*) FROM crew", past.dialect, TABLES), Limits()),
    )
    assert (len(whole.rows), whole.cut_by, small.rows) == (20_000, "rows", [[3]])
