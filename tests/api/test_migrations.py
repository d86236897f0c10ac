"""The migrations build exactly the tables that the models describe, on both metadata databases."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, create_engine

from backend.db import migrate
from backend.db.engine import metadata_url
from backend.db.tables import METADATA


def test_migrations_build_what_the_models_describe(database_url: str, tmp_path: Path) -> None:
    url = metadata_url(database_url, tmp_path)
    migrate.upgrade(url)
    assert _differences(url) == []


def test_a_second_upgrade_changes_nothing(database_url: str, tmp_path: Path) -> None:
    url = metadata_url(database_url, tmp_path)
    migrate.upgrade(url)
    before = _tables(url)
    migrate.upgrade(url)
    assert _tables(url) == before


def test_an_up_to_date_database_is_seen_without_the_migration_library(
    database_url: str, tmp_path: Path
) -> None:
    url = metadata_url(database_url, tmp_path)
    engine = create_engine(_sync(url))
    try:
        with engine.connect() as connection:
            assert not migrate.up_to_date(connection)
            connection.rollback()
            migrate.upgrade(url)
            assert migrate.up_to_date(connection)
            newest = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations")).get_current_head()
            assert newest == migrate.newest_step()
    finally:
        engine.dispose()


def _differences(url: URL) -> list[object]:
    engine = create_engine(_sync(url))
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(context, METADATA))
    finally:
        engine.dispose()


def _tables(url: URL) -> dict[str, list[str]]:
    engine = create_engine(_sync(url))
    try:
        inspector = sqlalchemy.inspect(engine)
        return {
            table: sorted(str(column["name"]) for column in inspector.get_columns(table))
            for table in inspector.get_table_names()
        }
    finally:
        engine.dispose()


def _sync(url: URL) -> URL:
    return url.set(drivername=url.drivername.removesuffix("+aiosqlite"))
