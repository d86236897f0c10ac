"""Computed columns get names that say what they hold, and never the name of a column that is there."""

from __future__ import annotations

import pytest

from agents.reasoners.embedded.naming import named
from connectors.base import Column, Schema, Table, TypeFamily
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql


def _table(name: str, *columns: str) -> Table:
    families = {"id": TypeFamily.integer, "amount": TypeFamily.decimal, "ordered_at": TypeFamily.timestamp}
    return Table(
        name,
        tuple(
            Column(column, "?", families.get(column, TypeFamily.text), primary_key=column == "id")
            for column in columns
        ),
    )


SCHEMA = Schema(
    (
        _table("customers", "id", "name", "country", "month"),
        _table("orders", "id", "customer_id", "amount", "ordered_at"),
    )
)
JOINED = "FROM customers AS c JOIN orders AS o ON o.customer_id = c.id"


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT count(*) FROM orders", ["number_of_orders"]),
        ("SELECT name FROM customers", [""]),
        (f"SELECT c.country, sum(o.amount) {JOINED} GROUP BY c.country", ["", "total_amount"]),
        (f"SELECT count(*) {JOINED}", ["number_of_orders"]),
        ("SELECT count(*) FROM customers AS c, orders AS o", ["number_of_rows"]),
        ("SELECT count(DISTINCT country) FROM customers", ["number_of_different_country"]),
        ("SELECT max(ordered_at), max(amount) FROM orders", ["latest_ordered_at", "highest_amount"]),
        (
            "SELECT strftime('%Y-%m', ordered_at), avg(amount) FROM orders GROUP BY 1",
            ["month", "average_amount"],
        ),
        (
            f"SELECT strftime('%Y-%m', o.ordered_at), count(*) {JOINED} GROUP BY 1",
            ["month_value", "number_of_orders"],
        ),
        ("SELECT sum(amount) * 1.0 / count(DISTINCT customer_id) FROM orders", ["total_amount_per_customer"]),
        (
            "SELECT country, 100.0 * count(*) / sum(count(*)) OVER () FROM customers GROUP BY country",
            ["", "share_percent"],
        ),
        ("SELECT sum(amount) AS revenue, sum(amount) FROM orders", ["revenue", "total_amount"]),
        ("SELECT sum(amount), sum(amount) FROM orders", ["total_amount", "total_amount_value"]),
    ],
)
def test_names(sql: str, names: list[str]) -> None:
    reading = named(from_sql(sql, "sqlite", SCHEMA), SCHEMA)
    assert [output.alias for output in reading.outputs] == names
    for name in filter(None, names):
        assert f"AS {name}" in to_sql(reading, "sqlite").replace('"', "")
