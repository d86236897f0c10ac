"""Looking into an answer: where its numbers come from, other charts, exports."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.e2e.steps import answers, ask, grid, ready, run_plan

pytestmark = pytest.mark.e2e


def customers_by_country(page: Page) -> None:
    ready(page)
    ask(page, "How many customers are in each country?")
    run_plan(page)
    answers(page, 1)


def boxes(marks: Locator) -> list[FloatRect]:
    found = [mark.bounding_box() for mark in marks.all()]
    return [box for box in found if box is not None]


def test_a_cell_is_followed_to_the_rows_behind_it(page: Page) -> None:
    customers_by_country(page)
    grid(page).get_by_role("gridcell", name="1,025").click()
    panel = page.get_by_role("dialog", name="Where this comes from")
    expect(panel.get_by_text("1,025", exact=True)).to_be_visible()
    expect(panel.get_by_text("France", exact=True)).to_be_visible()
    expect(panel.get_by_role("definition").filter(has_text="each row counts")).to_be_visible()
    panel.get_by_role("button", name="Show the rows behind this").click()
    expect(panel.get_by_role("heading", name=re.compile(r"^1,025 rows"))).to_be_visible()
    rows = panel.get_by_role("table", name="Rows behind the number")
    expect(rows.get_by_role("columnheader", name="email")).to_be_visible()
    rows.hover()
    before = int(rows.get_attribute("aria-rowcount") or 0)
    for _ in range(3):
        page.mouse.wheel(0, 20_000)
    expect(rows).not_to_have_attribute("aria-rowcount", str(before))
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_a_number_in_the_text_leads_to_where_it_comes_from(page: Page) -> None:
    customers_by_country(page)
    page.get_by_role("article", name="Answer").get_by_role("button", name="1,413").click()
    panel = page.get_by_role("dialog", name="Where this comes from")
    expect(panel.get_by_text("United Kingdom", exact=True)).to_be_visible()


def test_the_chart_changes_its_kind_and_gives_way_to_the_table(page: Page) -> None:
    customers_by_country(page)
    marks = page.locator("figure svg [aria-roledescription='bar']")
    expect(marks).to_have_count(5)
    assert len({round(bar["y"] + bar["height"]) for bar in boxes(marks)}) == 1
    page.get_by_role("button", name="Bars", exact=True).click()
    page.get_by_role("menuitemradio", name="Horizontal bars").click()
    expect(page.get_by_role("button", name="Horizontal bars", exact=True)).to_be_visible()
    expect(marks).to_have_count(5)
    assert len({round(bar["x"]) for bar in boxes(marks)}) == 1
    page.get_by_role("button", name="View as table").click()
    expect(page.get_by_role("gridcell", name="United Kingdom")).to_be_visible()


def test_rows_and_receipt_are_downloaded(page: Page, tmp_path: Path) -> None:
    customers_by_country(page)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="CSV").click()
    file = tmp_path / "rows.csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.reader(handle))
    assert len(rows) == 6
    assert ["United Kingdom", "1413"] in rows
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a PNG picture").click()
    picture = tmp_path / "chart.png"
    download.value.save_as(picture)
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 5_000
    page.get_by_role("button", name="Receipt").click()
    facts = page.get_by_role("dialog", name="Receipt")
    expect(facts).to_contain_text("5 rows, digest")
    expect(facts).to_contain_text("Sample company (SQLite)")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the receipt").click()
    receipt = tmp_path / "receipt.json"
    download.value.save_as(receipt)
    held = json.loads(receipt.read_text("utf-8"))
    assert "customers" in json.dumps(held["steps"])
    assert receipt.stat().st_size < 20_000
