"""The ferry line of `tests/fixtures/ferry` in each engine, indexed as any source is."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pymysql
from pymysql.constants import CLIENT

from agents.deps import OpenSource
from connectors.registry import open_connector
from connectors.sql.policy import EVERYTHING
from knowledge.indexing import index_source
from knowledge.source_knowledge import source_knowledge
from tests.servers import DatabaseServer

FOLDER = Path(__file__).parent.parent / "fixtures" / "ferry"
SCRIPT = (FOLDER / "ferry.sql").read_text()
FLAWS: list[dict[str, Any]] = json.loads((FOLDER / "flaws.json").read_text())
ENGINES = ("sqlite", "duckdb", "postgres", "mysql")


@dataclass(frozen=True)
class Place:
    """Where the database is, for the connector."""

    engine: str
    config: dict[str, Any]


def in_sqlite(folder: Path) -> Place:
    path = folder / "ferry.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCRIPT)
    return Place("sqlite", {"path": str(path)})


def in_duckdb(folder: Path) -> Place:
    path = folder / "ferry.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCRIPT)
    return Place("duckdb", {"path": str(path)})


def in_postgres(server: DatabaseServer) -> Place:
    name = server.database()
    login = {"host": server.host, "port": server.port, "user": server.user, "password": server.password}
    with psycopg.connect(dbname=name, autocommit=True, **login) as connection:  # type: ignore[arg-type]
        connection.execute(SCRIPT.encode())
    config = {**login, "database": name, "encryption": "disable"}
    return Place("postgres", config)


def in_mariadb(server: DatabaseServer) -> Place:
    name = server.database()
    login = {"host": server.host, "port": server.port, "user": server.user, "password": server.password}
    options: dict[str, Any] = {**login, "database": name, "client_flag": CLIENT.MULTI_STATEMENTS}
    with closing(pymysql.connect(autocommit=True, **options)) as connection, connection.cursor() as cursor:
        cursor.execute(SCRIPT)
        while cursor.nextset():
            pass
    return Place("mysql", {**login, "database": name, "encryption": "disable"})


async def open_ferry(place: Place) -> OpenSource:
    connector = await open_connector(place.engine, place.config)
    index = await index_source(connector)
    knowledge = await source_knowledge(index, source_id="ferry", source_name="Ferry line")
    return OpenSource("ferry", "Ferry line", connector, knowledge, EVERYTHING)


def statement_of(flaw: dict[str, Any], engine: str) -> str:
    sql = flaw["sql"]
    return str(sql if isinstance(sql, str) else sql[engine])
