"""Plans that no page of ours would send, from somebody who is signed in and knows the protocol."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agents.plan import Measure, PlanQuery, PlanTable
from agents.plans.compile import CannotPlan, reading_of
from tests.api.client import Client, Json, command, last
from tests.api.conftest import Start

QUESTION = "How many customers are there per country?"
JOINS = "JOIN orders " * 14
"""Without ON the parser's time doubles with each: two dozen take minutes, and nothing can stop them."""
BOMBS = (f"(SELECT 1 FROM customers {JOINS})", "1" + " + 1" * 5_000, "(" * 300 + "1" + ")" * 300)


@pytest.fixture
async def owner(start: Start, shop: Path) -> AsyncIterator[Client]:
    async with start() as client:
        await client.add_shop(shop)
        yield client


async def settled(person: Client, chat_id: str) -> Json:
    """The chat's events once its turn works no more."""
    for _ in range(400):
        turn: Json = await person.get(f"/api/chats/{chat_id}/events")
        chats = (await person.get("/api/chats"))["items"]
        if next(chat for chat in chats if chat["id"] == chat_id)["status"] != "running":
            return turn
        await asyncio.sleep(0.02)
    raise AssertionError("the turn never came to rest")


async def revise(person: Client, turn: Json, revision: int = 1, **query: Any) -> Json:
    """What became of the first plan of `turn` with other fields in its query."""
    plan = copy.deepcopy(last(turn, "plan.proposed")["plan"])
    plan["steps"][0]["query"] |= query
    ids = {"chat_id": turn["chat_id"], "turn_id": turn["turn_id"]}
    await person.obey(command("revise", **ids, revision=revision, plan=plan))
    return await settled(person, turn["chat_id"])


async def test_texts_that_would_keep_the_parser_busy_are_never_parsed_here(owner: Client) -> None:
    """Parsing happens in a thread, and a thread that hangs stays; six of them are a server that answers nobody."""
    count = Measure(id="m", function="count")
    for dialect in ("sqlite", "postgres", "duckdb", "mysql"):
        for text in BOMBS:
            measure = Measure(id="m", function="expression", expression=text)
            with pytest.raises(CannotPlan):
                reading_of(PlanQuery(tables=(), measures=(measure,)), dialect)
        table = PlanTable(alias="customers", table="", expression=f"customers {JOINS}")
        with pytest.raises(CannotPlan):
            reading_of(PlanQuery(tables=(table,), measures=(count,)), dialect)
    turn = await owner.ask(QUESTION, auto_confirm=False)
    bomb = {"id": "m", "function": "expression", "expression": BOMBS[0]}
    told = last(await revise(owner, turn, measures=[bomb]), "plan.proposed")
    assert told["revision"] == 2 and told["sql"] == []
