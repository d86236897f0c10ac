"""Where the steps of unfinished turns are kept: a SQLite file beside the metadata, or the same PostgreSQL."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import URL

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

# Checkpoints are data, never code: unknown types are refused when they are read.
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")


class Checkpoints:
    def __init__(self, url: URL, data_dir: Path) -> None:
        self._url = url
        self._path = data_dir / "checkpoints.sqlite"
        self._stack = AsyncExitStack()
        self.failed = False
        """Whether the last try to open them did; the next turn tries again."""

    async def open(self) -> BaseCheckpointSaver[str]:
        self.failed = True
        saver = await (self._sqlite() if self._url.get_backend_name() == "sqlite" else self._postgres())
        self.failed = False
        return saver

    async def close(self) -> None:
        await self._stack.aclose()

    async def _sqlite(self) -> BaseCheckpointSaver[str]:
        import aiosqlite
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        connection = await self._stack.enter_async_context(aiosqlite.connect(self._path))
        await connection.execute("PRAGMA journal_mode=WAL")
        await connection.execute("PRAGMA synchronous=FULL")
        await connection.execute("PRAGMA busy_timeout=10000")
        saver = AsyncSqliteSaver(connection)
        await saver.setup()
        return saver

    async def _postgres(self) -> BaseCheckpointSaver[str]:
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
        from psycopg import AsyncConnection
        from psycopg.rows import dict_row
        from psycopg_pool import AsyncConnectionPool

        target = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        pool: AsyncConnectionPool[AsyncConnection[dict[str, Any]]] = AsyncConnectionPool(
            target,
            min_size=1,
            max_size=8,
            open=False,
            check=AsyncConnectionPool.check_connection,
            kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
        )
        await self._stack.enter_async_context(pool)
        saver = AsyncPostgresSaver(pool)
        await saver.setup()
        return saver
