"""A question from asking to its receipt, on both metadata databases."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pyarrow.parquet
import pytest
from openpyxl import load_workbook

from agents.turn import Outcome
from backend.chat.repository import TurnRepository
from backend.chat.turns import MAX_TURNS_OF_ONE, Supervisor
from tests.api.client import Client, command, last, types

QUESTION = "How many orders are there?"


async def test_a_question_is_answered_with_its_evidence(shop_client: Client) -> None:
    turn = await shop_client.ask(QUESTION)

    assert turn["status"] == "answered"
    assert types(turn)[0] == "turn.started" and types(turn)[-1] == "turn.finished"
    result = last(turn, "result.ready")
    assert result["rows"] == [[60]]
    receipt = await shop_client.get(f"/api/receipts/{last(turn, 'answer.ready')['receipt_id']}")
    assert "SELECT" in str(receipt)
    assert [e["seq"] for e in turn["events"]] == list(range(1, len(turn["events"]) + 1))


async def test_the_stored_stream_is_what_was_sent(shop_client: Client) -> None:
    turn = await shop_client.ask(QUESTION)

    stored = await shop_client.get(f"/api/chats/{turn['chat_id']}/events")
    assert stored["events"] == turn["events"]
    assert stored["last_seq"] == len(turn["events"])
    tail = await shop_client.get(f"/api/chats/{turn['chat_id']}/events?after_seq={stored['last_seq'] - 2}")
    assert tail["events"] == turn["events"][-2:]


async def test_a_plan_waits_until_it_is_confirmed(shop_client: Client) -> None:
    turn = await shop_client.ask(QUESTION, auto_confirm=False)

    assert turn["status"] == "waiting"
    assert last(turn, "plan.proposed")["awaits_confirmation"]
    assert "result.ready" not in types(turn)
    (chat,) = (await shop_client.get("/api/chats"))["items"]
    assert chat["status"] == "waiting" and chat["title"] == QUESTION


async def test_an_answer_that_overtakes_the_end_of_its_stretch_is_taken(
    shop_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row says that the plan waits a moment before the task that proposed it is gone."""
    settle = Supervisor._settle

    async def slowly(supervisor: Supervisor, *arguments: Any) -> None:
        await settle(supervisor, *arguments)
        await asyncio.sleep(0.3)

    monkeypatch.setattr(Supervisor, "_settle", slowly)
    waiting = await shop_client.ask(QUESTION, auto_confirm=False)
    chat_id, turn_id = waiting["chat_id"], waiting["turn_id"]

    await shop_client.obey(command("confirm", chat_id=chat_id, turn_id=turn_id, revision=1))

    assert last(await shop_client.ended(chat_id), "result.ready")["rows"] == [[60]]


async def test_a_new_question_replaces_a_waiting_plan(shop_client: Client) -> None:
    waiting = await shop_client.ask(QUESTION, auto_confirm=False)

    after = await shop_client.ask("How many customers are there?", chat_id=waiting["chat_id"])

    assert last(after, "result.ready")["rows"] == [[12]]
    stored = await shop_client.get(f"/api/chats/{waiting['chat_id']}/events")
    ends = [e["event"] for e in stored["events"] if e["event"]["type"] == "turn.finished"]
    assert [end["status"] for end in ends] == ["cancelled", "answered"]


async def test_events_are_streamed_as_they_happen(shop_client: Client) -> None:
    body = {"question": QUESTION, "auto_confirm": True, "project_id": shop_client.project_id}
    answer = await shop_client.http.post("/api/chat", json=body, headers={"Accept": "text/event-stream"})

    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [block.split("\n") for block in answer.text.strip().split("\n\n")]
    assert [lines[0] for lines in events] == [f"id: {i}" for i in range(1, len(events) + 1)]
    assert events[-1][1] == "event: turn.finished"


async def test_results_are_paged_sorted_and_exported(shop_client: Client) -> None:
    turn = await shop_client.ask("List the title and price of all products")
    result_id = last(turn, "result.ready")["result_id"]
    names = [column["name"] for column in last(turn, "result.ready")["columns"]]
    price = names.index("price")

    page = await shop_client.get(f"/api/results/{result_id}?limit=3&sort={price}&descending=true")
    assert [row[price] for row in page["rows"]] == [20.0, 17.5, 15.0]
    assert page["row_count"] == 8
    rest = await shop_client.get(f"/api/results/{result_id}?offset=6&limit=100&sort={price}")
    assert [row[price] for row in rest["rows"]] == [17.5, 20.0]

    csv = await _export(shop_client, result_id, "csv")
    assert csv.startswith(b"\xef\xbb\xbf") and csv.count(b"\r\n") == 9
    table = pyarrow.parquet.read_table(io.BytesIO(await _export(shop_client, result_id, "parquet")))
    assert table.num_rows == 8 and table.column_names == names
    book = load_workbook(io.BytesIO(await _export(shop_client, result_id, "xlsx")))
    assert book.sheetnames == ["Result", "About"]
    about: dict[Any, Any] = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert about["Question"] == "List the title and price of all products" and "SELECT" in about["SQL"]


async def _export(client: Client, result_id: str, kind: str) -> bytes:
    answer = await client.http.get(f"/api/results/{result_id}/export?format={kind}")
    assert answer.status_code == 200
    return answer.content


async def test_a_project_without_sources_says_so(client: Client) -> None:
    turn = await client.ask(QUESTION)
    assert turn["status"] == "declined"
    assert last(turn, "question.declined")["reason"] == "no_source"


async def test_a_wish_to_stop_counts_also_when_the_last_step_is_done(shop_client: Client) -> None:
    """Between the last step and the commit that says the turn waits, there is no task to be stopped."""
    turn = await shop_client.ask("How many customers are there?", auto_confirm=False)
    async with shop_client.services.database.writing() as session:
        row = await TurnRepository(session).locked(turn["turn_id"])
        assert row is not None
        row.status, row.cancel_requested = "running", True
    waits = Outcome("waiting", waiting_for="confirmation")
    await shop_client.services.supervisor._settle(row, waits, 0.1)
    events = await shop_client.get(f"/api/chats/{turn['chat_id']}/events")
    assert last(events, "turn.finished")["status"] == "cancelled"


async def test_one_persons_chats_leave_room_for_others(shop_client: Client) -> None:
    """Also: a question that is stopped while it waits for its place ends at once."""
    supervisor = shop_client.services.supervisor
    turn = await shop_client.ask(QUESTION, auto_confirm=False)
    share = await supervisor._share(turn["turn_id"])
    for _ in range(MAX_TURNS_OF_ONE):
        await share.acquire()
    chat_id = await shop_client.chat()
    waiting = await shop_client.obey(command("ask", chat_id=chat_id, question=QUESTION))
    async with shop_client.other("eve") as eve:
        await shop_client.let_in(eve)
        await shop_client.grant("everyone", None)
        assert (await eve.ask(QUESTION))["status"] == "answered"
    assert types(await shop_client.get(f"/api/chats/{chat_id}/events")) == ["turn.started"]
    await shop_client.obey(command("cancel", chat_id=chat_id, turn_id=waiting))
    stopped = last(await shop_client.ended(chat_id), "turn.finished")
    assert stopped["status"] == "cancelled"
