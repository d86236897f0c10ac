"""One person's thumbs against what others approved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.api.client import Client, Json, last
from tests.api.conftest import Start

QUESTION = "How many customers are in each country?"
SQL = "SELECT country, COUNT(*) FROM customers GROUP BY country"


@pytest.fixture
async def owner(start: Start, shop: Path) -> AsyncIterator[Client]:
    async with start() as client:
        await client.add_shop(shop)
        await client.grant("everyone", None)
        yield client


async def _approved(owner: Client) -> str:
    body = {
        "project_id": owner.project_id,
        "source_id": owner.source["id"],
        "question": QUESTION,
        "sql": SQL,
    }
    made = await owner.post("/api/knowledge/patterns", body, 201)
    await owner.send("PATCH", f"/api/knowledge/patterns/{made['id']}", 200, json={"status": "active"})
    return str(made["id"])


async def _pattern(owner: Client) -> Json:
    query = {"project_id": owner.project_id}
    (found,) = (await owner.get("/api/knowledge/patterns", params=query))["items"]
    return dict(found)


async def _dislike(person: Client, pattern_id: str) -> None:
    turn = await person.ask(QUESTION)
    assert last(turn, "plan.proposed")["plan"]["knowledge"] == [pattern_id]
    await person.post("/api/feedback", {"turn_id": turn["turn_id"], "verdict": "down"})


async def test_one_member_alone_cannot_retire_what_was_approved(owner: Client) -> None:
    pattern_id = await _approved(owner)
    async with AsyncExitStack() as people:
        members = [await people.enter_async_context(owner.other(name)) for name in ("ana", "ben", "eve")]
        for member in members:
            await owner.let_in(member)
        for _ in range(4):
            await _dislike(members[0], pattern_id)
        assert ((await _pattern(owner))["status"], (await _pattern(owner))["losses"]) == ("active", 1)
        for member in members[1:]:
            await _dislike(member, pattern_id)
    kept = await _pattern(owner)
    assert (kept["status"], kept["losses"]) == ("expired", 3) and "disliked" in kept["note"]


@pytest.mark.parametrize("role", ["member", "reviewer"])
async def test_who_may_approve_counts_with_every_answer(owner: Client, role: str) -> None:
    pattern_id = await _approved(owner)
    async with owner.other("ana") as ana:
        await owner.let_in(ana, role)
        for _ in range(3):
            await _dislike(ana, pattern_id)
    assert (await _pattern(owner))["status"] == ("expired" if role == "reviewer" else "active")
