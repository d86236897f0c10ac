"""Everything a running server holds, put together once in `app.lifespan` and found on `app.state.services`."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.auth.people import Doorkeeper
from backend.auth.sealing import Sealer, key_path, load_or_make_keys
from backend.auth.signing import Signer
from backend.chat.events import Hub
from backend.chat.repository import ChatRepository
from backend.chat.service import ChatService
from backend.chat.turn_deps import TurnDepsBuilder
from backend.chat.turns import Supervisor
from backend.checkpoints import Checkpoints
from backend.datasources.indexing import Indexer
from backend.datasources.library import Library
from backend.datasources.pool import ConnectorPool
from backend.datasources.repository import DatasourceRepository
from backend.db import migrate
from backend.db.base import now
from backend.db.engine import Database, metadata_url
from backend.jobs.broker import Jobs
from backend.limits import Buckets
from backend.metrics import Metrics
from backend.models import LanguageModels
from backend.preload import preloaded
from backend.projects.suggestions import suggest
from backend.results.store import Receipts, Results
from backend.results.today import Today
from backend.sample.file import build_sample, sample_path
from backend.settings import Settings
from backend.vectors.store import Vectors
from backend.web import Addresses, cookie_name

if TYPE_CHECKING:
    from agents.turn import TurnRunner

log = structlog.get_logger(__name__)

HOUSEKEEPING_SECONDS = 600.0
REFRESH_AFTER = timedelta(hours=12)
"""How old an index may be before its tables are compared with the source's."""
UNDO_DELETE = timedelta(days=1)


class Services:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.data_dir = Path(settings.data_dir).absolute()
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # everybody's chats and rows
        redis_url = settings.redis_url.get_secret_value()
        self.addresses = Addresses(settings.server)
        self.cookie = cookie_name(settings.server.port, secure=self.addresses.secure)
        self.database = Database(metadata_url(settings.database_url.get_secret_value(), self.data_dir))
        self.doorkeeper = Doorkeeper(self.database, settings.auth)
        self.sign_ins = Buckets(per_second=10 / 60, burst=10)
        self.asks = Buckets(per_second=5, burst=60)
        self.sockets: dict[str, int] = {}
        self.hub = _hub(redis_url)
        self.jobs = Jobs(redis_url)
        keys = load_or_make_keys(settings.secret_key.get_secret_value(), key_path(settings.key_file))
        self.pool = ConnectorPool(Sealer(keys))
        self.indexer = Indexer(self.database, self.pool, self.hub)
        self.vectors = Vectors(self.database, settings.knowledge, self.data_dir)
        self.library = Library(self.database, self.pool, self.indexer, self.vectors)
        keep = timedelta(days=settings.storage.result_days)
        self.results = Results(self.database, self.data_dir / "results", keep)
        self.today = Today(self.database, self.library)
        self.receipts = Receipts(self.database, Signer(keys))
        self.models = LanguageModels(settings.llm)
        self.checkpoints = Checkpoints(self.database.url, self.data_dir)
        deps = TurnDepsBuilder(self.database, self.library, self.results, self.receipts, self.models)
        takeover = settings.server.takeover_seconds
        self.supervisor = Supervisor(self.database, self.hub, self.runner, deps.build, takeover)
        self.chats = ChatService(self.supervisor)
        self.metrics = Metrics(lambda: self.supervisor.running, lambda: sum(self.sockets.values()))
        self.supervisor.on_end = self.metrics.turn_ended
        self._runner: TurnRunner | None = None
        self._runner_lock = asyncio.Lock()
        self._housekeeping: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None
        self.jobs.register("index", self._index)
        self.jobs.register("refresh", self.indexer.refresh)

    async def migrate(self) -> None:
        """Bring the metadata database to this version's tables."""
        await asyncio.to_thread(migrate.upgrade, self.database.url)

    async def start(self) -> None:
        await self.migrate()
        await self.hub.open(self.supervisor.cancel_here)
        await self.jobs.start()
        await self.supervisor.start()
        self._housekeeping = asyncio.create_task(self._keep_house())
        async with self.database.reading() as session:
            unfinished = await DatasourceRepository(session).being_indexed()
        for source_id in unfinished:
            await self.jobs.submit("index", source_id)

    async def stop(self) -> None:
        for task in (self._housekeeping, self._warming):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        await self.supervisor.stop()
        await self.close()

    async def close(self) -> None:
        await self.jobs.stop()
        await self.hub.close()
        await self.pool.close()
        await self.vectors.close()
        await self.checkpoints.close()
        await self.database.close()

    async def runner(self) -> TurnRunner:
        """Made after the start: the graph's library takes longer to import than the rest of the server."""
        async with self._runner_lock:
            if self._runner is None:
                await preloaded()
                from agents.turn import TurnRunner

                self._runner = TurnRunner(await self.checkpoints.open())
            return self._runner

    async def suggestions(self, session: AsyncSession, project_id: str, reader_id: str) -> list[str]:
        return await suggest(session, self.library, project_id, reader_id)

    async def _index(self, source_id: str) -> None:
        if await self._is_sample(source_id):
            await build_sample(sample_path(self.data_dir))
        await self.indexer.index(source_id)
        self.library.forget(source_id)

    async def _is_sample(self, source_id: str) -> bool:
        async with self.database.reading() as session:
            row = await DatasourceRepository(session).by_id(source_id)
        return row is not None and row.config.get("path") == str(sample_path(self.data_dir))

    def warm_up(self) -> None:
        """Begin to import what the first question needs, while nobody waits for it."""
        self._warming = asyncio.create_task(self._prepare_runner())

    async def _prepare_runner(self) -> None:
        await self.runner()
        from connectors.sql.admission.deciders import warm

        await asyncio.to_thread(warm)

    async def _keep_house(self) -> None:
        """Old results and deleted chats go; a source whose tables changed is noticed."""
        while True:
            with contextlib.suppress(OSError):
                moment = now()
                expired = await self.results.expire(moment)
                await self.vectors.forget_deleted_sources()
                async with self.database.writing() as session:
                    await ChatRepository(session).purge(moment - UNDO_DELETE)
                async with self.database.reading() as session:
                    outdated = await DatasourceRepository(session).indexed_before(moment - REFRESH_AFTER)
                for source_id in outdated:
                    await self.jobs.submit("refresh", source_id)
                if expired:
                    log.info("results_expired", count=expired)
            await asyncio.sleep(HOUSEKEEPING_SECONDS)


def _hub(redis_url: str) -> Hub:
    if not redis_url:
        return Hub()
    from backend.chat.redis_hub import RedisHub

    return RedisHub(redis_url)
