from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Schema, TypeFamily
from knowledge.base import Pattern
from knowledge.patterns import (
    SAME_QUESTION,
    credited,
    dependencies_fingerprint,
    expired_by,
    similar_patterns,
    visible_patterns,
    votes,
)
from knowledge.questions import similarity
from knowledge.templates import adapt
from knowledge.value_index import ColumnValues, StoredValueIndex
from tests.knowledge.sources import table

SCHEMA = Schema(
    (
        table("orders", "id", "customer_id", "ordered_on:date", key="id"),
        table("customers", "id", "name:text", "country:text", key="id"),
    )
)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Show me the total revenue by month", "What is the total revenue per month?"),
        ("How many customers are there?", "number of customers"),
        ("Top 5 products by revenue", "please list the top five products by revenue"),
        ("revenue for each region", "Revenue by region"),
        ("orders over 1,000", "orders above 1000"),
        ("customers who don't have orders", "customers who do not have orders"),
    ],
)
def test_the_same_question_in_other_words(left: str, right: str) -> None:
    assert similarity(left, right) >= SAME_QUESTION
    assert similarity(right, left) >= SAME_QUESTION


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("How many orders in 2023?", "How many orders in 2024?"),
        ("orders in France", "orders in Germany"),
        ("orders in france by month and category", "orders in germany by month and category"),
        ("flights from Paris to Rome", "flights from Rome to Paris"),
        ("customers with orders", "customers without orders"),
        ("How many customers have orders?", "How many customers do not have orders?"),
        ("which customers ordered shoes", "how many customers ordered shoes"),
        ("orders over 100", "orders under 100"),
        ("the cheapest product", "the dearest product"),
        ("average price", "total price"),
        ("orders before May", "orders after May"),
        ("top 5 products", "top 10 products"),
        ("products of Anna", "products of Ann"),
        ("revenue by month", "revenue by month and region"),
        ("who bought tents", "when were tents bought"),
    ],
)
def test_questions_that_only_look_alike(left: str, right: str) -> None:
    assert similarity(left, right) < SAME_QUESTION
    assert similarity(right, left) < SAME_QUESTION


@given(st.text(max_size=60), st.text(max_size=60))
def test_similarity_is_a_share_and_knows_itself(left: str, right: str) -> None:
    assert 0 <= similarity(left, right) <= 1
    assert similarity(left, left) == 1


@given(
    st.lists(st.sampled_from(["orders", "in", "France", "2023", "by", "month", "not", "7"]), min_size=1),
    st.data(),
)
def test_another_number_is_never_the_same_question(words: list[str], data: st.DataObject) -> None:
    question = " ".join([*words, "2023"])
    number = data.draw(st.integers(0, 9_999).filter(lambda n: n != 2023))
    assert similarity(question, " ".join([*words, str(number)])) < SAME_QUESTION


def pattern(question: str, sql: str, **changes: object) -> Pattern:
    return replace(Pattern("p1", question, sql, "s1"), **changes)  # type: ignore[arg-type]


ORDERS = pattern(
    "How many orders came from France in 2023?",
    "SELECT COUNT(*) FROM orders AS o JOIN customers AS c ON c.id = o.customer_id "
    "WHERE c.country = 'France' AND o.ordered_on >= '2023-01-01' AND o.ordered_on < '2024-01-01'",
)
VALUES = StoredValueIndex(
    [
        ColumnValues("customers", "country", (("France", 5), ("Spain", 3), ("Costa Rica", 1), ("2023", 1))),
        ColumnValues("suppliers", "country", (("Italy", 1),)),
    ]
)


def test_literals_are_exchanged() -> None:
    assert adapt(ORDERS, "how many orders came from spain in 2024", "sqlite", VALUES) == (
        "SELECT COUNT(*) FROM orders AS o JOIN customers AS c ON c.id = o.customer_id "
        "WHERE c.country = 'Spain' AND o.ordered_on >= '2024-01-01' AND o.ordered_on < '2025-01-01'"
    )
    two_words = adapt(ORDERS, "How many orders came from Costa Rica in 2023?", "sqlite", VALUES)
    assert two_words is not None and "'Costa Rica'" in two_words
    limit = pattern("Top 5 products by price", "SELECT name FROM products ORDER BY price DESC LIMIT 5")
    assert adapt(limit, "top ten products by price", "sqlite") == (
        "SELECT name FROM products ORDER BY price DESC LIMIT 10"
    )
    like = pattern("customers called Lee", "SELECT * FROM customers WHERE name LIKE '%Lee%'")
    assert adapt(like, "customers called Kim", "sqlite") == "SELECT * FROM customers WHERE name LIKE '%Kim%'"


