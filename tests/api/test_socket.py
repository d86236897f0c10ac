"""The chat socket of a real server: commands, replay, hostile frames."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import websockets

from tests.agents.harness import make_shop
from tests.api.process import Browser, Server, Socket, browsing, serving

QUESTION = "How many orders are there?"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("socket")
    with serving(folder / "data") as server:
        yield server


@pytest.fixture(scope="module")
async def browser(server: Server) -> AsyncIterator[Browser]:
    async with browsing(server) as browser:
        await browser.add_sqlite(make_shop(server.folder / "shop.sqlite"))
        yield browser


@pytest.fixture
async def socket(browser: Browser) -> AsyncIterator[Socket]:
    async with browser.socket() as socket:
        yield socket


async def test_a_turn_over_the_socket(browser: Browser, socket: Socket) -> None:
    chat_id = await browser.new_chat()
    await socket.send("subscribe", chat_id=chat_id)
    assert (await socket.frame(lambda f: f["type"] == "replayed"))["seq"] == 0
    asked = await socket.send("ask", chat_id=chat_id, question=QUESTION)
    turn_id = (await socket.ack(asked))["turn_id"]

    plan = await socket.event("plan.proposed")
    await socket.send("confirm", chat_id=chat_id, turn_id=turn_id, revision=plan["event"]["revision"])

    assert (await socket.event("result.ready"))["event"]["rows"] == [[60]]
    assert (await socket.event("turn.finished"))["event"]["status"] == "answered"


async def test_reconnecting_at_every_event_gives_the_same_transcript(
    browser: Browser, socket: Socket
) -> None:
    chat_id = await browser.new_chat()
    await _answered(socket, chat_id)
    whole = await browser.events(chat_id)

    for seq in range(len(whole) + 1):
        async with browser.socket() as again:
            await again.send("subscribe", chat_id=chat_id, after_seq=seq)
            tail = []
            while (frame := await again.frame(lambda f: f["type"] != "ack"))["type"] == "event":
                tail.append(frame)
            assert whole[:seq] + tail == whole
            assert frame == {"type": "replayed", "chat_id": chat_id, "seq": len(whole)}


async def test_the_same_command_fifty_times_is_one_turn(browser: Browser, socket: Socket) -> None:
    chat_id = await browser.new_chat()
    await socket.send("subscribe", chat_id=chat_id)
    for _ in range(25):
        await socket.send("ask", client_id="same", chat_id=chat_id, question=QUESTION)
    acks = [await socket.ack("same") for _ in range(25)]
    assert len({ack["turn_id"] for ack in acks}) == 1 and not any(ack["problem"] for ack in acks)

    turn_id = acks[0]["turn_id"]
    if not any(e["event"]["type"] == "plan.proposed" for e in await browser.events(chat_id)):
        await socket.event("plan.proposed")
    async with browser.socket() as other:
        for _ in range(10):
            await socket.send("confirm", client_id="yes", chat_id=chat_id, turn_id=turn_id, revision=1)
            await other.send("confirm", client_id="yes", chat_id=chat_id, turn_id=turn_id, revision=1)
        for _ in range(10):
            assert not (await other.ack("yes"))["problem"]
    await _ended(browser, chat_id)
    kinds = [e["event"]["type"] for e in await browser.events(chat_id)]
    assert kinds.count("turn.started") == kinds.count("result.ready") == kinds.count("turn.finished") == 1


async def test_another_command_under_a_used_id_is_a_conflict(browser: Browser, socket: Socket) -> None:
    chat_id = await browser.new_chat()
    await socket.send("ask", client_id="one", chat_id=chat_id, question=QUESTION)
    assert not (await socket.ack("one"))["problem"]
    await socket.send("ask", client_id="one", chat_id=chat_id, question="Something else?")
    assert (await socket.ack("one"))["problem"]["code"] == "conflict"


async def test_a_plan_can_be_rejected_and_an_old_revision_cannot_be_confirmed(
    browser: Browser, socket: Socket
) -> None:
    chat_id = await browser.new_chat()
    await socket.send("subscribe", chat_id=chat_id)
    await socket.send("ask", chat_id=chat_id, question=QUESTION)
    plan = await socket.event("plan.proposed")

    late = await socket.send("confirm", chat_id=chat_id, turn_id=plan["turn_id"], revision=7)
    assert (await socket.ack(late))["problem"]["code"] == "conflict"
    await socket.send("reject", chat_id=chat_id, turn_id=plan["turn_id"], reason="not this")
    assert (await socket.event("turn.finished"))["event"]["status"] == "rejected"


async def test_a_64_kb_question_is_refused_in_words_and_the_socket_lives(
    browser: Browser, socket: Socket
) -> None:
    chat_id = await browser.new_chat()
    asked = await socket.send("ask", chat_id=chat_id, question="x" * 64_000)
    problem = (await socket.ack(asked))["problem"]
    assert problem["code"] == "too_large" and "8,000" in problem["message"]
    assert (await socket.ack(await socket.send("ping")))["type"] == "pong"
    assert await browser.events(chat_id) == []


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("", 1007),
        ("{", 1007),
        ("[]", 1007),
        ("null", 1007),
        ('"ask"', 1007),
        ('{"type": "ask"}', 1007),
        ('{"type": "ask", "client_id": 7}', 1007),
        ("[" * 100_000, 1007),
        (b"\x00\x01", 1003),
        ("x" * 400_000, 1009),
    ],
)
async def test_what_is_no_command_closes_the_socket(browser: Browser, frame: str | bytes, code: int) -> None:
    async with browser.socket() as socket:
        await socket.connection.send(frame)
        assert await socket.closed() == code


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "nonsense"},
        {"type": "ask"},
        {"type": "ask", "chat_id": "c", "question": 5},
        {"type": "ask", "chat_id": "../../etc", "question": "x"},
        {"type": "ask", "chat_id": "c", "question": "x", "admin": True},
        {"type": "confirm", "chat_id": "c", "turn_id": "t", "revision": "one"},
        {"type": "subscribe", "chat_id": "c", "after_seq": -1},
        {"type": "revise", "chat_id": "c", "turn_id": "t", "revision": 1, "plan": {"steps": 3}},
    ],
)
async def test_a_command_that_is_wrong_is_told_so(socket: Socket, fields: dict[str, Any]) -> None:
    await socket.connection.send(json.dumps({"client_id": "bad", **fields}))
    assert (await socket.ack("bad"))["problem"]["code"] == "invalid"
    assert (await socket.ack(await socket.send("ping")))["type"] == "pong"


@pytest.mark.parametrize("kind", ["subscribe", "ask", "cancel", "confirm", "reject"])
async def test_foreign_chats_do_not_exist(socket: Socket, kind: str) -> None:
    more: dict[str, dict[str, Any]] = {
        "ask": {"question": "x"},
        "cancel": {"turn_id": "t"},
        "confirm": {"turn_id": "t", "revision": 1},
        "reject": {"turn_id": "t"},
    }
    fields = more.get(kind, {})
    sent = await socket.send(kind, chat_id="f" * 32, **fields)
    assert (await socket.ack(sent))["problem"]["code"] == "not_found"


async def test_strangers_get_no_socket(server: Server, browser: Browser) -> None:
    url = server.base.replace("http", "ws") + "/api/chat/ws"
    async with websockets.connect(url, origin=server.base) as nobody:  # type: ignore[arg-type]
        await nobody.wait_closed()
        assert nobody.close_code == 4401
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
        with pytest.raises(websockets.InvalidStatus):
            async with browser.socket(Origin=origin):
                raise AssertionError("a foreign page got a socket")


async def test_a_flood_of_messages_ends_the_socket(browser: Browser) -> None:
    async with browser.socket() as socket:
        with contextlib.suppress(websockets.ConnectionClosed):
            async with asyncio.timeout(20):
                while True:
                    await socket.send("ping")
        # What still lies unread when the server closes makes TCP reset the connection, which can overtake the close frame.
        assert await socket.closed() in (4429, 1006)
    async with browser.socket() as another:
        assert (await another.ack(await another.send("ping")))["type"] == "pong"


async def test_a_running_turn_can_be_stopped(browser: Browser, socket: Socket) -> None:
    """The answer comes too fast to be sure of stopping it midway; what counts is one clear end."""
    chat_id = await browser.new_chat()
    await socket.send("subscribe", chat_id=chat_id)
    asked = await socket.send("ask", chat_id=chat_id, question=QUESTION)
    turn_id = (await socket.ack(asked))["turn_id"]
    await socket.send("cancel", chat_id=chat_id, turn_id=turn_id)
    assert (await socket.event("turn.finished"))["event"]["status"] == "cancelled"
    await asyncio.sleep(0.1)
    kinds = [e["event"]["type"] for e in await browser.events(chat_id)]
    assert kinds[-1] == "turn.finished" and kinds.count("turn.finished") == 1


async def _answered(socket: Socket, chat_id: str) -> None:
    await socket.send("subscribe", chat_id=chat_id)
    await socket.send("ask", chat_id=chat_id, question=QUESTION)
    plan = await socket.event("plan.proposed")
    await socket.send("confirm", chat_id=chat_id, turn_id=plan["turn_id"], revision=1)
    await socket.event("turn.finished")


async def _ended(browser: Browser, chat_id: str) -> None:
    for _ in range(200):
        events = await browser.events(chat_id)
        if events and events[-1]["event"]["type"] in ("turn.finished", "turn.failed"):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the turn never ended")
