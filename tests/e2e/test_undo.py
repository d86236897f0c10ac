"""What was taken away comes back whole."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.steps import SLOW, ready

pytestmark = pytest.mark.e2e


def test_a_deleted_term_comes_back_as_it_was(page: Page) -> None:
    ready(page)
    page.goto("/knowledge/terms")
    page.get_by_role("button", name="New term").click()
    page.get_by_label("Word or phrase").fill("bulky")
    page.get_by_label("Other words for it").fill("oversized")
    page.get_by_label("Meaning").fill("Needs two people to carry.")
    page.get_by_role("button", name="Save").click()
    term = page.get_by_role("button", name="bulky")
    expect(term).to_be_visible(timeout=SLOW)
    term.click()
    page.get_by_role("button", name="Delete").click()
    expect(term).to_be_hidden(timeout=SLOW)
    page.get_by_role("button", name="Undo").click()
    expect(term).to_contain_text("also: oversized", timeout=SLOW)
    expect(term).to_contain_text("Needs two people to carry.")
    term.click()
    page.get_by_role("button", name="Delete").click()
    expect(term).to_be_hidden(timeout=SLOW)
