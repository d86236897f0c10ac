"""What people do in the pages, step by step."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

SLOW = 30_000
AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")


def ask(page: Page, question: str) -> None:
    box = page.get_by_role("textbox", name="Your question")
    box.fill(question)
    box.press("Enter")


def run_plan(page: Page) -> None:
    button = page.get_by_role("button", name=re.compile("^Run plan"))
    expect(button).to_be_enabled(timeout=SLOW)
    button.click()


def answers(page: Page, number: int) -> None:
    """`number` answers stand in the chat."""
    expect(page.get_by_role("button", name="Good answer")).to_have_count(number, timeout=SLOW)


def ready(page: Page, sources: int = 1) -> None:
    """So many sources are indexed and can be asked."""
    deadline = time.monotonic() + 60
    states: list[str] = []
    while time.monotonic() < deadline:
        states = [source["index_state"] for source in page.request.get("/api/datasources").json()]
        if states.count("ready") >= sources:
            break
        time.sleep(0.1)
    assert states.count("ready") >= sources, states
    expect(page.get_by_role("textbox", name="Your question")).to_be_visible(timeout=SLOW)


def grid(page: Page) -> Locator:
    """The rows of the newest answer."""
    page.get_by_role("tab", name="Table").last.click()
    return page.get_by_role("grid").last


def violations(page: Page, *rules: str) -> list[str]:
    """What axe finds seriously wrong with the page as it is now, by all its rules or by some: rule and element."""
    if not page.evaluate("typeof globalThis.axe === 'object'"):
        page.evaluate(AXE.read_text("utf-8"))
    options = {"runOnly": list(rules)} if rules else {}
    found: list[dict[str, Any]] = page.evaluate(
        """async options => {
            const moving = () => document.getAnimations().some(one => one instanceof CSSTransition)
            do await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
            while (moving())
            return (await axe.run(options)).violations
        }""",
        options,
    )
    return [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"][:3]
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide
