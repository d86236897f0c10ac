"""The rows behind a number are those that it was made from: added up again, they give the number."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.evidence.drill_down import CannotDrill, keys_of, origin_of, rows_behind
from connectors.base import Column, JsonValue, Schema, Table, TypeFamily
from connectors.sql.reading import Reading
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql

INTEGER, TEXT = TypeFamily.integer, TypeFamily.text
SCHEMA = Schema(
    (
        Table(
            "customers",
            (
                Column("id", "INTEGER", INTEGER, primary_key=True),
                Column("country", "TEXT", TEXT),
            ),
        ),
        Table(
            "orders",
            (
                Column("id", "INTEGER", INTEGER, primary_key=True),
                Column("customer_id", "INTEGER", INTEGER),
                Column("amount", "INTEGER", INTEGER),
                Column("ordered_at", "TEXT", TypeFamily.timestamp),
                Column("channel", "TEXT", TEXT),
            ),
        ),
    )
)
GROUPS = {
    "country": "customers.country",
    "channel": "orders.channel",
    "month": "strftime('%Y-%m', orders.ordered_at)",
    "customer": "orders.customer_id",
}
MEASURES = {
    "count": "count(*)",
    "amounts": "count(orders.amount)",
    "channels": "count(DISTINCT orders.channel)",
    "total": "sum(orders.amount)",
    "largest": "max(orders.amount)",
    "smallest": "min(orders.amount)",
}
FILTERS = (
    "orders.amount > 40",
    "customers.country <> 'Chile'",
    "orders.channel IN ('web', 'shop')",
    "orders.amount BETWEEN 10 AND 70 OR orders.channel IS NULL",
    "customers.id IN (SELECT customer_id FROM orders WHERE amount > 90)",
)
LEFT = "customers LEFT JOIN orders ON orders.customer_id = customers.id"
INNER = "customers JOIN orders ON orders.customer_id = customers.id"


@pytest.fixture(scope="module")
def shop() -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, country TEXT)")
    database.execute(
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, amount INTEGER, ordered_at TEXT, channel TEXT)"
    )
    countries = ("Norway", "Chile", "O'Land", None)
    database.executemany(
        "INSERT INTO customers VALUES (?, ?)", [(number, countries[number % 4]) for number in range(1, 14)]
    )
    orders = [
        (
            number,
            number % 11 + 1,
            None if number % 9 == 0 else number * 37 % 101,
            f"2025-{number % 12 + 1:02d}-{number % 27 + 1:02d} 10:00:00",
            (None, "web", "shop", "phone")[number % 4],
        )
        for number in range(1, 120)
    ]
    database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", orders)
    yield database
    database.close()


def behind(
    database: sqlite3.Connection, reading: Reading, cells: Sequence[JsonValue], column: int
) -> list[dict[str, JsonValue]]:
    names = [output.alias or "?" for output in reading.outputs]
    families = [INTEGER if isinstance(cell, int) else TEXT for cell in cells]
    keys = keys_of(reading, cells, families, names)
    cursor = database.execute(to_sql(rows_behind(reading, SCHEMA, "sqlite", column, keys), "sqlite"))
    found = [name for name, *_ in cursor.description]
    return [dict(zip(found, row, strict=True)) for row in cursor]


def made_again(measure: str, rows: Sequence[dict[str, JsonValue]]) -> JsonValue:
    amounts = [row["orders.amount"] for row in rows]
    numbers = [amount for amount in amounts if isinstance(amount, int)]
    if measure == "count":
        return len(rows)
    if measure == "channels":
        return len({row["orders.channel"] for row in rows})
    assert len(numbers) == len(amounts), "a row without an amount was not counted into it"
    if measure == "amounts":
        return len(numbers)
    if not numbers:
        return None
    if measure == "total":
        return sum(numbers)
    return max(numbers) if measure == "largest" else min(numbers)


@settings(max_examples=120)
@given(
    groups=st.lists(st.sampled_from(sorted(GROUPS)), max_size=2, unique=True),
    measure=st.sampled_from(sorted(MEASURES)),
    filters=st.lists(st.sampled_from(FILTERS), max_size=2, unique=True),
    tables=st.sampled_from((INNER, LEFT)),
    having=st.booleans(),
)
def test_the_rows_add_up_to_the_cell(
    shop: sqlite3.Connection,
    groups: list[str],
    measure: str,
    filters: list[str],
    tables: str,
    *,
    having: bool,
) -> None:
    shown = [f"{GROUPS[name]} AS {name}" for name in groups] + [f"{MEASURES[measure]} AS {measure}"]
    sql = f"SELECT {', '.join(shown)} FROM {tables}"
    if filters:
        sql += " WHERE " + " AND ".join(f"({text})" for text in filters)
    if groups:
        sql += " GROUP BY " + ", ".join(GROUPS[name] for name in groups)
        sql += " HAVING count(*) > 2" * having
    sql += f" ORDER BY {measure} DESC LIMIT 7"
    reading = from_sql(sql, "sqlite", SCHEMA)
    for cells in shop.execute(sql).fetchall():
        rows = behind(shop, reading, cells, len(groups))
        assert made_again(measure, rows) == cells[-1]


def test_a_plain_list_leads_to_its_own_row(shop: sqlite3.Connection) -> None:
    reading = from_sql("SELECT id, channel FROM orders ORDER BY id LIMIT 5", "sqlite", SCHEMA)
    assert [row["id"] for row in behind(shop, reading, (2, "shop"), 1)] == [2]


def test_an_average_wrapped_in_rounding_leaves_out_rows_without_a_value(shop: sqlite3.Connection) -> None:
    reading = from_sql("SELECT round(avg(amount), 2) AS mean FROM orders", "sqlite", SCHEMA)
    [(mean,)] = shop.execute("SELECT round(avg(amount), 2) FROM orders").fetchall()
    amounts = [int(str(row["amount"])) for row in behind(shop, reading, (mean,), 0)]
    assert round(Decimal(sum(amounts)) / len(amounts), 2) == round(Decimal(mean), 2)


def test_the_largest_comes_first(shop: sqlite3.Connection) -> None:
    reading = from_sql("SELECT max(amount) AS top FROM orders", "sqlite", SCHEMA)
    [(top,)] = shop.execute("SELECT max(amount) FROM orders").fetchall()
    assert behind(shop, reading, (top,), 0)[0]["amount"] == top


def test_the_origin_names_expression_columns_and_filters() -> None:
    reading = from_sql(
        "SELECT channel, sum(amount) AS total FROM orders WHERE channel = 'web' GROUP BY channel",
        "sqlite",
        SCHEMA,
    )
    origin = origin_of(reading, SCHEMA, 1)
    assert origin.columns == ("orders.amount",)
    assert "total" in origin.expression
    assert "web" in origin.filters[0]
    counted = origin_of(from_sql("SELECT count(*) FROM orders", "sqlite", SCHEMA), SCHEMA, 0)
    assert counted.columns == ("orders.*",)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT sum(amount) FROM orders GROUP BY channel", "grouped by"),
        ("SELECT id FROM orders UNION SELECT id FROM customers", "several queries"),
        ("SELECT row_number() OVER (ORDER BY id) FROM orders", "other rows"),
        ("SELECT (SELECT count(*) FROM customers) FROM orders", "other rows"),
        ("SELECT 1", "no table"),
    ],
)
def test_what_has_no_plain_rows_says_why(sql: str, why: str) -> None:
    reading = from_sql(sql, "sqlite", SCHEMA)
    with pytest.raises(CannotDrill, match=why):
        rows_behind(reading, SCHEMA, "sqlite", 0, keys_of(reading, (1,), (INTEGER,), ("one",)))
