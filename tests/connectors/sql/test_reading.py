"""Statements come back from their reading with the same rows, and with the facts a person would name."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from connectors.base import Schema
from connectors.sql.lineage import output_lineage, unknown_names
from connectors.sql.reading import Arithmetic, ColumnRef, Comparison, DateBucket, Function, Literal, Star
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql
from connectors.sql.readings.scope import NotReadable
from connectors.sqlite_schema import read

TABLES = """
CREATE TABLE ports (id INTEGER PRIMARY KEY, name TEXT, country TEXT);
CREATE TABLE ships (id INTEGER PRIMARY KEY, name TEXT, flag TEXT, tons REAL, built DATE, home_id INTEGER REFERENCES ports (id));
CREATE TABLE calls (ship_id INTEGER REFERENCES ships (id), port_id INTEGER REFERENCES ports (id), day DATE, fee INTEGER);
"""
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "ports": [(1, "Bergen", "Norway"), (2, "Porto", "Portugal"), (3, "Split", "Croatia")],
    "ships": [
        (1, "Alma", "NO", 120.5, "1999-03-01", 1), (2, "Brisa", "PT", 80.0, "2005-07-15", 2), (3, "Cora", "PT", 45.25, "2005-11-02", 2),
        (4, "Dana", None, None, "1987-01-20", None), (5, "Elba", "HR", 210.0, "2015-05-05", 3),
    ],
    "calls": [
        (1, 2, "2024-01-05", 300), (1, 3, "2024-02-11", 250), (2, 1, "2024-02-12", 100), (2, 2, "2024-03-01", 90), (3, 2, "2024-03-09", 90),
        (5, 1, "2025-01-02", 500), (5, 2, "2025-01-15", 120), (5, 3, "2025-02-20", None),
    ],
}  # fmt: skip
COMMON = [
    "SELECT * FROM ships",
    "SELECT name, tons * 2 AS double FROM ships WHERE flag = 'PT' AND tons > 50 ORDER BY tons DESC LIMIT 1",
    "SELECT s.name, p.country FROM ships s JOIN ports p ON p.id = s.home_id",
    "SELECT s.name, p.country FROM ships s LEFT JOIN ports p ON p.id = s.home_id WHERE p.id IS NULL",
    "SELECT s.name FROM ships s, ports p WHERE s.home_id = p.id AND p.country <> 'Norway'",
    "SELECT flag, count(*) AS n, avg(tons) FROM ships GROUP BY flag HAVING count(*) > 1 ORDER BY n DESC",
    "SELECT count(DISTINCT flag), sum(tons), min(built), max(built) FROM ships",
    "SELECT name FROM ships WHERE id NOT IN (SELECT ship_id FROM calls)",
    "SELECT name FROM ships WHERE NOT EXISTS (SELECT 1 FROM calls c WHERE c.ship_id = ships.id)",
    "SELECT name FROM ships WHERE tons > (SELECT avg(tons) FROM ships)",
    "SELECT name FROM ships WHERE flag IN ('PT', 'NO') OR tons BETWEEN 200 AND 300 ORDER BY 1",
    "SELECT name FROM ships WHERE name LIKE '%a' AND name NOT LIKE 'A%' AND flag IS NOT NULL",
    "WITH busy AS (SELECT ship_id, count(*) AS n FROM calls GROUP BY ship_id) SELECT s.name, b.n FROM ships s JOIN busy b ON b.ship_id = s.id",
    "SELECT n, count(*) FROM (SELECT ship_id, count(*) AS n FROM calls GROUP BY ship_id) AS t GROUP BY n",
    "SELECT name FROM ships UNION SELECT name FROM ports ORDER BY name",
    "SELECT flag FROM ships WHERE tons > 100 INTERSECT SELECT flag FROM ships WHERE built > '1990-01-01'",
    "SELECT DISTINCT flag FROM ships WHERE flag IS NOT NULL ORDER BY flag DESC",
    "SELECT name, CASE WHEN tons > 100 THEN 'big' WHEN tons > 50 THEN 'middle' ELSE 'small' END AS size FROM ships",
    "SELECT name, rank() OVER (PARTITION BY flag ORDER BY tons DESC) AS place FROM ships",
    "SELECT a.name, b.name FROM ships a JOIN ships b ON a.home_id = b.home_id AND a.id < b.id",
    "SELECT upper(name) || '!' AS loud, coalesce(flag, '?') FROM ships",
    "SELECT name FROM ships WHERE (flag = 'PT' OR flag = 'NO') AND NOT (tons < 50)",
    "SELECT fee / 7 FROM calls WHERE fee IS NOT NULL AND fee - 10 * 2 > 60",
    "SELECT cast(tons AS INTEGER), -tons, 1.5e2 FROM ships ORDER BY id LIMIT 2 OFFSET 1",
    "SELECT p.name, (SELECT count(*) FROM calls c WHERE c.port_id = p.id) AS visits FROM ports p",
]  # fmt: skip
OWN = {
    "sqlite": [
        "SELECT strftime('%Y-%m', day) AS month, sum(fee) FROM calls GROUP BY 1",
        "SELECT strftime('%Y', built), count(*) FROM ships GROUP BY strftime('%Y', built)",
        "SELECT name FROM ships ORDER BY flag NULLS LAST, id",
    ],
    "duckdb": [
        "SELECT date_trunc('month', day) AS month, sum(fee) FROM calls GROUP BY ALL",
        "SELECT year(built), count(*) FROM ships GROUP BY 1",
        "SELECT DISTINCT ON (flag) flag, name FROM ships ORDER BY flag, tons DESC",
        "SELECT name, tons FROM ships QUALIFY row_number() OVER (PARTITION BY flag ORDER BY tons DESC) = 1",
        "SELECT s.name, t.last FROM ships s, LATERAL (SELECT max(day) AS last FROM calls c WHERE c.ship_id = s.id) t",
        "SELECT flag, count(*) FILTER (WHERE tons > 50) FROM ships GROUP BY flag",
        "SELECT * EXCLUDE (built) FROM ships",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def lite() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLES)
    for table, rows in ROWS.items():
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(":memory:")
    for statement in TABLES.split(";"):
        if statement.strip():
            connection.execute(statement)
    for table, rows in ROWS.items():
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def schema(lite: sqlite3.Connection) -> Schema:
    return read(lite)


@pytest.mark.parametrize("sql", COMMON + OWN["sqlite"])
def test_rows_survive_on_sqlite(sql: str, lite: sqlite3.Connection, schema: Schema) -> None:
    again = to_sql(from_sql(sql, "sqlite", schema), "sqlite")
    assert Counter(lite.execute(again).fetchall()) == Counter(lite.execute(sql).fetchall()), again


@pytest.mark.parametrize("sql", COMMON + OWN["duckdb"])
def test_rows_survive_on_duckdb(sql: str, duck: duckdb.DuckDBPyConnection, schema: Schema) -> None:
    again = to_sql(from_sql(sql, "duckdb", schema), "duckdb")
    assert Counter(duck.execute(again).fetchall()) == Counter(duck.execute(sql).fetchall()), again


@pytest.mark.parametrize("sql", COMMON + OWN["sqlite"])
def test_reading_again_changes_nothing(sql: str, schema: Schema) -> None:
    reading = from_sql(sql, "sqlite", schema)
    assert from_sql(to_sql(reading, "sqlite"), "sqlite", schema) == reading


def test_names_are_resolved_as_the_schema_spells_them(schema: Schema) -> None:
    reading = from_sql("select NAME from SHIPS where Tons > 5", "sqlite", schema)
    assert reading.outputs[0].expression == ColumnRef("ships", "name")
    assert reading.where == Comparison(ColumnRef("ships", "tons"), ">", Literal(5, "number"))


def test_comma_joins_and_using_give_the_same_keys(schema: Schema) -> None:
    comma = from_sql(
        "SELECT s.name FROM ships s, calls c WHERE s.id = c.ship_id AND c.fee > 1", "sqlite", schema
    )
    written = from_sql(
        "SELECT s.name FROM ships s JOIN calls c ON s.id = c.ship_id WHERE c.fee > 1", "sqlite", schema
    )
    assert comma == written


def test_orders_and_groups_by_position_and_alias(schema: Schema) -> None:
    spelled = from_sql(
        "SELECT flag, count(*) AS n FROM ships GROUP BY flag ORDER BY count(*) DESC", "sqlite", schema
    )
    by_place = from_sql("SELECT flag, count(*) AS n FROM ships GROUP BY 1 ORDER BY n DESC", "sqlite", schema)
    assert spelled == by_place
    assert spelled.order_by[0].expression == Function("count", (Star(),))


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("sqlite", "SELECT strftime('%Y-%m', day) FROM calls"),
        ("postgres", "SELECT date_trunc('month', day) FROM calls"),
        ("duckdb", "SELECT date_trunc('month', day) FROM calls"),
        ("mysql", "SELECT date_format(day, '%Y-%m') FROM calls"),
    ],
)
def test_months_read_alike_in_every_dialect(dialect: str, sql: str, schema: Schema) -> None:
    assert from_sql(sql, dialect, schema).outputs[0].expression == DateBucket(
        "month", ColumnRef("calls", "day")
    )


def test_division_is_exact_in_every_dialect(lite: sqlite3.Connection, schema: Schema) -> None:
    again = to_sql(from_sql("SELECT fee / 8 FROM calls WHERE fee = 100", "duckdb", schema), "sqlite")
    assert lite.execute(again).fetchall() == [(12.5,)]


@pytest.mark.parametrize(
    ("dialect", "division", "operator"),
    [
        ("sqlite", "fee / 8", "//"),
        ("sqlite", "tons / 8", "/"),
        ("sqlite", "fee * 1.0 / 8", "/"),
        ("sqlite", "sum(fee) / count(*)", "//"),
        ("sqlite", "sum(tons) / count(*)", "/"),
        ("sqlite", "avg(fee) / 2", "/"),
        ("sqlite", "CAST(fee AS DECIMAL) / 8", "//"),
        ("postgres", "fee / 8", "//"),
        ("postgres", "tons / 8", "/"),
        ("postgres", "CAST(fee AS DECIMAL) / 8", "/"),
        ("trino", "fee / 8", "//"),
        ("duckdb", "fee / 8", "/"),
        ("duckdb", "fee // 8", "//"),
        ("mysql", "fee / 8", "/"),
        ("mysql", "fee DIV 8", "//"),
        ("bigquery", "fee / 8", "/"),
        ("snowflake", "fee / 8", "/"),
    ],
)
def test_a_division_that_drops_remainders_is_told_from_an_exact_one(
    dialect: str, division: str, operator: str, schema: Schema
) -> None:
    sql = f"SELECT {division} FROM calls JOIN ships ON ship_id = id"
    expression = from_sql(sql, dialect, schema).outputs[0].expression
    assert isinstance(expression, Arithmetic)
    assert expression.operator == operator
    again = from_sql(to_sql(from_sql(sql, dialect, schema), dialect), dialect, schema)
    assert again.outputs[0].expression == expression


def test_types_are_followed_through_derived_tables(schema: Schema) -> None:
    sql = "SELECT n / 2, t / 2 FROM (SELECT count(*) AS n, sum(tons) AS t FROM ships) AS x"
    found = [output.expression for output in from_sql(sql, "sqlite", schema).outputs]
    assert [e.operator for e in found if isinstance(e, Arithmetic)] == ["//", "/"]


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "SELECT name FROM ships ORDER BY tons FETCH FIRST 3 ROWS WITH TIES"),
        ("postgres", "SELECT name FROM ships ORDER BY tons NULLS FIRST FOR UPDATE"),
        ("duckdb", "SELECT name FROM ships LIMIT 10 PERCENT"),
        ("sqlite", "SELECT name FROM ships LIMIT (SELECT 3) OFFSET 1"),
        ("postgres", "SELECT name FROM ships TABLESAMPLE BERNOULLI (10)"),
        ("duckdb", "SELECT name FROM ships ASOF JOIN calls ON id = ship_id AND built >= day"),
        ("duckdb", "SELECT * FROM ships POSITIONAL JOIN ports"),
        ("duckdb", "SELECT TRY_CAST(name AS INT) FROM other.ships"),
        ("duckdb", "SELECT name FROM side.main.ships"),
        ("postgres", "SELECT x FROM (VALUES (1, 2), (3, 4)) AS v(x, y)"),
        ("sqlite", "SELECT CAST(built AS DATE), CAST('2024-05-05' AS DATE) FROM ships"),
        ("postgres", "SELECT count(*) FROM ships GROUP BY ROLLUP (flag, built)"),
        ("postgres", "SELECT sum(tons) OVER w FROM ships WINDOW w AS (PARTITION BY flag ROWS UNBOUNDED PRECEDING)"),
        ("duckdb", "SELECT * EXCLUDE (built) FROM ships ANTI JOIN ports ON home_id = ports.id"),
        ("postgres", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n LIMIT 5"),
    ],
)  # fmt: skip
def test_rare_clauses_are_kept(dialect: str, sql: str, schema: Schema) -> None:
    said = " ".join(to_sql(from_sql(sql, dialect, schema), dialect).upper().split())
    rare = (
        "WITH TIES", "NULLS FIRST", "FOR UPDATE", "10 PERCENT", "(SELECT 3)", "OFFSET 1", "BERNOULLI (10)", "ASOF",
        "POSITIONAL", "TRY_CAST", "OTHER.SHIPS", "SIDE.MAIN.SHIPS", "VALUES (1, 2), (3, 4)", "CAST('2024-05-05' AS DATE)",
        "ROLLUP (", "UNBOUNDED PRECEDING", "EXCLUDE", "ANTI JOIN", "WITH RECURSIVE",
    )  # fmt: skip
    kept = [words for words in rare if words in sql.upper()]
    assert kept
    assert all(words in said for words in kept), said


def test_a_star_over_merged_columns_shows_them_once(duck: duckdb.DuckDBPyConnection, schema: Schema) -> None:
    sql = "SELECT * FROM ships FULL JOIN ports USING (id)"
    again = to_sql(from_sql(sql, "duckdb", schema), "duckdb")
    assert sorted(map(repr, duck.execute(again).fetchall())) == sorted(
        map(repr, duck.execute(sql).fetchall())
    )


def test_where_is_not_moved_before_a_join_that_brings_rows_back(
    duck: duckdb.DuckDBPyConnection, schema: Schema
) -> None:
    sql = "SELECT s.name, p.name FROM ships s, calls c RIGHT JOIN ports p ON p.id = c.port_id WHERE s.id = c.ship_id"
    again = to_sql(from_sql(sql, "duckdb", schema), "duckdb")
    assert sorted(map(repr, duck.execute(again).fetchall())) == sorted(
        map(repr, duck.execute(sql).fetchall())
    )


def test_shared_tables_do_not_grow_without_end(schema: Schema) -> None:
    steps = ["a0 AS (SELECT 1 AS x FROM ships)"]
    steps += [
        f"a{n} AS (SELECT l.x FROM a{n - 1} AS l JOIN a{n - 1} AS r ON l.x = r.x)" for n in range(1, 40)
    ]
    with pytest.raises(NotReadable, match="too large"):
        from_sql(f"WITH {', '.join(steps)} SELECT x FROM a39", "sqlite", schema)


def test_a_constant_is_no_place(lite: sqlite3.Connection, schema: Schema) -> None:
    sql = "SELECT 2, name, flag FROM ships ORDER BY 1, flag DESC, name"
    again = to_sql(from_sql(sql, "sqlite", schema), "sqlite")
    assert lite.execute(again).fetchall() == lite.execute(sql).fetchall(), again
    grouped = "SELECT 2, flag, count(*) FROM ships GROUP BY 1, flag"
    again = to_sql(from_sql(grouped, "sqlite", schema), "sqlite")
    assert sorted(lite.execute(again).fetchall(), key=repr) == sorted(
        lite.execute(grouped).fetchall(), key=repr
    )


def test_a_date_cut_to_its_month_stays_a_date_on_postgres(schema: Schema) -> None:
    read_back = to_sql(from_sql("SELECT date_trunc('month', day) FROM calls", "postgres", schema), "postgres")
    assert read_back == "SELECT CAST(DATE_TRUNC('month', calls.day) AS DATE)\nFROM calls"
    assert from_sql(read_back, "postgres", schema) == from_sql(
        "SELECT date_trunc('month', day) FROM calls", "postgres", schema
    )


def test_what_cannot_be_read_says_so() -> None:
    for text in ("SELEC 1", "(((", "SELECT 'x"):
        with pytest.raises(NotReadable):
            from_sql(text, "sqlite")


def test_lineage_goes_through_derived_tables(schema: Schema) -> None:
    sql = "WITH x AS (SELECT flag, sum(tons) AS total, count(*) AS n FROM ships GROUP BY flag) SELECT flag, total / n FROM x"
    assert output_lineage(from_sql(sql, "sqlite", schema), schema) == (("ships.flag",), ("ships.tons",))
    assert output_lineage(from_sql("SELECT * FROM ports", "sqlite", schema), schema)[1] == ("ports.name",)


def test_unknown_names_are_told(schema: Schema) -> None:
    assert unknown_names("SELECT name FROM ships", "sqlite", schema) == ()
    assert "nam" in unknown_names("SELECT nam FROM ships", "sqlite", schema)[0]
    assert "boats" in unknown_names("SELECT name FROM boats", "sqlite", schema)[0]
