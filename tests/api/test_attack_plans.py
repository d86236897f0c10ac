"""Plans that no page of ours would send, from somebody who is signed in and knows the protocol."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agents.plan import Measure, Plan, PlanQuery, PlanTable
from agents.plans.compile import CannotPlan, reading_of
from tests.api.client import Client, Json, command, last, types
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


async def test_what_a_plan_rests_on_is_not_its_writers_to_say(owner: Client) -> None:
    """Feedback credits the patterns of a plan, so a forged plan could bring down what others approved."""
    pattern = {
        "project_id": owner.project_id,
        "source_id": owner.source["id"],
        "question": "How many products are there?",
        "sql": "SELECT COUNT(*) FROM products",
    }
    made = await owner.post("/api/knowledge/patterns", pattern, 201)
    path = f"/api/knowledge/patterns/{made['id']}"
    await owner.send("PATCH", path, 200, json={"status": "active"})
    async with owner.other("mallory") as mallory:
        await owner.let_in(mallory)
        await owner.grant(f"user:{mallory.me['id']}", {"customers": {}})
        turn = await mallory.ask(QUESTION, auto_confirm=False)
        plan = last(turn, "plan.proposed")["plan"] | {"knowledge": [made["id"]] * 9, "confidence": 1.0}
        ids = {"chat_id": turn["chat_id"], "turn_id": turn["turn_id"]}
        await mallory.obey(command("revise", **ids, revision=1, plan=plan))
        told = last(await settled(mallory, turn["chat_id"]), "plan.proposed")
        assert told["revision"] == 2 and told["plan"]["knowledge"] == [] and told["plan"]["confidence"] < 1
        await mallory.obey(command("confirm", **ids, revision=2))
        await mallory.ended(turn["chat_id"])
        await mallory.post("/api/feedback", {"turn_id": turn["turn_id"], "verdict": "down"})
    query = {"project_id": owner.project_id}
    (kept,) = (await owner.get("/api/knowledge/patterns", params=query))["items"]
    assert (kept["status"], kept["losses"]) == ("active", 0)


async def test_an_approved_answer_that_was_edited_is_not_an_approved_one(owner: Client) -> None:
    pattern = {
        "project_id": owner.project_id,
        "source_id": owner.source["id"],
        "question": QUESTION,
        "sql": "SELECT country, COUNT(*) FROM customers GROUP BY country",
    }
    made = await owner.post("/api/knowledge/patterns", pattern, 201)
    await owner.send("PATCH", f"/api/knowledge/patterns/{made['id']}", 200, json={"status": "active"})
    turn = await owner.ask(QUESTION, auto_confirm=False)
    assert last(turn, "plan.proposed")["confidence_label"] == "verified"
    total = {"id": "m", "function": "sum", "column": {"table": "customers", "column": "id"}}
    told = last(await revise(owner, turn, dimensions=[], measures=[total]), "plan.proposed")
    assert told["confidence_label"] == "check_this"
    assert not any("approved" in reason for reason in told["reasons"])


async def test_numbers_that_nothing_can_keep(owner: Client) -> None:
    """In a plan and in a question: an answer or a refusal in words, never a failure of the server."""
    for field, number in (("limit", 10**30), ("offset", 2**63)):
        turn = await owner.ask(QUESTION, auto_confirm=False)
        with pytest.raises(ValidationError):
            await revise(owner, turn, **{field: number})
    turn = await owner.ask(QUESTION, auto_confirm=False)
    much = {"id": "f", "column": {"table": "customers", "column": "id"}, "operator": "<", "values": [10**30]}
    told = last(await revise(owner, turn, filters=[much]), "plan.proposed")
    assert told["plan"]["steps"][0]["query"]["filters"][0]["values"] == [1e30] and told["sql"]
    with pytest.raises(ValidationError):
        Plan(question="", steps=())
    for amount in ("123456789012345678901234567890", "9" * 5_000):
        sql = f"SELECT COUNT(*) FROM orders WHERE amount < {amount} LIMIT {amount}"
        body = {"turn_id": turn["turn_id"], "sql": sql}
        assert (await owner.http.post("/api/feedback/try", json=body)).status_code < 500
        answered = await owner.ask(f"How many orders have an amount above {amount}?")
        assert "turn.failed" not in types(answered), answered["events"][-1]


async def test_what_is_said_to_a_plan_is_no_longer_than_a_question(owner: Client) -> None:
    turn = await owner.ask(QUESTION, auto_confirm=False)
    ids = {"chat_id": turn["chat_id"], "turn_id": turn["turn_id"]}
    book = "only " * 40_000
    for sent in (
        command("revise", **ids, revision=1, words=book),
        command("revise", **ids, revision=1, assumption_id=book, option_id="a"),
        command("clarify", **ids, clarification_id="a", text=book),
        command("reject", **ids, reason=book),
    ):
        with pytest.raises(ValidationError):
            await owner.obey(sent)
    assert (await settled(owner, turn["chat_id"]))["last_seq"] == turn["events"][-1]["seq"]
