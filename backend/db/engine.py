"""The metadata database: SQLite in WAL mode by default, PostgreSQL by URL. Nobody else opens a transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NewType

import structlog
from sqlalchemy import event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from backend.errors import Conflict, Invalid

log = structlog.get_logger(__name__)

ReadSession = NewType("ReadSession", AsyncSession)
"""A session that cannot write: the database refuses it, or at least rolls it back."""

BUSY_MS = 10_000


def metadata_url(configured: str, data_dir: Path) -> URL:
    """The URL as SQLAlchemy wants it, with an async driver. Raises `Invalid`."""
    if not configured:
        return URL.create("sqlite+aiosqlite", database=str((data_dir / "datachat.sqlite").absolute()))
    try:
        url = make_url(configured)
    except ArgumentError:
        raise Invalid("DATACHAT_DATABASE_URL is not a database URL.", field="database_url") from None
    drivers = {
        "sqlite": "sqlite+aiosqlite",
        "postgresql": "postgresql+psycopg",
        "postgres": "postgresql+psycopg",
    }
    driver = drivers.get(url.get_backend_name())
    if driver is None:
        raise Invalid("DATACHAT_DATABASE_URL must begin with sqlite: or postgresql:.", field="database_url")
    return url.set(drivername=driver)


class Database:
    """One engine, and the two ways to use it: `writing()` commits at its end, `reading()` never writes."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.is_sqlite = url.get_backend_name() == "sqlite"
        options: dict[str, Any] = (
            {} if self.is_sqlite else {"pool_size": 10, "max_overflow": 10, "pool_pre_ping": True}
        )
        self.engine: AsyncEngine = create_async_engine(url, **options)
        if self.is_sqlite:
            _prepare_sqlite(self.engine)
        reader = self.engine.execution_options(postgresql_readonly=True, read_only=True)
        self._write = async_sessionmaker(self.engine, expire_on_commit=False)
        self._read = async_sessionmaker(reader, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        with _in_words():
            async with self._write.begin() as session:
                yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ReadSession]:
        with _in_words():
            async with self._read() as session:
                yield ReadSession(session)

    async def answers(self) -> bool:
        """Whether the database can be reached now."""
        async with self.reading() as session:
            return (await session.execute(text("SELECT 1"))).scalar() == 1

    async def close(self) -> None:
        await self.engine.dispose()


@contextmanager
def _in_words() -> Iterator[None]:
    """What a database refuses to store, as the person needs it: PostgreSQL takes no NUL in a text, a name is
    taken, or what the new row belongs to has just been deleted."""
    try:
        yield
    except DataError:
        raise Invalid("The input has a character or a number that cannot be stored.") from None
    except IntegrityError as error:
        log.info("change_collided", problem=type(error.orig).__name__)
        raise Conflict("Somebody else changed this at the same moment. Try again.") from None


def _prepare_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions behind our back
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_MS}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once: upgrading a read transaction fails when another writer was faster.
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
