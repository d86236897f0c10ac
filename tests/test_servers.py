"""The private servers start, answer and take a new database."""

from __future__ import annotations

import psycopg
import pymysql
import redis

from tests.servers import DatabaseServer


def test_postgres_creates_databases(postgres_server: DatabaseServer) -> None:
    name = postgres_server.database()
    with psycopg.connect(
        host=postgres_server.host, port=postgres_server.port, user=postgres_server.user,
        password=postgres_server.password, dbname=name,
    ) as connection:  # fmt: skip
        assert connection.execute("SELECT current_database()").fetchone() == (name,)


def test_mariadb_creates_databases(mariadb_server: DatabaseServer) -> None:
    name = mariadb_server.database()
    with (
        pymysql.connect(
            host=mariadb_server.host, port=mariadb_server.port, user=mariadb_server.user,
            password=mariadb_server.password, database=name,
        ) as connection,
        connection.cursor() as cursor,
    ):  # fmt: skip
        cursor.execute("SELECT database()")
        assert cursor.fetchone() == (name,)


def test_redis_answers(redis_server: str) -> None:
    with redis.Redis.from_url(redis_server) as client:
        client.set("k", "v")
        assert client.get("k") == b"v"