def test_the_same_question_gets_the_same_text() -> None:
    assert adapt(ORDERS, "How many orders came from France in 2023", "sqlite", VALUES) == ORDERS.sql


@pytest.mark.parametrize(
    "question",
    [
        "How many orders came from Italy in 2023?",  # stored, but in another column
        "How many orders came from Atlantis in 2023?",
        "How many returns came from France in 2023?",
        "How many orders came from France?",
        "How many orders came from France in 2023 by month?",
        "How many orders did not come from France in 2023?",
        "",
    ],
)
def test_what_differs_by_more_is_not_adapted(question: str) -> None:
    assert adapt(ORDERS, question, "sqlite", VALUES) is None


def test_an_ambiguous_number_is_not_adapted() -> None:
    twice = pattern("5 best shops with 5 sales", "SELECT s FROM shops WHERE sales = 5 LIMIT 5")
    assert adapt(twice, "7 best shops with 5 sales", "sqlite") is None
    absent = pattern("best 5 shops", "SELECT s FROM shops WHERE sales = 3")
    assert adapt(absent, "best 7 shops", "sqlite") is None


def test_a_date_that_would_not_exist_is_not_made() -> None:
    leap = pattern("orders on leap day 2024", "SELECT * FROM orders WHERE ordered_on = '2024-02-29'")
    assert adapt(leap, "orders on leap day 2023", "sqlite") is None


def test_negatives_and_broken_sql_give_nothing() -> None:
    assert adapt(replace(ORDERS, negative=True), ORDERS.question, "sqlite") is None
    assert adapt(pattern("a 1", "SELECT ((("), "a 2", "sqlite") is None


def test_the_injected_text_stays_a_literal() -> None:
    like = pattern("customers called Lee", "SELECT * FROM customers WHERE name = 'Lee'")
    made = adapt(like, "customers called O'Brien'--", "sqlite")
    assert made in (None, "SELECT * FROM customers WHERE name = 'O''Brien'")


def test_only_active_patterns_are_found_best_record_first() -> None:
    base = pattern("orders by month", "SELECT 1")
    found = similar_patterns(
        "orders per month",
        [
            replace(base, id="a", status="candidate"),
            replace(base, id="b", wins=1),
            replace(base, id="c", wins=4),
            replace(base, id="d", status="expired"),
            replace(base, id="e", question="something else entirely"),
        ],
    )
    assert [match.pattern.id for match in found] == ["c", "b"]


def test_a_pattern_is_seen_only_with_all_it_uses() -> None:
    seen = pattern("q", "s", tables=("orders",), columns=("customers.country",))
    hidden = pattern("q", "s", columns=("customers.email",))
    assert visible_patterns([seen, hidden, pattern("q", "s", tables=("secrets",))], SCHEMA) == (seen,)


def test_a_changed_column_expires_a_pattern() -> None:
    used = pattern("q", "s", tables=("orders",), columns=("orders.ordered_on", "customers.country"))
    used = replace(used, fingerprint=dependencies_fingerprint(used, SCHEMA))
    assert expired_by([used], SCHEMA) == []
    wider = Schema((*SCHEMA.tables, table("more", "id")))
    assert expired_by([used], wider) == []
    orders, customers = SCHEMA.tables
    gone = Schema((orders, replace(customers, columns=customers.columns[:2])))
    (expired,) = expired_by([used], gone)
    assert expired.status == "expired"
    assert "customers.country" in expired.note
    retyped = replace(orders, columns=tuple(replace(c, family=TypeFamily.text) for c in orders.columns))
    assert expired_by([used], Schema((retyped, customers)))[0].status == "expired"
    assert expired_by([replace(used, status="rejected")], gone) == []


def test_a_losing_pattern_expires() -> None:
    known = pattern("q", "s")
    assert credited(known, wins=1, losses=3).status == "active"
    assert credited(known, wins=1, losses=4).status == "expired"
    assert credited(known, wins=2, losses=0).wins == 2


def test_one_member_is_one_vote_and_a_judge_one_for_each_answer() -> None:
    assert votes([("ana", False)] * 5, judges=()) == (0, 1)
    assert votes([("ana", False), ("ana", True)], judges=()) == (1, 0)
    assert votes([("ana", False), ("ben", False), ("eve", False)], judges={"eve"}) == (0, 3)
    assert votes([("eve", False)] * 3, judges={"eve"}) == (0, 3)
