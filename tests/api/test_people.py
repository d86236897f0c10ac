"""People: added by an administrator, signed in by a link, bounded by their own limits."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from backend.commands import user as user_command
from tests.api.client import BASE, Client


async def test_an_administrator_adds_a_person_who_signs_in_once(client: Client) -> None:
    made = await client.post("/api/people", {"name": " Rita ", "role": "reviewer"}, 201)
    assert made["person"]["name"] == "Rita" and made["link"].startswith(BASE)
    link = urlsplit(made["link"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(client.app), base_url=BASE) as browser:
        assert (await browser.get(f"{link.path}?{link.query}")).status_code == 303
        assert (await browser.get("/api/me")).json()["role"] == "reviewer"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(client.app), base_url=BASE) as thief:
        assert (await thief.get(f"{link.path}?{link.query}")).status_code == 401
    assert (await client.post("/api/people", {"name": "Rita"}, 409))["field"] == "name"
    people = await client.get("/api/people")
    assert [(person["name"], person["role"]) for person in people] == [
        ("Rita", "reviewer"),
        ("owner", "admin"),
    ]


async def test_only_administrators_change_people(client: Client) -> None:
    async with client.other("ana") as ana:
        mine = f"/api/people/{ana.me['id']}"
        assert (await ana.get(mine))["limits"]["seconds"] is None
        await ana.get(f"/api/people/{client.me['id']}", 403)
        await ana.post("/api/people", {"name": "x", "role": "admin"}, 403)
        for body in ({"role": "admin"}, {"limits": {"seconds": 600}}):
            await ana.send("PATCH", mine, 403, json=body)
        limited = await client.send("PATCH", mine, 200, json={"limits": {"seconds": 2.5}})
        assert limited["limits"]["seconds"] == 2.5 and limited["limits"]["rows"] is None
    path = f"/api/people/{client.me['id']}"
    assert (await client.send("PATCH", path, 409, json={"role": "viewer"}))["field"] == "role"


async def test_a_persons_limit_holds_where_the_projects_is_wider(client: Client, shop: Path) -> None:
    await client.add_shop(shop)
    question = "List the names of all customers"
    whole = await client.ask(question)
    assert whole["status"] == "answered"
    path = f"/api/people/{client.me['id']}"
    await client.send("PATCH", path, 200, json={"limits": {"rows": 3}})
    cut = await client.ask(question)
    counts = [
        next(e["event"] for e in turn["events"] if e["event"]["type"] == "result.ready")
        for turn in (whole, cut)
    ]
    assert [(event["row_count"], event["truncated"]) for event in counts] == [(12, False), (3, True)]


def test_the_command_line_adds_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = {"data_dir": tmp_path / "data", "port": None}
    assert user_command.run(Namespace(action="add", name="rita", role="reviewer", **where)) == 0
    assert "/auth/link?token=" in capsys.readouterr().out
    assert user_command.run(Namespace(action="link", name="rita", **where)) == 0
    assert "/auth/link?token=" in capsys.readouterr().out
    assert user_command.run(Namespace(action="add", name="rita", role="viewer", **where)) == 1
    assert user_command.run(Namespace(action="link", name="nobody", **where)) == 1
    said = capsys.readouterr()
    assert said.out == "" and "already has this name" in said.err and "Nobody is called" in said.err
