"""An approved answer teaches the word of its question that the source did not know, and nothing when it may mean two things."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

from agents.deps import OpenSource
from agents.learning import learned_term
from agents.reasoners.base import Proposal, Thinking
from agents.reasoners.embedded import EmbeddedReasoner
from connectors.registry import open_connector
from connectors.sql.policy import EVERYTHING
from knowledge.indexing import quick_knowledge
from tests.agents.harness import make_shop

_FAR = "SELECT COUNT(*) FROM customers AS c WHERE c.country IN ('Chile', 'Japan')"


@pytest_asyncio.fixture(scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenSource]:
    path: Path = make_shop(tmp_path_factory.mktemp("shop") / "shop.sqlite")
    connector = await open_connector("sqlite", {"path": str(path)})
    knowledge = await quick_knowledge(connector, "shop", "Shop")
    yield OpenSource("shop", "Shop", connector, knowledge, EVERYTHING)
    await connector.close()


async def _answer(question: str, shop: OpenSource) -> Proposal:
    task = Thinking(question, {"shop": shop.knowledge}, {}, date(2026, 11, 21))
    thought = await EmbeddedReasoner().think(task)
    assert isinstance(thought, Proposal), thought
    return thought


async def test_the_condition_that_no_word_says_is_what_the_unknown_word_means(shop: OpenSource) -> None:
    term = learned_term("How many customers are in FARAWAY?", _FAR, shop.knowledge)
    assert term is not None
    assert (term.term, term.kind, term.targets) == ("FARAWAY", "filter", ("customers",))
    assert term.expression == "customers.country IN ('Chile', 'Japan')"


async def test_a_learned_word_answers_another_question(shop: OpenSource) -> None:
    term = learned_term("How many customers are in FARAWAY?", _FAR, shop.knowledge)
    assert term is not None
    taught = replace(shop, knowledge=replace(shop.knowledge, glossary=(term,)))
    proposal = await _answer("number of orders in FARAWAY in 2024", taught)
    sql = proposal.sql["s1"]
    assert "customers.country IN ('Chile', 'Japan')" in sql and "2024-01-01" in sql
    assert proposal.plan.knowledge == (term.id,)
    assert all(link.kind != "unknown" for link in proposal.plan.links)


async def test_a_computation_under_an_unknown_name_is_a_metric(shop: OpenSource) -> None:
    sql = (
        "SELECT p.title, SUM(l.quantity * p.price) FROM order_lines AS l"
        " JOIN products AS p ON p.id = l.product_id GROUP BY p.title"
    )
    term = learned_term("throughput by product title", sql, shop.knowledge)
    assert term is not None
    assert (term.term, term.kind) == ("throughput", "metric")
    assert term.expression == "SUM(order_lines.quantity * products.price)"


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        ("How many customers are in Chile?", "SELECT COUNT(*) FROM customers WHERE country = 'Chile'"),
        (
            "How many customers are in FARAWAY?",
            "SELECT COUNT(*) FROM customers WHERE country IN ('Chile', 'Japan') AND email LIKE '%example%'",
        ),
        ("How many zorgs are in FARAWAY?", _FAR),
        ("How many customers are in FARAWAY?", "SELECT COUNT(*) FROM customers"),
        ("How many customers are in FARAWAY?", "no statement"),
    ],
)
async def test_nothing_is_learned_from_what_may_mean_something_else(
    question: str, sql: str, shop: OpenSource
) -> None:
    assert learned_term(question, sql, shop.knowledge) is None
