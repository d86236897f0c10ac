"""The plan before it runs: changed by hand, in words, and shown as a difference."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.steps import SLOW, answers, ask, grid, ready, run_plan

pytestmark = pytest.mark.e2e


def test_a_filter_added_by_hand_is_a_difference_that_can_be_undone(page: Page) -> None:
    ready(page)
    ask(page, "How many customers are in each country?")
    plan = page.get_by_role("region", name="Plan", exact=True)
    plan.get_by_role("button", name="Add a filter").click(timeout=SLOW)
    page.get_by_role("button", name="Column: Choose…").click()
    page.get_by_role("option", name="segment").first.click()
    page.get_by_role("button", name=re.compile("^Business")).click()
    page.get_by_label("Value", exact=True).press("Enter")
    change = plan.get_by_role("status")
    expect(change).to_contain_text("Filter:", timeout=SLOW)
    expect(change.locator("ins")).to_contain_text("Business")
    expect(plan.get_by_text("Edited. Nothing has run yet.")).to_be_visible()
    change.get_by_role("button", name="Undo").click()
    expect(change.locator("del")).to_contain_text("Business", timeout=SLOW)
    change.get_by_role("button", name="Undo").click()
    expect(change.locator("ins")).to_contain_text("Business", timeout=SLOW)
    run_plan(page)
    answers(page, 1)
    expect(grid(page)).to_have_attribute("aria-rowcount", "6")
    expect(page.get_by_text("1,413")).to_have_count(0)


def test_a_rejected_plan_runs_nothing_and_gives_the_question_back(page: Page) -> None:
    ready(page)
    ask(page, "number of returns by reason")
    page.get_by_role("button", name="Reject").click(timeout=SLOW)
    expect(page.get_by_text("You rejected the plan. Nothing has run.")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Edit the question").click()
    expect(page.get_by_role("textbox", name="Your question")).to_have_value("number of returns by reason")
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()


def test_a_span_of_time_is_one_part_with_two_ends(page: Page) -> None:
    ready(page)
    ask(page, "How many orders per month in 2025?")
    plan = page.get_by_role("region", name="Plan", exact=True)
    plan.get_by_role("button", name=re.compile("^Filter: ordered at in 2025")).click(timeout=SLOW)
    page.get_by_label("First day").fill("2025-07-01")
    page.get_by_label("Last day").fill("2025-09-30")
    expect(page.get_by_text("Rows in Q3 2025.")).to_be_visible()
    page.get_by_role("button", name="Apply").click()
    expect(plan.get_by_role("button", name=re.compile("^Filter: ordered at in Q3 2025"))).to_be_visible()
    expect(plan.get_by_role("status").locator("ins")).to_have_text(["2025-07-01", "2025-10-01"], timeout=SLOW)
    run_plan(page)
    answers(page, 1)
    expect(grid(page)).to_have_attribute("aria-rowcount", "4")
