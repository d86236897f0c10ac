"""Ways into the test servers past the connectors, and one value out of a source."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import psycopg
import pymysql

from connectors.base import Connector, Limits
from tests.connectors.harness import safe
from tests.servers import DatabaseServer


def settings(server: DatabaseServer, database: str) -> dict[str, Any]:
    return {"host": server.host, "port": server.port, "database": database, "user": server.user, "password": server.password}  # fmt: skip


def postgres(server: DatabaseServer, database: str) -> psycopg.Connection[Any]:
    wanted = {**settings(server, database), "dbname": database}
    del wanted["database"]
    return psycopg.connect(**wanted, autocommit=True)


def mariadb(server: DatabaseServer, database: str) -> pymysql.Connection[pymysql.cursors.Cursor]:
    return pymysql.connect(**settings(server, database), autocommit=True)


def resident() -> int:
    """Bytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def one(source: Connector, sql: str, *tables: str, seconds: float = 10) -> Any:
    statement = safe(sql, source.capabilities.dialect, frozenset(tables))
    return (await source.run(statement, Limits(seconds=seconds))).rows[0][0]


async def rows(source: Connector, sql: str) -> list[Any]:
    result = await source.run(safe(sql, source.capabilities.dialect), Limits(seconds=5))
    return [list(row) for row in result.rows]
