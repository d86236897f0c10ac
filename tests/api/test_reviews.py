"""An answer that waits for a reviewer, and what its asker hears of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.api.client import Client, Json, command, last, types
from tests.api.conftest import Start

QUESTION = "How many customers are there per country?"
CORRECTED = "SELECT country, COUNT(*) AS people FROM customers WHERE country <> 'Chile' GROUP BY country"


@asynccontextmanager
async def _people(owner: Client) -> AsyncIterator[tuple[Client, Client]]:
    """Ana asks and may read only some rows; Rita reviews and reads everything."""
    async with owner.other("ana") as ana, owner.other("rita") as rita:
        await owner.let_in(ana)
        await owner.let_in(rita, "reviewer")
        await owner.grant(f"user:{ana.me['id']}", {"customers": {"filter": "id <= 6"}})
        await owner.grant(f"user:{rita.me['id']}", None)
        yield ana, rita


@pytest.fixture
async def owner(start: Start, shop: Path) -> AsyncIterator[Client]:
    async with start() as client:
        await client.add_shop(shop)
        yield client


@pytest.fixture
async def people(owner: Client) -> AsyncIterator[tuple[Client, Client]]:
    await _careful(owner)
    async with _people(owner) as (ana, rita):
        yield ana, rita


async def _careful(owner: Client) -> None:
    """A project where every answer goes to a reviewer first."""
    path = f"/api/projects/{owner.project_id}"
    limits = (await owner.get(path))["limits"] | {"review_below": 1.0}
    await owner.send("PATCH", path, 200, json={"limits": limits})


async def _only_review(reviewer: Client) -> Json:
    (summary,) = (await reviewer.get("/api/reviews"))["items"]
    review: Json = await reviewer.get(f"/api/reviews/{summary['id']}")
    return review


async def _decide(reviewer: Client, review: Json, status: int = 200, **body: Any) -> Json:
    decided: Json = await reviewer.post(f"/api/reviews/{review['id']}/decision", body, status)
    return decided


async def test_a_correction_reaches_the_asker_as_their_answer(shop_client: Client) -> None:
    await _careful(shop_client)
    async with _people(shop_client) as (ana, rita):
        await _corrected(ana, rita)


async def _corrected(ana: Client, rita: Client) -> None:
    turn = await ana.ask(QUESTION)
    assert turn["status"] == "waiting" and "review.requested" in types(turn)
    review = await _only_review(rita)
    assert review["question"] and review["asker"] == "ana" and review["plan"] and review["checks"]
    assert review["back_translation"] and review["sql"].lower().startswith("select")
    preview = await rita.get(f"/api/reviews/{review['id']}/preview")
    assert sum(row[-1] for row in preview["rows"]) == 6  # as Ana would get it, not as Rita would
    decided = await _decide(rita, review, decision="correct", sql=CORRECTED, note="Chile is closed.")
    assert decided["status"] == "corrected" and decided["original_sql"] == review["sql"]
    assert review["compared"] is None and "COUNT(*)" in decided["compared"]["after"]
    events = await ana.ended(turn["chat_id"])
    told = last(events, "review.decided")
    assert told["decision"] == "corrected" and told["by"] == "rita" and told["note"] == "Chile is closed."
    assert last(events, "turn.finished")["status"] == "answered"
    rows = last(events, "result.ready")["rows"]
    assert {row[0] for row in rows} == {"Norway", "Japan"} and sum(row[1] for row in rows) == 4


async def test_approved_as_it_is_it_runs_as_it_was_shown(people: tuple[Client, Client]) -> None:
    ana, rita = people
    turn = await ana.ask(QUESTION)
    review = await _only_review(rita)
    await _decide(rita, review, decision="approve")
    events = await ana.ended(turn["chat_id"])
    assert last(events, "execution.started")["sha256"] == last(events, "checks.finished")["sha256"]
    assert sum(row[-1] for row in last(events, "result.ready")["rows"]) == 6
    assert (await _decide(rita, review, 409, decision="reject"))["code"] == "conflict"


async def test_a_rejection_says_why_and_nothing_runs(people: tuple[Client, Client]) -> None:
    ana, rita = people
    turn = await ana.ask(QUESTION)
    await _decide(rita, await _only_review(rita), decision="reject", note="Ask for active customers.")
    events = await ana.ended(turn["chat_id"])
    assert last(events, "review.decided")["note"] == "Ask for active customers."
    assert last(events, "turn.finished")["status"] == "rejected"
    assert "execution.started" not in types(events)


async def test_a_correction_passes_the_same_gate(people: tuple[Client, Client]) -> None:
    ana, rita = people
    turn = await ana.ask(QUESTION)
    review = await _only_review(rita)
    for sql in ("DELETE FROM customers", "SELECT * FROM sqlite_master", "SELECT amount FROM orders"):
        refused = await _decide(rita, review, 422, decision="correct", sql=sql)
        assert refused["code"] == "query_rejected", (
            sql
        )  # Ana may not read orders, so nobody answers her with them
    assert (await _only_review(rita))["status"] == "open"
    assert "review.decided" not in types(await ana.get(f"/api/chats/{turn['chat_id']}/events"))


async def test_the_queue_is_for_those_who_review_and_read_everything(
    owner: Client, people: tuple[Client, Client]
) -> None:
    ana, rita = people
    await ana.ask(QUESTION)
    review = await _only_review(rita)
    paths = [("GET", ""), ("GET", "/preview"), ("POST", "/try"), ("POST", "/decision")]
    bodies: Json = {"/try": {"sql": "SELECT 1"}, "/decision": {"decision": "approve"}}

    async def sees_nothing(person: Client) -> None:
        assert (await person.get("/api/reviews"))["items"] == []
        for method, rest in paths:
            await person.send(method, f"/api/reviews/{review['id']}{rest}", 404, json=bodies.get(rest))

    await sees_nothing(ana)
    await owner.grant(f"user:{rita.me['id']}", {"customers": {"columns": ["id"]}})
    await sees_nothing(rita)
    assert (await _only_review(owner))["id"] == review["id"]


async def test_a_question_that_was_stopped_leaves_the_queue(people: tuple[Client, Client]) -> None:
    ana, rita = people
    turn = await ana.ask(QUESTION)
    review = await _only_review(rita)
    await ana.obey(command("cancel", chat_id=turn["chat_id"], turn_id=turn["turn_id"]))
    assert (await rita.get("/api/reviews"))["items"] == []
    assert (await _decide(rita, review, 409, decision="approve"))["code"] == "conflict"


async def test_similar_verified_statements_stand_beside_it(
    owner: Client, people: tuple[Client, Client]
) -> None:
    ana, rita = people
    pattern = {
        "project_id": owner.project_id,
        "source_id": owner.source["id"],
        "question": QUESTION,
        "sql": CORRECTED,
    }
    made = await owner.post("/api/knowledge/patterns", pattern, 201)
    await owner.send("PATCH", f"/api/knowledge/patterns/{made['id']}", 200, json={"status": "active"})
    await ana.ask("How many customers are there by country?")
    similar = (await _only_review(rita))["similar"]
    assert [(found["question"], found["sql"]) for found in similar] == [(QUESTION, CORRECTED)]


async def test_under_review_while_the_server_restarts(start: Start, shop: Path) -> None:
    async with start() as owner:
        await owner.add_shop(shop)
        await _careful(owner)
        turn = await owner.ask(QUESTION)
        assert turn["status"] == "waiting"
    async with start() as owner:
        review = await _only_review(owner)
        await _decide(owner, review, decision="correct", sql=CORRECTED)
        events = await owner.ended(turn["chat_id"])
        assert last(events, "turn.finished")["status"] == "answered"
        assert {row[0] for row in last(events, "result.ready")["rows"]} == {"Norway", "Japan"}


async def test_a_correction_after_the_answer_is_answered_anew_in_the_chat(start: Start, shop: Path) -> None:
    async with start() as owner:
        await owner.add_shop(shop)
        async with _people(owner) as (ana, rita):
            turn = await ana.ask(QUESTION)
            assert turn["status"] == "answered"
            body = {
                "turn_id": turn["turn_id"],
                "verdict": "down",
                "reasons": ["wrong_filter"],
                "text": "without Chile, please",
                "corrected_sql": "",
                "request_review": True,
            }
            await ana.post("/api/feedback", body)
            review = await _only_review(rita)
            assert review["kind"] == "pattern" and review["asker_text"] == "without Chile, please"
            await _decide(rita, review, decision="correct", sql=CORRECTED, note="Chile is closed.")
            events = await ana.ended(turn["chat_id"], count=2)
            assert last(events, "review.decided")["by"] == "rita"
            rows = last(events, "result.ready")["rows"]
            assert {row[0] for row in rows} == {"Norway", "Japan"} and sum(row[1] for row in rows) == 4
