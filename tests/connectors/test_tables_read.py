"""The guard's list of tables and the engine's own agree, statement by statement, over the ordinary corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.errors import ConnectorError
from connectors.sql.guard import admit
from connectors.sql.policy import EVERYTHING
from tests.connectors.fleet import fleet_of
from tests.connectors.sql.corpus_schema import DIALECTS, corpus

BEHIND = {"busy_ships": "voyages"}
"""The fleet's view, and the table it is made of."""


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_engine_and_guard_name_the_same_tables(
    dialect: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    async with fleet_of(dialect, tmp_path, request) as fleet:
        differ, compared = [], 0
        for item in corpus("ordinary", dialect):
            safe = admit(item["sql"], fleet.source.capabilities, EVERYTHING)
            guards = {BEHIND.get(name, name) for name in map(_bare, safe.tables)}
            try:
                engines = set(map(_bare, await fleet.source.tables_read(safe)))
            except ConnectorError as error:
                differ.append((item["sql"], str(error), guards))
                continue
            compared += 1
            if engines != guards:
                differ.append((item["sql"], str(engines), guards))
        assert differ == []
        assert compared > 100


def _bare(name: str) -> str:
    return name.rpartition(".")[2].strip('"`').lower()
