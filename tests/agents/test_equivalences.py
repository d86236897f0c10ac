"""Statements that say a plan in other words are taken for it; near misses are not. SQLite has the last word on both."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator

import pytest

from agents.conformance import conform
from agents.plans.reading import plan_query_of
from connectors.base import Schema
from connectors.sql.readings.parse import from_sql
from connectors.sqlite_schema import read

TABLES = """
CREATE TABLE farm (id INTEGER PRIMARY KEY, name TEXT NOT NULL, region TEXT, owner_id INTEGER);
CREATE TABLE crop (id INTEGER PRIMARY KEY, farm_id INTEGER NOT NULL, kind TEXT, tons REAL, boxes INTEGER, sown DATE, cut DATETIME);
CREATE TABLE owner (id INTEGER PRIMARY KEY, name TEXT, born DATE);
INSERT INTO farm VALUES (1, 'Ash', 'north', 1), (2, 'Birch', 'south', NULL), (3, 'Cedar', 'north', 2), (4, 'Dell', NULL, 2), (5, 'Elm', 'east', 9);
INSERT INTO crop VALUES (1, 1, 'rye', 10, 3, '2023-12-31', '2024-07-01 00:00:00'), (2, 1, 'oats', 4, 8, '2024-01-01', '2024-07-31 18:00:00'),
 (3, 2, 'rye', 7, 5, '2024-03-05', '2024-08-01 09:00:00'), (4, 3, 'rye', NULL, 7, '2024-12-31', NULL), (5, 3, 'barley', 12, 2, '2025-01-01', '2025-07-31 00:00:00'),
 (6, 3, 'oats', 4, 2, NULL, '2024-12-31 23:59:59');
INSERT INTO owner VALUES (1, 'Ida', '1970-05-05'), (2, 'Jon', '1980-01-01'), (3, NULL, NULL);
"""  # fmt: skip
JOINED = "SELECT f.name, SUM(c.tons) FROM farm f JOIN crop c ON c.farm_id = f.id WHERE c.kind = 'rye' GROUP BY f.name"
BETWEEN = "SELECT id FROM crop WHERE tons BETWEEN 4 AND 10"
LISTED = "SELECT id FROM crop WHERE kind IN ('rye', 'oats')"
GROWING = "SELECT name FROM farm WHERE id IN (SELECT farm_id FROM crop WHERE kind = 'rye')"
IDLE = "SELECT name FROM farm WHERE id NOT IN (SELECT farm_id FROM crop)"
YEAR = "SELECT id FROM crop WHERE strftime('%Y', sown) = '2024'"
MONTH = "SELECT id FROM crop WHERE strftime('%Y-%m', cut) = '2024-07'"
OWNED = "SELECT f.name FROM farm f JOIN owner o ON o.id = f.owner_id WHERE o.born > '1975-01-01'"
HEAVY = "SELECT farm_id, COUNT(*) FROM crop WHERE tons > 5 GROUP BY farm_id"
RATIO = "SELECT SUM(boxes) * 1.0 / COUNT(*) FROM crop"
SAME = {
    "between as two comparisons": (BETWEEN, "SELECT id FROM crop WHERE 10 >= tons AND tons >= 4"),
    "not between": ("SELECT id FROM crop WHERE tons NOT BETWEEN 4 AND 10", "SELECT id FROM crop WHERE tons < 4 OR tons > 10"),
    "not and": (BETWEEN, "SELECT id FROM crop WHERE NOT (tons < 4 OR tons > 10)"),
    "in as or": (LISTED, "SELECT id FROM crop WHERE kind = 'oats' OR 'rye' = kind"),
    "in as in or equal": (LISTED, "SELECT id FROM crop WHERE kind IN ('oats') OR kind IN ('rye')"),
    "not in as and": ("SELECT id FROM crop WHERE kind NOT IN ('rye', 'oats')", "SELECT id FROM crop WHERE kind <> 'oats' AND kind <> 'rye'"),
    "joins in another order": (JOINED, "SELECT f.name, SUM(c.tons) FROM crop c JOIN farm f ON f.id = c.farm_id WHERE c.kind = 'rye' GROUP BY f.name"),
    "comma join": (JOINED, "SELECT farm.name, SUM(tons) AS t FROM farm, crop WHERE farm.id = farm_id AND kind = 'rye' GROUP BY 1"),
    "a filter in the join": (JOINED, "SELECT f.name, SUM(c.tons) FROM farm f JOIN crop c ON c.farm_id = f.id AND c.kind = 'rye' GROUP BY f.name"),
    "a filter after grouping": ("SELECT kind, COUNT(*) FROM crop WHERE kind = 'rye' GROUP BY kind", "SELECT kind, COUNT(*) FROM crop GROUP BY kind HAVING kind = 'rye'"),
    "counted by key": (HEAVY, "SELECT farm_id, COUNT(id) FROM crop WHERE tons > 5 GROUP BY farm_id"),
    "counted by number": (HEAVY, "SELECT farm_id, COUNT(1) FROM crop WHERE tons > 5 GROUP BY farm_id"),
    "different keys": ("SELECT COUNT(*) FROM crop", "SELECT COUNT(DISTINCT id) FROM crop"),
    "year as a range": (YEAR, "SELECT id FROM crop WHERE sown >= '2024-01-01' AND sown < '2025-01-01'"),
    "year as whole days": (YEAR, "SELECT id FROM crop WHERE sown BETWEEN '2024-01-01' AND '2024-12-31'"),
    "year as a number": (YEAR, "SELECT id FROM crop WHERE CAST(strftime('%Y', sown) AS INTEGER) = 2024"),
    "years": ("SELECT id FROM crop WHERE strftime('%Y', sown) >= '2024'", "SELECT id FROM crop WHERE sown >= '2024-01-01'"),
    "month as a range": (MONTH, "SELECT id FROM crop WHERE cut >= '2024-07-01' AND cut < '2024-08-01'"),
    "month as parts": (MONTH, "SELECT id FROM crop WHERE CAST(strftime('%Y', cut) AS INTEGER) = 2024 AND CAST(strftime('%m', cut) AS INTEGER) = 7"),
    "day as a range": ("SELECT id FROM crop WHERE DATE(cut) = '2024-07-31'", "SELECT id FROM crop WHERE cut >= '2024-07-31' AND cut < '2024-08-01'"),
    "in as exists": (GROWING, "SELECT f.name FROM farm f WHERE EXISTS (SELECT 1 FROM crop c WHERE c.farm_id = f.id AND c.kind = 'rye')"),
    "exists that shows more": (GROWING, "SELECT name FROM farm WHERE EXISTS (SELECT DISTINCT * FROM crop WHERE farm_id = farm.id AND kind = 'rye' ORDER BY tons)"),
    "distinct keys joined": ("SELECT id, name FROM farm WHERE id IN (SELECT farm_id FROM crop)", "SELECT DISTINCT f.id, f.name FROM farm f JOIN crop c ON c.farm_id = f.id"),
    "in as distinct join": ("SELECT DISTINCT region FROM farm WHERE id IN (SELECT farm_id FROM crop WHERE tons > 5)", "SELECT DISTINCT f.region FROM farm f JOIN crop c ON c.farm_id = f.id WHERE c.tons > 5"),
    "join to one as in": (OWNED, "SELECT name FROM farm WHERE owner_id IN (SELECT id FROM owner WHERE born > '1975-01-01')"),
    "join to one as exists": (OWNED, "SELECT name FROM farm f WHERE EXISTS (SELECT 1 FROM owner WHERE id = f.owner_id AND born > '1975-01-01')"),
    "not in as not exists": (IDLE, "SELECT name FROM farm f WHERE NOT EXISTS (SELECT 1 FROM crop WHERE farm_id = f.id)"),
    "not in as left join": (IDLE, "SELECT f.name FROM farm f LEFT JOIN crop c ON c.farm_id = f.id WHERE c.id IS NULL"),
    "in through a chain": ("SELECT kind FROM crop WHERE farm_id IN (SELECT f.id FROM farm f JOIN owner o ON f.owner_id = o.id WHERE o.name = 'Jon')", "SELECT c.kind FROM crop c JOIN farm f ON c.farm_id = f.id JOIN owner o ON o.id = f.owner_id WHERE o.name = 'Jon'"),
    "a table expression": (HEAVY, "WITH big AS (SELECT * FROM crop WHERE tons > 5) SELECT farm_id, COUNT(*) AS n FROM big GROUP BY farm_id"),
    "a derived table": (JOINED, "SELECT f.name, SUM(r.t) FROM farm f JOIN (SELECT farm_id AS f, tons AS t FROM crop WHERE kind = 'rye') r ON r.f = f.id GROUP BY f.name"),
    "division by a cast": (RATIO, "SELECT CAST(SUM(boxes) AS REAL) / COUNT(*) FROM crop"),
    "a case as a filter": ("SELECT SUM(CASE WHEN kind = 'rye' THEN tons END) FROM crop", "SELECT SUM(tons) FILTER (WHERE kind = 'rye') FROM crop"),
    "grouped by key alone": ("SELECT f.id, f.name, COUNT(*) FROM farm f JOIN crop c ON c.farm_id = f.id GROUP BY f.id, f.name", "SELECT f.id, f.name, COUNT(*) FROM farm f JOIN crop c ON c.farm_id = f.id GROUP BY f.id"),
}  # fmt: skip
OTHER = {
    "a border less": (BETWEEN, "SELECT id FROM crop WHERE tons >= 4 AND tons < 10"),
    "or for and": (BETWEEN, "SELECT id FROM crop WHERE tons >= 4 OR tons <= 10"),
    "an option less": (LISTED, "SELECT id FROM crop WHERE kind = 'rye'"),
    "options of two columns": ("SELECT id FROM crop WHERE id IN (1, 4)", "SELECT id FROM crop WHERE id = 1 OR boxes = 4"),
    "rows, not values, counted": ("SELECT COUNT(*) FROM crop", "SELECT COUNT(tons) FROM crop"),
    "key repeated by a join": ("SELECT COUNT(*) FROM farm f JOIN crop c ON c.farm_id = f.id", "SELECT COUNT(DISTINCT f.id) FROM farm f JOIN crop c ON c.farm_id = f.id"),
    "the year's last day missed": (YEAR, "SELECT id FROM crop WHERE sown >= '2024-01-01' AND sown < '2024-12-31'"),
    "the next year's first day": (YEAR, "SELECT id FROM crop WHERE sown BETWEEN '2024-01-01' AND '2025-01-01'"),
    "the last moment missed": ("SELECT id FROM crop WHERE strftime('%Y', cut) = '2024'", "SELECT id FROM crop WHERE cut BETWEEN '2024-01-01' AND '2024-12-31'"),
    "the month of every year": (MONTH, "SELECT id FROM crop WHERE CAST(strftime('%m', cut) AS INTEGER) = 7"),
    "a join that repeats": (GROWING, "SELECT f.name FROM farm f JOIN crop c ON c.farm_id = f.id WHERE c.kind IN ('rye', 'oats')"),
    "repeats for partners": ("SELECT name FROM farm WHERE id IN (SELECT farm_id FROM crop)", "SELECT f.name FROM farm f JOIN crop c ON c.farm_id = f.id"),
    "names once for keys once": ("SELECT region FROM farm WHERE id IN (SELECT farm_id FROM crop)", "SELECT DISTINCT f.region FROM farm f JOIN crop c ON c.farm_id = f.id"),
    "a condition outside": (GROWING, "SELECT name FROM farm WHERE EXISTS (SELECT 1 FROM crop WHERE kind = 'rye')"),
    "not in with NULLs": ("SELECT name FROM owner WHERE id NOT IN (SELECT owner_id FROM farm)", "SELECT name FROM owner o WHERE NOT EXISTS (SELECT 1 FROM farm WHERE owner_id = o.id)"),
    "an optional partner's filter": (IDLE, "SELECT f.name FROM farm f LEFT JOIN crop c ON c.farm_id = f.id AND c.kind = 'oats' WHERE c.id IS NULL"),
    "a NULL that is in the data": (IDLE, "SELECT f.name FROM farm f LEFT JOIN crop c ON c.farm_id = f.id WHERE c.tons IS NULL"),
    "grouped before filtered": ("SELECT farm_id, SUM(tons) FROM crop WHERE tons > 5 GROUP BY farm_id", "SELECT farm_id, SUM(tons) FROM crop GROUP BY farm_id HAVING SUM(tons) > 5"),
    "a limit inside": (GROWING, "SELECT name FROM farm WHERE id IN (SELECT farm_id FROM crop WHERE kind = 'rye' ORDER BY id LIMIT 1)"),
    "another order of groups": ("SELECT kind FROM crop GROUP BY kind ORDER BY COUNT(*) DESC LIMIT 1", "SELECT DISTINCT kind FROM crop ORDER BY kind LIMIT 1"),
    "remainders dropped": (RATIO, "SELECT SUM(boxes) / COUNT(*) FROM crop"),
    "columns of a derived table swapped": ("SELECT x.a FROM (SELECT id AS a, boxes AS b FROM crop LIMIT 9) x", "SELECT x.a FROM (SELECT id AS b, boxes AS a FROM crop LIMIT 9) x"),
    "an optional farm": ("SELECT c.id, f.name FROM crop c LEFT JOIN farm f ON f.id = c.boxes", "SELECT c.id, f.name FROM crop c JOIN farm f ON f.id = c.boxes"),
}  # fmt: skip


@pytest.fixture(scope="module")
def farms() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLES)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def schema(farms: sqlite3.Connection) -> Schema:
    return read(farms)


def _broken(plan: str, sql: str, schema: Schema) -> list[str]:
    query = plan_query_of(from_sql(plan, "sqlite", schema), schema, "sqlite")
    points = conform(query, from_sql(sql, "sqlite", schema), "sqlite", schema)
    return [point.detail for point in points if point.verdict != "kept"]


@pytest.mark.parametrize("name", SAME)
def test_other_words_for_the_same_rows(name: str, farms: sqlite3.Connection, schema: Schema) -> None:
    plan, sql = SAME[name]
    assert Counter(farms.execute(plan)) == Counter(farms.execute(sql))
    assert _broken(plan, sql, schema) == []
    assert _broken(sql, plan, schema) == []


@pytest.mark.parametrize("name", OTHER)
def test_a_near_miss_is_caught(name: str, farms: sqlite3.Connection, schema: Schema) -> None:
    plan, sql = OTHER[name]
    assert Counter(farms.execute(plan)) != Counter(farms.execute(sql))
    assert _broken(plan, sql, schema)
    assert _broken(sql, plan, schema)
