"""The fleet of the guard's corpora inside each real engine, met through its connector with an all-powerful account."""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pymysql
import pytest

from connectors.base import Connector
from connectors.registry import open_connector
from tests.connectors.sql.corpus_schema import statements
from tests.servers import DatabaseServer

Execute = Callable[[str], list[Any]]


@dataclass
class Fleet:
    dialect: str
    source: Connector
    config: dict[str, Any]
    outside: Callable[[str, str], list[Any]]
    """Runs a statement in a database, past everything of ours: (database, statement)."""
    database: str
    """The fleet's own database: a path or a name."""
    bystander: str
    """Another database of the same server or folder, with the same tables."""

    @property
    def place_setting(self) -> str:
        """Which setting says where the database lies."""
        return "path" if self.dialect in ("sqlite", "duckdb") else "database"

    def snapshot(self) -> list[list[Any]]:
        """All rows of both databases."""
        tables = ("ships", "crew", "voyages", "ledger", "secrets")
        return [
            self.outside(place, f"SELECT * FROM {table} ORDER BY 1")
            for place in (self.database, self.bystander)
            for table in tables
        ]


def execute_in_file(dialect: str) -> Callable[[str, str], list[Any]]:
    def execute(place: str, sql: str) -> list[Any]:
        if dialect == "sqlite":
            connection: Any = sqlite3.connect(place)
        else:
            connection = duckdb.connect(place, read_only=sql.startswith("SELECT"))
        with contextlib.closing(connection):
            rows = connection.execute(sql).fetchall()
            connection.commit()
            return list(rows)

    return execute


def execute_on_server(dialect: str, server: DatabaseServer) -> Callable[[str, str], list[Any]]:
    access = {"host": server.host, "port": server.port, "user": server.user, "password": server.password}

    def in_postgres(place: str, sql: str) -> list[Any]:
        with psycopg.connect(**access, dbname=place, autocommit=True) as connection:  # type: ignore[arg-type]
            cursor = connection.execute(sql.encode())
            return list(cursor.fetchall()) if cursor.description else []

    def in_mariadb(place: str, sql: str) -> list[Any]:
        connection = pymysql.connect(**access, database=place, autocommit=True, charset="utf8mb4")  # type: ignore[call-overload]
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    return in_postgres if dialect == "postgres" else in_mariadb


@asynccontextmanager
async def fleet_of(dialect: str, folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Fleet]:
    if dialect in ("sqlite", "duckdb"):
        execute = execute_in_file(dialect)
        own, other = str(folder / f"fleet.{dialect}"), str(folder / f"bystander.{dialect}")
        config: dict[str, Any] = {"path": own}
    else:
        server = request.getfixturevalue("postgres_server" if dialect == "postgres" else "mariadb_server")
        execute = execute_on_server(dialect, server)
        own, other = server.database(), server.database()
        config = {"host": server.host, "port": server.port, "database": own, "user": server.user, "password": server.password}  # fmt: skip
    for place in (own, other):
        for statement in statements(dialect):
            execute(place, statement)
    source = await open_connector(dialect, config)
    try:
        yield Fleet(dialect, source, config, execute, own, other)
    finally:
        await source.close()


def reading_account(fleet: Fleet, readable: Iterable[str]) -> dict[str, Any]:
    """Settings of an account that may read these tables and nothing else; files have no accounts."""
    if fleet.place_setting == "path":
        return fleet.config
    name, password = f"reader_{uuid.uuid4().hex[:8]}", "reads"
    if fleet.dialect == "postgres":
        tables = ", ".join(f'"{table}"' for table in readable)
        made = [f"CREATE ROLE {name} LOGIN PASSWORD '{password}'", f"GRANT SELECT ON {tables} TO {name}"]
    else:
        made = [f"CREATE USER {name} IDENTIFIED BY '{password}'"]
        made += [f"GRANT SELECT ON `{fleet.database}`.`{table}` TO {name}" for table in readable]
    for statement in made:
        fleet.outside(fleet.database, statement)
    return fleet.config | {"user": name, "password": password}
