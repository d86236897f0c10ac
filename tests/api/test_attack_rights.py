"""What was answered before a right was taken away is not shown after it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.db.base import now
from tests.agents.harness import make_shop
from tests.api.client import Client, Json, last, types
from tests.api.conftest import Start
from tests.api.process import browsing, serving

QUESTION = "How many customers are in each country?"
WHOLE: Json = {"customers": {}, "products": {}}
AFTERWARDS: list[tuple[str, Json]] = [
    ("column hidden", {"customers": {"columns": ["id", "name"]}, "products": {}}),
    ("row filter", {"customers": {"filter": "country <> 'Chile'"}, "products": {}}),
    ("mask", {"customers": {"masks": {"country": "'***'"}}, "products": {}}),
    ("table taken", {"products": {}}),
]


@pytest.fixture
async def owner(start: Start, shop: Path) -> AsyncIterator[Client]:
    async with start() as client:
        await client.add_shop(shop)
        yield client


@pytest.fixture
async def ana(owner: Client) -> AsyncIterator[Client]:
    async with _member(owner, "ana") as person:
        yield person


@asynccontextmanager
async def _member(owner: Client, name: str) -> AsyncIterator[Client]:
    async with owner.other(name) as person:
        await owner.let_in(person)
        await owner.grant(f"user:{person.me['id']}", WHOLE)
        yield person


async def _everything(person: Client, turn: Json, status: int) -> list[Any]:
    """Every way to what is stored of an answer."""
    result, receipt = last(turn, "result.ready")["result_id"], last(turn, "answer.ready")["receipt_id"]
    told = [
        await person.get(path, status)
        for path in (
            f"/api/results/{result}",
            f"/api/results/{result}?sort=0",
            f"/api/results/{result}/lineage?column=0&row=0",
            f"/api/results/{result}/rows-behind?column=1&row=0",
            f"/api/receipts/{receipt}",
        )
    ]
    for kind in ("csv", "xlsx", "parquet"):
        answer = await person.http.get(f"/api/results/{result}/export?format={kind}")
        assert answer.status_code == status, answer.text
    return [*told, await person.get(f"/api/chats/{turn['chat_id']}/events")]


@pytest.mark.parametrize(("what", "tables"), AFTERWARDS, ids=[what for what, _ in AFTERWARDS])
async def test_a_right_that_was_taken_away_reaches_stored_answers(
    owner: Client, ana: Client, what: str, tables: Json
) -> None:
    turn = await ana.ask(QUESTION)
    seen = await _everything(ana, turn, 200)
    assert "Chile" in json.dumps(seen[0]) and "Chile" in json.dumps(seen[-1])
    await owner.grant(f"user:{ana.me['id']}", tables)
    told = await _everything(ana, turn, 403)
    assert "Chile" not in json.dumps(told), what
    assert "has changed since" in told[0]["message"]
    assert types(told[-1]) and types(told[-1])[-1] == "turn.failed" and "result.ready" not in types(told[-1])
    assert [e["seq"] for e in told[-1]["events"]] == [e["seq"] for e in seen[-1]["events"]]
    await owner.grant(f"user:{ana.me['id']}", WHOLE)
    assert (await _everything(ana, turn, 200))[-1] == seen[-1]


async def test_what_has_nothing_to_do_with_an_answer_takes_nothing_from_it(
    owner: Client, ana: Client
) -> None:
    turn = await ana.ask(QUESTION)
    await owner.grant(f"user:{ana.me['id']}", {"customers": {"columns": ["id", "country"]}})
    await _everything(ana, turn, 200)


async def test_a_source_that_was_taken_away_takes_its_answers_with_it(owner: Client, ana: Client) -> None:
    hers, own = await ana.ask(QUESTION), await owner.ask(QUESTION)
    await owner.send("DELETE", f"/api/datasources/{owner.source['id']}", 204)
    assert "Chile" not in json.dumps(await ana.get(f"/api/chats/{hers['chat_id']}/events"))
    await ana.get(f"/api/results/{last(hers, 'result.ready')['result_id']}", 403)
    await owner.get(f"/api/results/{last(own, 'result.ready')['result_id']}")


async def test_rows_that_are_not_kept_any_more_leave_no_first_rows_behind(owner: Client, ana: Client) -> None:
    """The events of a chat outlive the files of its results."""
    turn = await ana.ask(QUESTION)
    assert await owner.services.results.expire(now() + timedelta(days=30)) == 1
    assert await owner.services.results.expire(now() + timedelta(days=30)) == 0
    await ana.get(f"/api/results/{last(turn, 'result.ready')['result_id']}", 404)
    assert "Chile" in json.dumps(await ana.get(f"/api/chats/{turn['chat_id']}/events"))
    await owner.grant(f"user:{ana.me['id']}", {"products": {}})
    assert "Chile" not in json.dumps(await ana.get(f"/api/chats/{turn['chat_id']}/events"))


async def test_a_socket_replays_as_of_today(tmp_path: Path) -> None:
    """The log is replayed to the reader's own socket under the same rule."""
    with serving(tmp_path / "data") as server:
        async with browsing(server) as browser:
            source = await browser.add_sqlite(make_shop(tmp_path / "shop.sqlite"))
            link = await browser.http.post("/api/people", json={"name": "ana", "role": "analyst"})
            async with browsing(server, link.json()["link"]) as ana:
                project = browser.me["default_project_id"]
                who = ana.me["id"]
                member = f"/api/projects/{project}/members/{who}"
                assert (await browser.http.put(member, json={"role": "member"})).status_code == 200
                grant = f"/api/datasources/{source}/grants/user:{who}"
                await browser.http.put(grant, json={"tables": WHOLE})
                body = {"question": QUESTION, "project_id": project, "auto_confirm": True}
                chat = (await ana.http.post("/api/chat", json=body)).json()["chat_id"]
                for tables, seen in ((WHOLE, True), (AFTERWARDS[0][1], False)):
                    await browser.http.put(grant, json={"tables": tables})
                    async with ana.socket() as socket:
                        await socket.send("subscribe", chat_id=chat)
                        frames = []
                        while (frame := await socket.frame())["type"] != "replayed":
                            frames.append(frame)
                    assert ("Chile" in json.dumps(frames)) is seen
