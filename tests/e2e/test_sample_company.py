"""Questions of the sample company that a new user may ask first, answered rightly in the browser, with no model."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence

import pytest
from playwright.sync_api import Locator, Page, expect

from backend.sample.file import sample_path
from tests.e2e.conftest import Server
from tests.e2e.steps import answers, ask, ready, run_plan

pytestmark = pytest.mark.e2e

QUESTIONS = {
    "How many customers are in each country?": "SELECT country, count(*) FROM customers GROUP BY country",
    "How many orders were placed in 2025?": (
        "SELECT count(*) FROM orders WHERE ordered_at >= '2025-01-01' AND ordered_at < '2026-01-01'"
    ),
    "How many orders per month in 2025?": (
        "SELECT strftime('%Y-%m', ordered_at), count(*) FROM orders"
        " WHERE ordered_at >= '2025-01-01' AND ordered_at < '2026-01-01' GROUP BY 1 ORDER BY 1"
    ),
    "list the 10 most expensive products": "SELECT name FROM products ORDER BY unit_price DESC LIMIT 10",
    "customers without an email": "SELECT first_name, last_name FROM customers WHERE email IS NULL",
    "average satisfaction by topic": "SELECT topic, avg(satisfaction) FROM support_tickets GROUP BY topic",
    "top 5 products by quantity sold": (
        "SELECT p.name, sum(i.quantity) FROM order_items AS i JOIN products AS p USING (product_id)"
        " GROUP BY p.product_id ORDER BY 2 DESC LIMIT 5"
    ),
    "which store has the most orders": (
        "SELECT s.name FROM orders AS o JOIN stores AS s USING (store_id)"
        " GROUP BY s.store_id ORDER BY count(*) DESC LIMIT 1"
    ),
    "which products were never ordered?": (
        "SELECT name FROM products WHERE product_id NOT IN (SELECT product_id FROM order_items)"
    ),
    "what is the most common payment method?": (
        "SELECT method FROM payments GROUP BY method ORDER BY count(*) DESC LIMIT 1"
    ),
    "average salary by job title": "SELECT job_title, avg(salary) FROM employees GROUP BY job_title",
    "which stores opened after 2020?": "SELECT name FROM stores WHERE opened_on > '2020-12-31'",
    "total refund by reason": "SELECT reason, sum(refund) FROM returns GROUP BY reason",
    "revenue by product category this year": (
        "SELECT c.name, sum(i.amount) FROM order_items AS i JOIN products USING (product_id)"
        " JOIN categories AS c USING (category_id) JOIN orders AS o USING (order_id)"
        " WHERE o.ordered_at >= strftime('%Y-01-01', 'now') GROUP BY c.category_id"
    ),
}
SHOWN = 8
"""Rows looked at; the grid draws no more than fit."""


def right_rows(server: Server, question: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"{sample_path(server.data_dir).as_uri()}?mode=ro", uri=True) as company:
        rows = company.execute(QUESTIONS[question]).fetchall()
    company.close()
    return rows


def shown_rows(page: Page) -> list[list[str]]:
    tab = page.get_by_role("tab", name="Table").last
    tab.click()
    rows: Locator = page.get_by_role("table").or_(page.get_by_role("grid")).last.get_by_role("row")
    expect(rows.nth(1)).to_be_visible()
    return [
        [cell.strip() for cell in row.get_by_role("cell").or_(row.get_by_role("gridcell")).all_inner_texts()]
        for row in rows.all()[1:]
    ]


def is_shown(value: object, cells: Sequence[str]) -> bool:
    """Among a row's cells, as text or as a number rounded for people."""
    if isinstance(value, str):
        return value in cells
    numbers = [float(text) for cell in cells if re.fullmatch(r"-?[\d.]+", text := cell.replace(",", ""))]
    return any(abs(number - float(str(value))) < 0.01 for number in numbers)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_is_right(page: Page, server: Server, question: str) -> None:
    ready(page)
    ask(page, question)
    run_plan(page)
    answers(page, 1)
    expected = right_rows(server, question)
    rows = shown_rows(page)
    assert min(len(rows), SHOWN) == min(len(expected), SHOWN)
    for row in rows[:SHOWN]:
        assert any(all(is_shown(value, row) for value in wanted) for wanted in expected), row
