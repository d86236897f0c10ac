"""Brings the metadata database to this version's tables: `python -m backend.db.migrate "what changes"` writes a new step."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, create_engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

LOCK = 7_316_042
"""Advisory lock on PostgreSQL: of several servers that start together, one migrates."""


def upgrade(url: URL) -> None:
    """Blocks; call it in a thread. Does nothing, and imports nothing more, when the database is up to date."""
    sync_url = url.set(drivername=url.drivername.removesuffix("+aiosqlite"))
    if url.database and url.get_backend_name() == "sqlite":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(sync_url)
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
                connection.commit()
            if not up_to_date(connection):
                _upgrade(connection)
    finally:
        engine.dispose()


def up_to_date(connection: Connection) -> bool:
    if not inspect(connection).has_table("alembic_version"):
        return False
    return newest_step() in connection.scalars(text("SELECT version_num FROM alembic_version")).all()


def newest_step() -> str:
    """The number that the last migration's file name begins with."""
    steps = (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*.py")
    return max(path.name.split("_")[0] for path in steps)


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(_config(connection), "head")
    connection.commit()


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _write_step(message: str) -> None:
    from alembic import command

    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        _upgrade(connection)
        command.revision(_config(connection), message, autogenerate=True)


if __name__ == "__main__":
    _write_step(" ".join(sys.argv[1:]))
