"""A plan that would count rows twice says so before it runs, and the right one is a click away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.agents.ferry import in_sqlite
from tests.e2e.conftest import Server, serving
from tests.e2e.steps import SLOW, answers, ask, ready, run_plan

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("data")) as running:
        yield running


def test_a_join_that_repeats_rows_is_told_and_mended_with_one_click(page: Page, tmp_path: Path) -> None:
    page.goto("/data/new")
    page.get_by_role("radio", name="SQLite").click()
    page.get_by_label(re.compile("^(File|Path)")).first.fill(str(in_sqlite(tmp_path).config["path"]))
    page.get_by_label(re.compile("^Name")).first.fill("Ferry line")
    page.get_by_role("button", name="Add the source").click()
    page.wait_for_url(re.compile(r"/data/(?!new)"), timeout=SLOW)
    page.goto("/")
    ready(page, sources=2)
    ask(page, "What is the total fare of bookings with extras?")
    plan = page.get_by_role("region", name="Plan", exact=True)
    doubts = plan.get_by_role("list", name="Worth a look before it runs")
    expect(doubts).to_contain_text("6 times instead of 3", timeout=SLOW)
    doubts.get_by_role("button", name="Count each row once").click()
    expect(plan.get_by_text("Edited. Nothing has run yet.")).to_be_visible(timeout=SLOW)
    expect(plan.get_by_role("status")).to_be_visible()
    expect(doubts).to_have_count(0)
    run_plan(page)
    answers(page, 1)
    expect(page.get_by_role("article", name="Answer").get_by_text("600").first).to_be_visible()
    expect(page.get_by_text("1,300")).to_have_count(0)
