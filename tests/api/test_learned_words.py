"""A word that the source does not know is asked about, and once an answer was approved the word works in other questions."""

from __future__ import annotations

from pathlib import Path

from tests.api.client import Client, command, last
from tests.api.conftest import Start

_SQL = "SELECT COUNT(*) AS n FROM customers WHERE country IN ('Chile', 'Japan')"


async def test_an_approved_answer_teaches_its_unknown_word(shop_client: Client) -> None:
    client = shop_client
    body = {
        "project_id": client.project_id,
        "source_id": client.source["id"],
        "question": "How many customers are in FARAWAY?",
        "sql": _SQL,
    }
    pattern = await client.post("/api/knowledge/patterns", body, 201)
    assert (await client.get(f"/api/knowledge/terms?project_id={client.project_id}"))["items"] == []
    path = f"/api/knowledge/patterns/{pattern['id']}"
    await client.send("PATCH", path, 200, json={"status": "active"})
    (term,) = (await client.get(f"/api/knowledge/terms?project_id={client.project_id}"))["items"]
    assert (term["term"], term["kind"]) == ("FARAWAY", "filter")
    turn = await client.ask("number of orders in FARAWAY in 2024")
    assert "customers.country IN ('Chile', 'Japan')" in last(turn, "plan.proposed")["sql"][0]
    await client.send("PATCH", path, 200, json={"status": "candidate"})
    await client.send("PATCH", path, 200, json={"status": "active"})
    assert len((await client.get(f"/api/knowledge/terms?project_id={client.project_id}"))["items"]) == 1


async def test_an_unknown_word_is_asked_about_and_explained_in_words(start: Start, shop: Path) -> None:
    async with start() as client:
        await client.add_shop(shop)
        turn = await client.ask("How many customers are in FARAWAY?")
        asked = last(turn, "clarification.asked")
        assert "FARAWAY" in asked["question"]
        ids = {"chat_id": turn["chat_id"], "turn_id": turn["turn_id"]}
        said = {"clarification_id": asked["clarification_id"], "text": "Chile or Japan"}
        await client.obey(command("clarify", **ids, **said))
        after = await client.ended(turn["chat_id"], "plan.proposed")
        assert "IN ('Chile', 'Japan')" in last(after, "plan.proposed")["sql"][0]
