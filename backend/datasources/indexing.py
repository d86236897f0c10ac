"""Indexing as a job: state in the metadata, progress on the sockets of those who may see the source."""

from __future__ import annotations

import asyncio
import time
import zlib
from typing import TYPE_CHECKING, Literal

import structlog

from backend.chat.events import Hub
from backend.datasources.models import DatasourceRow, SourceIndexRow
from backend.datasources.pool import ConnectorPool
from backend.datasources.repository import DatasourceRepository
from backend.db.base import now
from backend.db.engine import Database
from backend.errors import INTERNAL, problem_for
from backend.knowledge.repository import expire_patterns
from backend.preload import preloaded
from backend.protocol import SourceProgress
from connectors.errors import ConnectorError

if TYPE_CHECKING:
    from knowledge.source_index import SourceIndex

log = structlog.get_logger(__name__)

Phase = Literal["queued", "schema", "profiles", "values", "vectors", "done", "failed"]
PHASES: dict[str, Phase] = {"schema": "schema", "tables": "profiles", "joins": "vectors"}
"""What the indexer calls its phases → what people are shown."""
REPORT_SECONDS = 0.2


class Indexer:
    def __init__(self, database: Database, pool: ConnectorPool, hub: Hub) -> None:
        self._database = database
        self._pool = pool
        self._hub = hub

    async def index(self, source_id: str) -> None:
        """Read everything anew, because somebody asked for it. What a source can do wrong becomes its `problem`."""
        await preloaded()
        row = await self._begin(source_id)
        if row is None:
            return
        reporter = _Reporter(self._hub, row)
        try:
            index = await self._run(row, reporter)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            problem, _ = problem_for(error)
            if problem == INTERNAL:
                log.exception("index_failed", source_id=source_id)
            async with self._database.writing() as session:
                found = await DatasourceRepository(session).by_id(source_id)
                if found is not None and found.version == row.version:
                    found.index_state, found.problem = "failed", problem.model_dump(mode="json")
            await reporter.send("failed", 0, 1, problem=problem)
        else:
            await self._store(row, index)
            await reporter.send("done", len(index.schema.tables), len(index.schema.tables))

    async def refresh(self, source_id: str) -> None:
        """Read again only the tables whose definition changed, unseen; a source that cannot be reached stays as it is."""
        await preloaded()
        async with self._database.reading() as session:
            row = await DatasourceRepository(session).by_id(source_id)
        previous = await self.load(source_id)
        if row is None or previous is None or row.index_state != "ready":
            return
        from knowledge.indexing import index_source

        try:
            connector = await self._pool.get(row)
            index = await index_source(connector, previous=previous)
        except ConnectorError as error:
            log.warning("refresh_failed", source_id=source_id, kind=type(error).__name__)
        else:
            await self._store(row, index)

    async def load(self, source_id: str) -> SourceIndex | None:
        """The stored index, or None; one that this version cannot read counts as none."""
        async with self._database.reading() as session:
            stored = await DatasourceRepository(session).index(source_id)
        return await asyncio.to_thread(_unpack, stored.data) if stored is not None else None

    async def _begin(self, source_id: str) -> DatasourceRow | None:
        async with self._database.writing() as session:
            row = await DatasourceRepository(session).by_id(source_id)
            if row is not None:
                row.index_state, row.problem = "running", None
            return row

    async def _run(self, row: DatasourceRow, reporter: _Reporter) -> SourceIndex:
        from knowledge.indexing import index_source

        await reporter.send("schema", 0, 1)
        connector = await self._pool.get(row)
        async with self._database.writing() as session:
            if (found := await DatasourceRepository(session).by_id(row.id)) is not None:
                found.read_only_enforced = connector.capabilities.read_only_enforced
        index = await index_source(connector, progress=reporter.report)
        await reporter.settle()
        return index

    async def _store(self, row: DatasourceRow, index: SourceIndex) -> None:
        data = await asyncio.to_thread(lambda: zlib.compress(index.to_json().encode(), 3))
        async with self._database.writing() as session:
            found = await DatasourceRepository(session).by_id(row.id)
            if found is None or found.version != row.version:
                return  # deleted or changed meanwhile; a newer job is on its way
            await session.merge(
                SourceIndexRow(
                    datasource_id=row.id, fingerprint=index.fingerprint, data=data, created_at=now()
                )
            )
            found.index_state, found.indexed_at, found.problem = "ready", now(), None
            found.tables = len(index.schema.tables)
            await expire_patterns(session, row.id, index.schema)


def _unpack(data: bytes) -> SourceIndex | None:
    from knowledge.source_index import IndexUnreadable, SourceIndex

    try:
        return SourceIndex.from_json(zlib.decompress(data))
    except (IndexUnreadable, zlib.error):
        return None


class _Reporter:
    """Sends progress a few times a second at most."""

    def __init__(self, hub: Hub, row: DatasourceRow) -> None:
        self._hub = hub
        self._source_id = row.id
        self._readers = [row.owner_id]
        self._last = 0.0
        self._pending: set[asyncio.Task[None]] = set()

    def report(self, phase: str, done: int, total: int, table: str) -> None:
        moment = time.monotonic()
        if phase not in PHASES or (moment - self._last < REPORT_SECONDS and 0 < done < total):
            return
        self._last = moment
        task = asyncio.get_running_loop().create_task(self.send(PHASES[phase], done, total, table))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def settle(self) -> None:
        """Let what was reported go out before the end is."""
        await asyncio.gather(*self._pending)

    async def send(
        self, phase: Phase, done: int, total: int, table: str = "", problem: object = None
    ) -> None:
        frame = SourceProgress.model_validate(
            {
                "source_id": self._source_id,
                "phase": phase,
                "done": done,
                "total": total,
                "table": table,
                "problem": problem,
            }
        )
        await self._hub.publish_progress(frame, self._readers)
