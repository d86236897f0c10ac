"""Two people: one asks, the other reviews, and the asker gets the corrected answer in the chat."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Server, serving, sign_in
from tests.e2e.steps import SLOW, answers, ask, grid, ready, run_plan

pytestmark = pytest.mark.e2e

OPEN_ONLY = (
    "select support_tickets.priority, count(*) as number_of_support_tickets from support_tickets"
    " where support_tickets.closed_at is null group by support_tickets.priority"
)
"""The answer's statement with one condition more, typed another way."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def ada(browser: Browser, server: Server, page: Page) -> Iterator[Page]:
    """A reviewer whom the owner has invited, and let read the source, in the pages."""
    ready(page)
    if server.guest is None:
        server.guest = sign_in(browser, invite(page))
    opened: BrowserContext = browser.new_context(
        base_url=server.url,
        storage_state=server.guest,
        viewport={"width": 1440, "height": 900},
        locale="en-GB",
    )
    opened.set_default_timeout(15_000)
    guest = opened.new_page()
    yield guest
    opened.close()


def invite(page: Page) -> str:
    page.goto("/settings")
    page.get_by_role("button", name="Invite somebody new").click()
    dialog = page.get_by_role("dialog", name="Invite somebody")
    dialog.get_by_label("Name").fill("Ada")
    dialog.get_by_label("Role").select_option("reviewer")
    dialog.get_by_role("button", name="Make the link").click()
    link = dialog.get_by_role("textbox", name="Sign-in link").input_value()
    dialog.get_by_role("button", name="Done").click()
    page.get_by_role("combobox", name="What Ada does here").select_option("reviewer")
    page.get_by_role("button", name="Limits of Ada").click()
    limits = page.get_by_role("dialog", name="Limits of Ada")
    limits.get_by_label("Rows of a result").fill("500")
    limits.get_by_role("button", name="Save").click()
    expect(limits).to_be_hidden()
    page.get_by_role("button", name="Limits of Ada").click()
    expect(limits.get_by_label("Rows of a result")).to_have_value("500")
    page.keyboard.press("Escape")
    page.goto(f"/data/{page.request.get('/api/datasources').json()[0]['id']}")
    page.get_by_role("tab", name="Access").click()
    page.get_by_role("button", name="Give access").click()
    panel = page.get_by_role("dialog", name="Give access")
    panel.get_by_label("Who").select_option(label="Ada")
    panel.get_by_role("switch", name="Every table, as it is").click()
    panel.get_by_role("button", name="Save").click()
    expect(panel).to_be_hidden()
    expect(page.get_by_text("All tables, as they are")).to_be_visible()
    return link


def test_a_correction_is_approved_by_another_and_answers_in_the_chat(page: Page, ada: Page) -> None:
    page.goto("/")
    ask(page, "number of support tickets by priority")
    run_plan(page)
    answers(page, 1)
    page.get_by_role("button", name="Something is wrong").click()
    page.get_by_role("button", name=re.compile("^Correct the SQL")).click()
    dialog = page.get_by_role("dialog", name="Correct the SQL")
    dialog.get_by_role("textbox", name="Corrected SQL").fill(OPEN_ONLY)
    dialog.get_by_role("button", name=re.compile("^Try it")).click()
    dialog.get_by_role("button", name="Send the correction").click(timeout=SLOW)
    expect(page.get_by_text("Your correction waits for a reviewer.")).to_be_visible()

    ada.goto("/reviews")
    review = ada.get_by_role("main")
    expect(review.get_by_role("heading", name="number of support tickets by priority")).to_be_visible(
        timeout=SLOW
    )
    expect(review.get_by_text("SQL, with what changed")).to_be_visible()
    changed = review.locator(".cm-changedLine")
    expect(changed).to_have_text("WHERE support_tickets.closed_at IS NULL")
    expect(review.locator(".cm-deletedText")).to_have_count(0)
    rows = review.get_by_role("region", name="Rows")
    expect(rows.get_by_role("cell", name="normal")).to_be_visible(timeout=SLOW)
    ada.keyboard.press("a")
    expect(ada.get_by_text("Nothing to review")).to_be_visible(timeout=SLOW)

    expect(page.get_by_text(re.compile("Ada approved this")).first).to_be_visible(timeout=SLOW)
    answers(page, 2)
    expect(grid(page).get_by_role("gridcell", name="80")).to_be_visible()


def test_an_answer_that_waits_is_corrected_by_another(page: Page, ada: Page) -> None:
    page.goto("/settings")
    page.get_by_label("Review below").fill("1")
    page.get_by_role("button", name="Save the limits").click()
    page.goto("/")
    ask(page, "How many returns are there for each reason?")
    run_plan(page)
    expect(page.get_by_text(re.compile("A reviewer looks at this first")).first).to_be_visible(timeout=SLOW)

    ada.goto("/reviews")
    expect(ada.get_by_text("How many returns are there for each reason?").first).to_be_visible(timeout=SLOW)
    ada.get_by_role("button", name=re.compile("^Correct")).click()
    editor = ada.get_by_role("textbox", name="SQL under review")
    editor.fill("SELECT reason, count(*) AS n FROM returns WHERE reason = 'Wrong size' GROUP BY reason")
    decide = ada.get_by_role("button", name="Correct and approve")
    expect(decide).to_be_disabled()
    ada.get_by_role("button", name=re.compile("^Try it")).click()
    expect(decide).to_be_enabled(timeout=SLOW)
    expect(ada.locator(".cm-deletedChunk").first).to_be_visible()
    decide.click()

    expect(page.get_by_text(re.compile("Ada corrected the SQL")).first).to_be_visible(timeout=SLOW)
    answers(page, 1)
    expect(grid(page)).to_have_attribute("aria-rowcount", "2")


def test_a_member_changes_nothing_that_is_not_theirs(ada: Page) -> None:
    ada.goto("/settings")
    expect(ada.get_by_role("list", name="Members").get_by_text("Ada")).to_be_visible(timeout=SLOW)
    expect(ada.get_by_role("button", name="Save")).to_have_count(0)
    ada.goto("/data")
    ada.get_by_role("link", name=re.compile("Sample company")).click()
    expect(ada.get_by_role("tab", name="Schema")).to_be_visible(timeout=SLOW)
    expect(ada.get_by_role("tab", name="Connection")).to_have_count(0)
    expect(ada.get_by_role("button", name="Delete")).to_have_count(0)
