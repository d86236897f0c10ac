"""Statements against plans: spelled differently is the same, meaning something else is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.back_translation import back_translate
from agents.conformance import conform
from agents.plans.reading import plan_query_of
from connectors.base import Column, Schema, Table, TypeFamily
from connectors.sql.readings.canonical import canonical
from connectors.sql.readings.parse import from_sql

TEXT, NUMBER = TypeFamily.text, TypeFamily.decimal
SCHEMA = Schema(
    (
        Table("city", tuple(Column(n, "TEXT", TEXT) for n in ("id", "name", "land", "mayor_id"))),
        Table("visit", tuple(Column(n, "REAL", NUMBER) for n in ("id", "city_id", "guest_id", "fee", "day"))),
        Table("person", tuple(Column(n, "TEXT", TEXT) for n in ("id", "name", "boss_id"))),
    )
)


def _keyed(column: Column) -> Column:
    return replace(
        column,
        primary_key=column.name == "id",
        family=TypeFamily.date if column.name == "day" else column.family,
    )


KEYED = Schema(tuple(replace(t, columns=tuple(map(_keyed, t.columns))) for t in SCHEMA.tables))
"""The same with keys, and visits on days."""

PLAN = (
    "SELECT c.land, SUM(v.fee) AS total FROM visit AS v JOIN city AS c ON v.city_id = c.id "
    "WHERE v.fee >= 5 AND v.fee <= 90 AND c.name != 'Oslo' GROUP BY c.land ORDER BY total DESC LIMIT 3"
)
SAME = [
    "select city.land, sum(visit.fee) from city join visit on city.id = visit.city_id "
    "where visit.fee between 5 and 90 and not city.name = 'Oslo' group by 1 order by 2 desc limit 3",
    "SELECT x.land, SUM(y.fee) s FROM city x, visit y WHERE y.city_id = x.id AND 5.0 <= y.fee AND y.fee <= 90 "
    "AND x.name <> 'Oslo' GROUP BY x.land ORDER BY s DESC LIMIT 3",
    PLAN.replace("ORDER BY total DESC", "ORDER BY SUM(v.fee) DESC, c.land"),
]
OTHER = {
    "another table": PLAN.replace("JOIN city AS c ON v.city_id = c.id", "JOIN city AS c ON v.city_id = c.id JOIN person AS p ON p.id = c.mayor_id"),
    "another key": PLAN.replace("v.city_id = c.id", "v.guest_id = c.id"),
    "a left join": PLAN.replace("JOIN city", "LEFT JOIN city"),
    "another literal": PLAN.replace("<= 90", "<= 91"),
    "a filter less": PLAN.replace(" AND c.name != 'Oslo'", ""),
    "a filter more": PLAN.replace("WHERE", "WHERE v.day = 1 AND"),
    "or for and": PLAN.replace("v.fee <= 90 AND", "v.fee <= 90 OR"),
    "another measure": PLAN.replace("SUM(v.fee)", "AVG(v.fee)"),
    "distinct inside": PLAN.replace("SUM(v.fee)", "SUM(DISTINCT v.fee)"),
    "another grain": PLAN.replace("c.land", "c.name"),
    "a column more": PLAN.replace("SELECT c.land,", "SELECT c.land, MAX(v.day) AS d,"),
    "columns swapped": PLAN.replace("c.land, SUM(v.fee) AS total", "SUM(v.fee) AS total, c.land"),
    "the other direction": PLAN.replace("DESC", "ASC"),
    "no order": PLAN.replace("ORDER BY total DESC ", ""),
    "another limit": PLAN.replace("LIMIT 3", "LIMIT 4"),
    "no limit": PLAN.replace(" LIMIT 3", ""),
    "an offset": PLAN.replace("LIMIT 3", "LIMIT 3 OFFSET 1"),
    "a union": PLAN.replace(" ORDER BY total DESC LIMIT 3", " UNION SELECT name, id FROM person"),
    "a having": PLAN.replace(" ORDER", " HAVING COUNT(*) > 1 ORDER"),
}  # fmt: skip


def verdicts(plan: str, sql: str) -> list[str]:
    query = plan_query_of(from_sql(plan, "sqlite", SCHEMA), SCHEMA, "sqlite")
    points = conform(query, from_sql(sql, "sqlite", SCHEMA), "sqlite", SCHEMA)
    assert points
    return [point.verdict for point in points]


@pytest.mark.parametrize("sql", [PLAN, *SAME])
def test_another_spelling_keeps_the_plan(sql: str) -> None:
    assert set(verdicts(PLAN, sql)) == {"kept"}


@pytest.mark.parametrize("name", OTHER)
def test_another_meaning_breaks_it(name: str) -> None:
    assert set(verdicts(PLAN, OTHER[name])) != {"kept"}


def test_roles_of_a_repeated_table_are_matched_not_counted() -> None:
    plan = "SELECT a.name, b.name FROM person AS a JOIN person AS b ON a.boss_id = b.id WHERE b.name = 'Ida'"
    same = "SELECT w.name, z.name FROM person AS z JOIN person AS w ON w.boss_id = z.id WHERE z.name = 'Ida'"
    swapped = (
        "SELECT w.name, z.name FROM person AS z JOIN person AS w ON w.boss_id = z.id WHERE w.name = 'Ida'"
    )
    assert set(verdicts(plan, same)) == {"kept"}
    assert set(verdicts(plan, swapped)) != {"kept"}


def test_a_subquery_is_compared_through() -> None:
    plan = "SELECT name FROM city WHERE id NOT IN (SELECT city_id FROM visit WHERE fee > 3)"
    assert set(verdicts(plan, "select c.name from city c where c.id not in (select v.city_id from visit v where 3 < v.fee)")) == {"kept"}  # fmt: skip
    assert set(verdicts(plan, plan.replace("fee > 3", "fee > 4"))) != {"kept"}


def test_correlation_is_not_lost_when_names_repeat() -> None:
    outer = "SELECT name FROM person AS a WHERE EXISTS (SELECT 1 FROM person AS b WHERE b.boss_id = a.id)"
    inner = "SELECT name FROM person AS a WHERE EXISTS (SELECT 1 FROM person AS b WHERE b.boss_id = b.id)"
    read = [canonical(from_sql(sql, "sqlite", SCHEMA)) for sql in (outer, inner)]
    assert read[0] != read[1]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("SELECT DISTINCT land FROM city", "SELECT land FROM city GROUP BY land"),
        ("SELECT COUNT(*) FROM city", "SELECT COUNT(1) FROM city"),
        ("SELECT id FROM city WHERE land IN ('b', 'a')", "SELECT id FROM city WHERE land IN ('a', 'b', 'a')"),
        ("SELECT id FROM city WHERE land IN ('a')", "SELECT id FROM city WHERE 'a' = land"),
    ],
)
def test_equal_readings(left: str, right: str) -> None:
    assert canonical(from_sql(left, "sqlite", SCHEMA)) == canonical(from_sql(right, "sqlite", SCHEMA))


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT COUNT(*) FROM city", "The number of cities."),
        (
            "SELECT DISTINCT land FROM city LIMIT 1",
            "Each different land of all cities. Shows only the first row.",
        ),
        (
            PLAN,
            "The total visit fee for each city land. Visits are matched with their cities by their key. Includes only"
            " visits where the visit fee is at least 5, is at most 90 and the city name is not 'Oslo'. Shows only the 3"
            " with the highest total visit fee.",
        ),
        (
            "SELECT name FROM city EXCEPT SELECT name FROM person",
            "The name of every city. Leaves out what this gives: The name of every person.",
        ),
        (
            "SELECT name FROM city WHERE land IS NULL OR land IN ('a', 'b')",
            "The name of every city. Includes only cities where the land is empty or the land is 'a' or 'b'.",
        ),
        (
            "SELECT name FROM person AS p WHERE NOT EXISTS (SELECT 1 FROM city AS c WHERE c.mayor_id = p.id) ORDER BY name",
            "The name of every person. Includes only people where there is no city where the city mayor ID equals the person"
            " ID. Sorted by the name from A to Z.",
        ),
        (
            "SELECT b.name, COUNT(*) FROM person AS e JOIN person AS b ON e.boss_id = b.id GROUP BY b.name HAVING COUNT(*) > 2",
            "The number of people for each other person name. People are matched with their other people by their key."
            " Keeps only other person names where the number of people is more than 2.",
        ),
        (
            "SELECT 100.0 * SUM(CASE WHEN fee > 50 THEN 1 ELSE 0 END) / COUNT(*), AVG(fee) FROM visit",
            "The number of visits where the fee is more than 50 as a percentage of the number of visits and the average fee"
            " of all visits.",
        ),
        (
            "SELECT strftime('%Y-%m', day), SUM(fee) FROM visit WHERE day >= '2024-01-01' GROUP BY 1 ORDER BY 1",
            "The total fee of all visits for each month of the day. Includes only visits where the day is on or after"
            " '2024-01-01'. Sorted by the month of the day, oldest first.",
        ),
        ("SELECT SUM(fee * 2 + 1) FROM visit", "The total of (the fee times 2) plus 1 of all visits."),
        (
            "SELECT name FROM city WHERE id NOT IN (SELECT city_id FROM visit WHERE fee > 3) AND name LIKE 'A%'",
            "The name of every city. Includes only cities where the ID is not among the city IDs of the visits where the fee"
            " is more than 3 and the name starts with 'A'.",
        ),
        (
            "SELECT c.name FROM city AS c LEFT JOIN visit AS v ON v.city_id = c.id WHERE v.id IS NULL",
            "The city name. Cities are matched with visits where their keys are equal; those without any stay. Includes only"
            " rows where the visit ID is empty.",
        ),
    ],
)
def test_read_back(sql: str, said: str) -> None:
    assert back_translate(from_sql(sql, "sqlite", KEYED), KEYED) == said
