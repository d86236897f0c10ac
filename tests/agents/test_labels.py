"""What columns are called for people."""

from __future__ import annotations

import pytest

from agents.answers.labels import output_labels
from agents.plans.reading import plan_query_of
from connectors.sql.readings.parse import from_sql
from tests.agents.made_statements import schema


@pytest.mark.parametrize(
    ("sql", "labels"),
    [
        ("SELECT land, count(*) FROM people GROUP BY land", ("land", "number of people")),
        ("SELECT count(*), land FROM people GROUP BY land", ("number of people", "land")),
        (
            "SELECT t.id, p.name FROM trips AS t JOIN people AS p ON t.person_id = p.id",
            ("trip id", "people name"),
        ),
        ("SELECT kind, avg(fare) AS mean_fare FROM trips GROUP BY kind", ("kind", "mean fare")),
        ("SELECT id AS number FROM bags", ("number",)),
    ],
)
def test_labels_in_the_order_of_the_statement(sql: str, labels: tuple[str, ...]) -> None:
    query = plan_query_of(from_sql(sql, "sqlite", schema()), schema(), "sqlite")
    assert output_labels(query, len(labels)) == labels
    assert output_labels(query, len(labels) + 1) == ("",) * (len(labels) + 1)
