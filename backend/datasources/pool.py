"""Open connectors, one per source and version of its settings, and what is known of each source."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from backend.auth.sealing import Sealer
from backend.datasources.models import DatasourceRow
from backend.preload import preloaded
from connectors.base import Connector
from connectors.registry import open_connector

log = structlog.get_logger(__name__)

OPEN_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class _Open:
    version: int
    connector: Connector


class ConnectorPool:
    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._open: dict[str, _Open] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, row: DatasourceRow) -> Connector:
        """Open on first use. Raises `ConnectorError`."""
        async with self._locks.setdefault(row.id, asyncio.Lock()):
            found = self._open.get(row.id)
            if found is not None and found.version == row.version:
                return found.connector
            if found is not None:
                await self._close(self._open.pop(row.id))
            connector = await open_source(row.engine, self.config(row))
            self._open[row.id] = _Open(row.version, connector)
            return connector

    def config(self, row: DatasourceRow) -> dict[str, Any]:
        """Whole, with its secrets. Never leaves the process."""
        return {key: value for key, value in row.config.items() if not key.startswith("_")} | self.secrets(
            row
        )

    def secrets(self, row: DatasourceRow) -> dict[str, Any]:
        if row.secrets is None:
            return {}
        secrets: dict[str, Any] = json.loads(self._sealer.unseal(row.secrets, row.id))
        return secrets

    def seal(self, source_id: str, secrets: Mapping[str, Any]) -> bytes | None:
        return self._sealer.seal(json.dumps(secrets).encode(), source_id) if secrets else None

    async def drop(self, source_id: str) -> None:
        """After its settings changed or it was deleted."""
        async with self._locks.setdefault(source_id, asyncio.Lock()):
            if (found := self._open.pop(source_id, None)) is not None:
                await self._close(found)

    async def close(self) -> None:
        for source_id in list(self._open):
            await self.drop(source_id)

    async def _close(self, opened: _Open) -> None:
        try:
            async with asyncio.timeout(5):
                await opened.connector.close()
        except TimeoutError:
            log.warning("connector_close_timed_out")


async def open_source(engine: str, config: Mapping[str, Any]) -> Connector:
    """Raises `ConnectorError`, also when opening takes too long."""
    from connectors.errors import EngineUnavailable

    await preloaded()
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            return await open_connector(engine, config)
    except TimeoutError:
        raise EngineUnavailable(
            "The source does not answer. Is its address right, and is it running?"
        ) from None
