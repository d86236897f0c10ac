"""A total that counts what was cancelled says so and offers to leave it out; one where somebody chose stays silent."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agents.budget import Budget
from agents.checks import voided
from agents.checks.base import Finding
from agents.deps import OpenSource
from agents.plan import PlanStep
from agents.plans.derivation import derive_query
from agents.statements import inspect
from connectors.registry import open_connector
from connectors.sql.policy import EVERYTHING
from connectors.sql.readings.render import to_sql
from knowledge.indexing import quick_knowledge
from tests.agents.harness import make_shop

_BY_MONTH = (
    "SELECT o.placed_on, SUM(l.quantity) AS n FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id"
    " GROUP BY o.placed_on"
)


@pytest_asyncio.fixture(scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenSource]:
    path: Path = make_shop(tmp_path_factory.mktemp("shop") / "shop.sqlite")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE orders SET status = 'cancelled' WHERE status = 'open'")
    database.close()
    connector = await open_connector("sqlite", {"path": str(path)})
    knowledge = await quick_knowledge(connector, "shop", "Shop")
    yield OpenSource("shop", "Shop", connector, knowledge, EVERYTHING)
    await connector.close()


def _found(sql: str, shop: OpenSource) -> Finding:
    step = PlanStep(id="s1", source_id="shop", source_name="Shop", query=derive_query(sql, shop.knowledge))
    return voided.check(inspect(sql, step, "embedded", shop, Budget()))


async def test_it_is_told_and_left_out_at_a_click(shop: OpenSource) -> None:
    finding = _found(_BY_MONTH, shop)
    assert finding.verdict == "warning" and "“cancelled”" in finding.detail
    (rewrite,) = finding.rewrites
    assert "status <> 'cancelled'" in to_sql(rewrite.reading, "sqlite").replace("!=", "<>")


async def test_it_is_told_where_the_state_lies_one_table_farther(shop: OpenSource) -> None:
    finding = _found("SELECT SUM(quantity) FROM order_lines", shop)
    assert (finding.verdict, finding.rewrites) == ("warning", ())


@pytest.mark.parametrize(
    "sql",
    [
        f"{_BY_MONTH.replace('GROUP', 'WHERE o.status = ' + repr('paid') + ' GROUP')}",
        "SELECT status, SUM(amount) FROM orders GROUP BY status",
        "SELECT SUM(price) FROM products",
    ],
)
async def test_a_choice_is_left_alone(sql: str, shop: OpenSource) -> None:
    assert _found(sql, shop).verdict == "passed"


async def test_counting_orders_counts_them_all(shop: OpenSource) -> None:
    assert _found("SELECT COUNT(*) FROM orders", shop).verdict == "skipped"
