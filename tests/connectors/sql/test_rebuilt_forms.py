"""Forms that sqlglot alone would lose or turn into something else when a statement is written anew."""

from __future__ import annotations

import psycopg
import pymysql
import pytest

from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql
from tests.connectors.sql.corpus_schema import statements
from tests.connectors.sql.test_corpus_on_engines import admitted
from tests.servers import DatabaseServer

KEPT = [
    ("postgres", "SELECT name FROM ships GROUP BY DISTINCT ROLLUP (name, flag), ROLLUP (name)", "GROUP BY DISTINCT"),
    ("postgres", "SELECT interval(0) '1.6 second'", "interval(0)"),
    ("postgres", "SELECT '1.6 second'::interval(0)", "interval(0)"),
    ("postgres", "SELECT inet '10.0.0.7' <<= inet '10.0.0.0/8'", "OPERATOR(<<=)"),
    ("postgres", "SELECT 7 OPERATOR(pg_catalog.-) 2", "OPERATOR(pg_catalog.-)"),
    ("mysql", "SELECT INTERVAL(built, 1980, 2000) FROM ships", "INTERVAL(ships.built, 1980, 2000)"),
    ("mysql", "SELECT date_format(departed, GET_FORMAT(DATE, 'EUR')) FROM voyages", "GET_FORMAT(DATE, 'EUR')"),
    ("mysql", "SELECT a FROM JSON_TABLE('[{}]', '$[*]' COLUMNS (a int EXISTS PATH '$.a')) j", "EXISTS PATH '$.a'"),
    ("mysql", "SELECT a FROM JSON_TABLE('[{}]', '$[*]' COLUMNS (a int PATH '$.a' DEFAULT '7' ON EMPTY)) j", "DEFAULT '7' ON EMPTY"),
    ("mysql", "SELECT * FROM (VALUES ROW(1, 2)) AS t (a, b)", "VALUES ROW(1, 2)"),
    ("duckdb", "SELECT [1, 2] AS l, l[1]", "([1, 2])[1]"),
]  # fmt: skip
MONTHS = "SELECT to_char(date_trunc('month', departed), 'YYYY-MM') AS m, count(*) FROM voyages GROUP BY date_trunc('month', departed) ORDER BY date_trunc('month', departed)"
RUN = {
    "postgres": [
        "SELECT name, flag, count(*) FROM ships GROUP BY DISTINCT ROLLUP (name, flag), ROLLUP (name) ORDER BY 1, 2",
        "SELECT interval(0) '1.6 second', '1.6 second'::interval(0)",
        "SELECT 7 OPERATOR(pg_catalog.-) 2 + 1, inet '10.0.0.7' <<= inet '10.0.0.0/8', box '((0,0),(1,1))' ~= box '((0,0),(1,1))'",
        MONTHS,
    ],
    "mysql": [
        "SELECT INTERVAL(built, 1980, 2000) FROM ships ORDER BY id",
        "SELECT date_format(departed, GET_FORMAT(DATE, 'EUR')) FROM voyages ORDER BY id",
        "SELECT a, b FROM JSON_TABLE('[{\"a\": 1}, {}]', '$[*]' COLUMNS (a int EXISTS PATH '$.a', b int PATH '$.a' DEFAULT '7' ON EMPTY)) j",
        "SELECT * FROM (VALUES (1, 2), (3, 4)) AS t",
    ],
}


@pytest.mark.parametrize(("dialect", "sql", "part"), KEPT)
def test_the_form_is_still_there(dialect: str, sql: str, part: str) -> None:
    again = to_sql(from_sql(sql, dialect), dialect)
    assert part in again
    assert admitted(sql, dialect) and admitted(again, dialect)


def test_postgres_gives_the_same_rows(postgres_server: DatabaseServer) -> None:
    server = postgres_server
    with psycopg.connect(
        host=server.host, port=server.port, user=server.user, password=server.password, dbname=server.database(), autocommit=True
    ) as connection:  # fmt: skip
        for statement in statements("postgres"):
            connection.execute(statement.encode())
        for sql in RUN["postgres"]:
            again = to_sql(from_sql(sql, "postgres"), "postgres")
            assert (
                connection.execute(again.encode()).fetchall() == connection.execute(sql.encode()).fetchall()
            )


def test_mariadb_gives_the_same_rows(mariadb_server: DatabaseServer) -> None:
    server = mariadb_server
    connection = pymysql.connect(
        host=server.host, port=server.port, user=server.user, password=server.password, database=server.database(), charset="utf8mb4"
    )  # fmt: skip
    with connection, connection.cursor() as cursor:
        for sql in [*statements("mysql"), *RUN["mysql"]]:
            cursor.execute(sql)
            if sql in RUN["mysql"]:
                wanted = cursor.fetchall()
                cursor.execute(to_sql(from_sql(sql, "mysql"), "mysql"))
                assert cursor.fetchall() == wanted
