"""A verdict on an answer proposes patterns, and only of statements that may run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agents.deps import OpenSource
from agents.learning import Lesson, candidates
from connectors.errors import QueryRejected
from connectors.sql.policy import EVERYTHING, ReadPolicy
from knowledge.base import Pattern
from knowledge.patterns import dependencies_fingerprint
from tests.agents.harness import BY_COUNTRY, make_shop, open_shop

WRONG = "SELECT c.country, COUNT(*) AS n FROM customers AS c GROUP BY c.country"
LESSON = Lesson("t1", "What is the revenue by country?", WRONG, "down")


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[OpenSource]:
    source = await open_shop(make_shop(tmp_path / "s.sqlite"))
    yield source
    await source.connector.close()


def learned(lesson: Lesson, shop: OpenSource, policy: ReadPolicy = EVERYTHING) -> tuple[Pattern, ...]:
    return candidates(lesson, shop.knowledge, shop.capabilities, policy)


async def test_praise_proposes_the_statement(shop: OpenSource) -> None:
    (pattern,) = learned(replace(LESSON, sql=BY_COUNTRY, verdict="up", note="Good."), shop)
    assert (pattern.question, pattern.sql, pattern.status) == (LESSON.question, BY_COUNTRY, "candidate")
    assert pattern.tables == ("customers", "orders")
    assert pattern.columns == ("customers.country", "customers.id", "orders.amount", "orders.customer_id")
    assert not pattern.negative


async def test_a_correction_teaches_the_right_and_the_wrong_statement(shop: OpenSource) -> None:
    right, wrong = learned(replace(LESSON, corrected_sql=BY_COUNTRY), shop)
    assert (right.sql, right.negative) == (BY_COUNTRY, False)
    assert (wrong.sql, wrong.negative) == (WRONG, True)
    assert wrong.note
    assert right.id != wrong.id


async def test_blame_teaches_only_with_a_reason(shop: OpenSource) -> None:
    assert learned(LESSON, shop) == ()
    (wrong,) = learned(replace(LESSON, note="It counts customers, not money."), shop)
    assert (wrong.negative, wrong.note) == (True, "It counts customers, not money.")


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE orders",
        "SELECT secret FROM orders",
        "SELECT 1; SELECT 2",
        "SELECT * FROM nowhere",
        "not SQL",
    ],
)
async def test_a_correction_that_may_not_run_is_refused(shop: OpenSource, sql: str) -> None:
    with pytest.raises(QueryRejected):
        learned(replace(LESSON, corrected_sql=sql), shop)


async def test_nobody_teaches_what_they_may_not_read(shop: OpenSource) -> None:
    policy = ReadPolicy(tables=frozenset({"customers"}))
    with pytest.raises(QueryRejected):
        learned(replace(LESSON, corrected_sql=BY_COUNTRY), shop, policy)
    assert learned(replace(LESSON, sql=BY_COUNTRY, note="Not this."), shop, policy) == ()


async def test_the_same_lesson_twice_is_one_pattern(shop: OpenSource) -> None:
    lesson = replace(LESSON, corrected_sql=BY_COUNTRY)
    assert learned(lesson, shop) == learned(lesson, shop)
    assert {p.id for p in learned(lesson, shop)}.isdisjoint(
        p.id for p in learned(replace(lesson, turn_id="t2"), shop)
    )


async def test_a_pattern_knows_when_its_columns_change(shop: OpenSource) -> None:
    (pattern,) = learned(replace(LESSON, sql=BY_COUNTRY, verdict="up"), shop)
    schema = shop.knowledge.schema
    assert pattern.fingerprint == dependencies_fingerprint(pattern, schema)
    tables = tuple(
        replace(t, columns=tuple(c for c in t.columns if c.name != "amount")) if t.name == "orders" else t
        for t in schema.tables
    )
    assert pattern.fingerprint != dependencies_fingerprint(pattern, replace(schema, tables=tables))
