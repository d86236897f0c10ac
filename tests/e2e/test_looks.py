"""Every page in light, in dark and on a phone: nothing serious for axe, nothing wider than the window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.steps import SLOW, answers, ask, overflow, ready, run_plan, violations

pytestmark = pytest.mark.e2e
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


def problems(page: Page, name: str) -> list[str]:
    """Of the page as it stands, in both themes and both widths."""
    found = [f"{name}: {problem}" for problem in violations(page)]
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html.dark")).to_have_count(1)
    found += [f"{name}, dark: {problem}" for problem in violations(page, "color-contrast")]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    if wider := overflow(page):
        found.append(f"{name}: {wider} pixels wider than a phone")
    page.set_viewport_size(DESK)
    return found


def test_a_conversation(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    ready(page)
    found = problems(page, "new chat")
    ask(page, "How many customers are in each country?")
    expect(page.get_by_role("button", name="Run plan")).to_be_enabled(timeout=SLOW)
    found += problems(page, "plan")
    run_plan(page)
    answers(page, 1)
    expect(page.locator("figure svg")).to_be_visible(timeout=SLOW)
    for tab in ("Chart", "Table", "SQL", "Checks"):
        page.get_by_role("tab", name=tab).click()
        found += problems(page, f"answer, {tab}")
    page.get_by_role("tab", name="Table").click()
    page.get_by_role("gridcell", name="1,025").click()
    page.get_by_role("button", name="Show the rows behind this").click()
    expect(page.get_by_role("table", name="Rows behind the number")).to_be_visible(timeout=SLOW)
    found += problems(page, "where a number comes from")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Something is wrong").click()
    found += problems(page, "what was wrong")
    assert "\n".join(found) == ""


def _schema(page: Page) -> None:
    page.goto(f"/data/{page.request.get('/api/datasources').json()[0]['id']}")
    expect(page.get_by_text("support_tickets").first).to_be_visible(timeout=SLOW)


def _access(page: Page) -> None:
    _schema(page)
    page.get_by_role("tab", name="Access").click()
    page.get_by_role("button", name="Give access").click()
    page.get_by_role("checkbox", name="customers").check()
    page.get_by_role("button", name="Limit customers").click()


def _connect(page: Page) -> None:
    page.goto("/data/new")
    page.get_by_role("radio", name="PostgreSQL").click()


def _open(address: str) -> Callable[[Page], None]:
    def visit(page: Page) -> None:
        page.goto(address)
        expect(page.get_by_role("main")).to_be_visible(timeout=SLOW)

    return visit


def test_the_chosen_theme_stays(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    ready(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.get_by_role("option", name="Dark theme").click()
    expect(page.locator("html.dark")).to_have_count(1)
    page.reload()
    ready(page)
    expect(page.locator("html.dark")).to_have_count(1)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.keyboard.press("Control+k")
    page.get_by_role("option", name="Light theme").click()
    expect(page.locator("html.dark")).to_have_count(0)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


PAGES: dict[str, Callable[[Page], None]] = {
    "sources": _open("/data"),
    "a new source": _connect,
    "upload": _open("/data/upload"),
    "schema": _schema,
    "access": _access,
    "knowledge": _open("/knowledge"),
    "reviews": _open("/reviews"),
    "settings": _open("/settings"),
    "no such page": _open("/nowhere"),
}


def test_the_other_pages(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    ready(page)
    found: list[str] = []
    for name, visit in PAGES.items():
        visit(page)
        found += problems(page, name)
    assert "\n".join(found) == ""
