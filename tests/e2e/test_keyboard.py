"""A whole turn without a pointer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.steps import SLOW, answers, ready

pytestmark = pytest.mark.e2e


def test_ask_change_run_and_follow_a_number_with_the_keys_alone(page: Page) -> None:
    ready(page)
    box = page.get_by_role("textbox", name="Your question")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type("number of returns by reason")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Run plan")).to_be_enabled(timeout=SLOW)
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    words = page.get_by_role("textbox", name="Change the plan in words")
    expect(words).to_be_focused()
    page.keyboard.press("Escape")
    expect(words).to_be_hidden()
    page.keyboard.press("Control+Enter")
    answers(page, 1)
    page.keyboard.press("t")
    grid = page.get_by_role("grid")
    expect(grid).to_be_visible()
    for _ in range(30):
        if grid.evaluate("grid => grid === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(grid).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Where this comes from")
    expect(panel.get_by_role("button", name="Show the rows behind this")).to_be_visible(timeout=SLOW)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(grid).to_be_focused()
    page.keyboard.press("y")
    expect(page.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("q")
    expect(page.get_by_role("tab", name="SQL")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("settings")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
