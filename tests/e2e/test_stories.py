"""What a new user lives through, in a real browser on the real server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, serving
from tests.e2e.steps import SLOW, answers, ask, ready, run_plan
from tests.servers import DatabaseServer

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("data")) as running:
        yield running


def test_ask_confirm_answer_follow_up(page: Page, server: Server) -> None:
    ready(page)
    ask(page, "How many customers are in each country?")
    expect(page.get_by_text("customers", exact=True).last).to_be_visible(timeout=SLOW)
    run_plan(page)
    answers(page, 1)
    expect(page.get_by_text("1,413").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"Matches the plan \d+/\d+"))).to_be_visible()
    page.get_by_role("tab", name="Table").click()
    expect(page.get_by_role("gridcell", name="United Kingdom")).to_be_visible()
    page.get_by_role("tab", name="SQL").click()
    expect(page.get_by_text("GROUP BY").first).to_be_visible()
    ask(page, "only those in France")
    run_plan(page)
    answers(page, 2)
    expect(page.get_by_text("1,025").first).to_be_visible()


def test_reload_in_the_middle_of_a_turn_loses_nothing(page: Page, server: Server) -> None:
    ready(page)
    ask(page, "average salary by job title")
    button = page.get_by_role("button", name=re.compile("^Run plan"))
    expect(button).to_be_visible(timeout=SLOW)
    page.reload()
    expect(button).to_be_visible(timeout=SLOW)
    run_plan(page)
    answers(page, 1)


def test_a_killed_server_still_has_the_plan(page: Page, server: Server) -> None:
    ready(page)
    ask(page, "number of returns by reason")
    button = page.get_by_role("button", name=re.compile("^Run plan"))
    expect(button).to_be_visible(timeout=SLOW)
    server.kill()
    server.start()
    page.goto(page.url)
    expect(button).to_be_visible(timeout=SLOW)
    run_plan(page)
    answers(page, 1)
    expect(page.get_by_text("Wrong size").first).to_be_visible()


def test_upload_a_file_and_ask_it(page: Page, server: Server, tmp_path: Path) -> None:
    ready(page)
    csv = tmp_path / "harvest.csv"
    csv.write_text(
        "orchard;fruit;crates;price\nNorth;apple;120;59,00 €\nNorth;pear;80;1.200,50 €\n"
        "South;apple;60;3,00 €\nSouth;plum;not a number;7;2\n",
        "utf-8",
    )
    page.goto(f"{server.url}/data/upload")
    page.locator("input[type=file]").set_input_files(csv)
    page.get_by_role("button", name=re.compile("upload|import", re.IGNORECASE)).last.click()
    expect(page.get_by_role("list", name="Problems")).to_contain_text("line 5", timeout=SLOW)
    expect(page.get_by_role("list", name="How columns were read")).to_contain_text(
        "price: texts like 1.200,50 €"
    )
    expect(page.get_by_role("columnheader", name="crates · whole number")).to_be_visible()
    page.goto(server.url)
    ready(page, sources=2)
    page.reload()
    expect(page.get_by_role("region", name="Suggestions")).to_contain_text("harvest")
    ask(page, "total crates by fruit in harvest")
    run_plan(page)
    answers(page, 1)
    expect(page.get_by_text("180").first).to_be_visible()


def test_a_correction_is_reviewed_and_used_next_time(page: Page, server: Server) -> None:
    ready(page)
    ask(page, "number of support tickets by priority")
    run_plan(page)
    answers(page, 1)
    page.get_by_role("button", name="Something is wrong").click()
    page.get_by_role("textbox", name="What should it have done?").fill("Only tickets that are still open.")
    page.get_by_role("button", name=re.compile("^Correct the SQL")).click()
    dialog = page.get_by_role("dialog", name="Correct the SQL")
    corrected = "SELECT priority, count(*) AS open_tickets FROM support_tickets WHERE closed_at IS NULL GROUP BY priority"
    dialog.get_by_role("textbox", name="Corrected SQL").fill(corrected)
    dialog.get_by_role("button", name=re.compile("^Try it")).click()
    expect(dialog.get_by_role("button", name="Send the correction")).to_be_enabled(timeout=SLOW)
    dialog.get_by_role("button", name="Send the correction").click()
    expect(dialog).to_be_hidden()
    page.goto("/reviews")
    queue = page.get_by_role("main")
    expect(queue.get_by_text("number of support tickets by priority").first).to_be_visible(timeout=SLOW)
    queue.get_by_text("number of support tickets by priority").first.click()
    expect(page.get_by_text("Only tickets that are still open.").first).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name=re.compile("^Approve")).first.click()
    expect(page.get_by_text("Nothing to review").first).to_be_visible(timeout=SLOW)
    page.goto(server.url)
    ready(page)
    ask(page, "number of support tickets by priority")
    expect(page.get_by_text(re.compile("verified|approved", re.IGNORECASE)).first).to_be_visible(timeout=SLOW)
    run_plan(page)
    answers(page, 1)
    page.get_by_role("tab", name="SQL").click()
    expect(page.get_by_text(re.compile("closed_at", re.IGNORECASE)).first).to_be_visible()


def test_connect_a_postgresql_and_ask_it(page: Page, server: Server, postgres_server: DatabaseServer) -> None:
    name = postgres_server.database()
    with psycopg.connect(
        host=postgres_server.host, port=postgres_server.port, user=postgres_server.user,
        password=postgres_server.password, dbname=name,
    ) as connection:  # fmt: skip
        connection.execute(
            "CREATE TABLE lighthouses (id int PRIMARY KEY, name text, coast text, height_m int)"
        )
        connection.execute(
            "INSERT INTO lighthouses VALUES (1, 'Skerry', 'west', 41), (2, 'Mole', 'east', 23), (3, 'Cape', 'west', 37)"
        )
    ready(page)
    page.goto("/data/new")
    page.get_by_role("radio", name="PostgreSQL").click()
    form = {
        "Host": postgres_server.host, "Port": str(postgres_server.port), "Database": name, "User": postgres_server.user,
        "Password": "wrong", "Name": "Coast guard",
    }  # fmt: skip
    for label, value in form.items():
        page.get_by_label(re.compile(f"^{label}")).first.fill(value)
    page.get_by_role("button", name=re.compile("^Test")).click()
    expect(page.get_by_text(re.compile("refused the user")).first).to_be_visible(timeout=SLOW)
    page.get_by_label(re.compile("^Password")).first.fill(postgres_server.password)
    page.get_by_role("button", name=re.compile("^(Add|Connect|Save)")).last.click()
    page.wait_for_url(re.compile(r"/data/(?!new)"), timeout=SLOW)
    page.goto(server.url)
    ready(page, sources=2)
    ask(page, "how many lighthouses are on each coast")
    run_plan(page)
    answers(page, 1)
    expect(page.get_by_text("west").first).to_be_visible()
    assert postgres_server.password not in "".join(server.output)
