"""kill -9 of the real server: nothing acknowledged is lost, nothing happens twice."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agents.harness import make_shop
from tests.api.process import Browser, Server, browsing
from tests.servers import DatabaseServer

QUESTION = "How many orders are there?"


@pytest.fixture(params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    environment = {}
    if request.param == "postgres":
        pg: DatabaseServer = request.getfixturevalue("postgres_server")
        url = f"postgresql://{pg.user}:{pg.password}@{pg.host}:{pg.port}/{pg.database()}"
        environment["DATACHAT_DATABASE_URL"] = url
    server = Server(tmp_path / "data", DATACHAT_SERVER__TAKEOVER_SECONDS="1", **environment)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        print(server.log.read_text()[-4_000:])  # shown when the test failed


async def test_a_waiting_plan_outlives_the_server(server: Server, tmp_path: Path) -> None:
    async with browsing(server) as browser:
        await browser.add_sqlite(make_shop(tmp_path / "shop.sqlite"))
        chat_id = await browser.new_chat()
        turn_id = await _plan(browser, chat_id)
        before = await browser.events(chat_id)

        server.kill()
        server.start()

        assert await browser.events(chat_id) == before
        async with browser.socket() as socket:
            await socket.send("subscribe", chat_id=chat_id, after_seq=before[-1]["seq"])
            await socket.send("confirm", chat_id=chat_id, turn_id=turn_id, revision=1)
            assert (await socket.event("result.ready"))["event"]["rows"] == [[60]]
            await socket.event("turn.finished")
        _whole(await browser.events(chat_id))


async def test_killed_at_any_moment_of_a_run_it_ends_once(server: Server, tmp_path: Path) -> None:
    """Killed a little later each time after the confirmation, until a kill comes too late."""
    async with browsing(server) as browser:
        await browser.add_sqlite(make_shop(tmp_path / "shop.sqlite"))
        for kill_at in (
            "plan.confirmed",
            "sql.drafted",
            "checks.finished",
            "execution.started",
            "result.ready",
        ):
            chat_id = await browser.new_chat()
            turn_id = await _plan(browser, chat_id)
            async with browser.socket() as socket:
                await socket.send("subscribe", chat_id=chat_id)
                await socket.send("confirm", chat_id=chat_id, turn_id=turn_id, revision=1)
                seen = await socket.event(kill_at)
                server.kill()
            server.start()

            events = await _to_the_end(browser, chat_id)
            assert events[seen["seq"] - 1] == seen, "an event that was sent changed"
            _whole(events)


async def test_a_review_and_its_decision_outlive_the_server(server: Server, tmp_path: Path) -> None:
    """Killed while the reviewer thinks, and again as soon as the decision was acknowledged."""
    async with browsing(server) as browser:
        await browser.add_sqlite(make_shop(tmp_path / "shop.sqlite"))
        project = f"/api/projects/{browser.me['default_project_id']}"
        limits = (await browser.http.get(project)).json()["limits"] | {"review_below": 1.0}
        await browser.http.patch(project, json={"limits": limits, "confirmation": "never"})
        chat_id = await browser.new_chat()
        async with browser.socket() as socket:
            await socket.send("subscribe", chat_id=chat_id)
            await socket.send("ask", chat_id=chat_id, question=QUESTION)
            review_id = (await socket.event("review.requested"))["event"]["review_id"]
        await _waiting(browser, chat_id)
        server.kill()
        server.start()

        (waiting,) = (await browser.http.get("/api/reviews")).json()["items"]
        assert waiting["id"] == review_id
        decision = {"decision": "correct", "sql": "SELECT COUNT(*) AS paid FROM orders WHERE status = 'paid'"}
        decided = await browser.http.post(f"/api/reviews/{review_id}/decision", json=decision)
        assert decided.json()["status"] == "corrected", decided.text
        server.kill()
        server.start()

        events = await _to_the_end(browser, chat_id)
        _whole(events)
        kinds = [envelope["event"]["type"] for envelope in events]
        assert kinds.count("review.decided") == kinds.count("result.ready") == 1
        (ready,) = [e["event"] for e in events if e["event"]["type"] == "result.ready"]
        assert ready["rows"] == [[45]]


async def test_killed_right_after_the_question_was_accepted(server: Server, tmp_path: Path) -> None:
    async with browsing(server) as browser:
        await browser.add_sqlite(make_shop(tmp_path / "shop.sqlite"))
        chat_id = await browser.new_chat()
        async with browser.socket() as socket:
            sent = await socket.send("ask", client_id="q1", chat_id=chat_id, question=QUESTION)
            turn_id = (await socket.ack(sent))["turn_id"]
            server.kill()
        server.start()
        async with browser.socket() as socket:
            again = await socket.send("ask", client_id="q1", chat_id=chat_id, question=QUESTION)
            assert (await socket.ack(again))["turn_id"] == turn_id
            await socket.send("subscribe", chat_id=chat_id)
            await socket.event("plan.proposed")
            await socket.send("confirm", chat_id=chat_id, turn_id=turn_id, revision=1)
            await socket.event("turn.finished")
        _whole(await browser.events(chat_id))


async def test_a_graceful_stop_loses_nothing_and_is_quick(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.start()
    async with browsing(server) as browser:
        await browser.add_sqlite(make_shop(tmp_path / "shop.sqlite"))
        chat_id = await browser.new_chat()
        async with browser.socket() as socket:
            await socket.send("ask", chat_id=chat_id, question=QUESTION)
            assert server.stop() in (0, -signal.SIGTERM)
            assert await socket.closed() == 1012
        server.start()
        try:
            for _ in range(200):
                kinds = [e["event"]["type"] for e in await browser.events(chat_id)]
                if "plan.proposed" in kinds or not kinds:
                    break
                await asyncio.sleep(0.05)
            assert not kinds or kinds.count("plan.proposed") == 1
        finally:
            server.stop()


async def test_killed_while_it_indexes_it_indexes_again(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.start()
    try:
        async with browsing(server) as browser:
            path = make_shop(tmp_path / "shop.sqlite")
            body = {"name": "Shop", "engine": "sqlite", "config": {"path": str(path)}}
            source_id = (await browser.http.post("/api/datasources", json=body)).json()["id"]
            server.kill()
            with sqlite3.connect(server.folder / "datachat.sqlite") as database:
                database.execute("UPDATE datasources SET index_state = 'running'")
            database.close()
            server.start()
            for _ in range(200):
                state = (await browser.http.get(f"/api/datasources/{source_id}")).json()["index_state"]
                if state == "ready":
                    break
                await asyncio.sleep(0.05)
            assert state == "ready"
    finally:
        server.stop()


async def _plan(browser: Browser, chat_id: str) -> str:
    async with browser.socket() as socket:
        await socket.send("subscribe", chat_id=chat_id)
        await socket.send("ask", chat_id=chat_id, question=QUESTION)
        turn_id = str((await socket.event("plan.proposed"))["turn_id"])
    await _waiting(browser, chat_id)
    return turn_id


async def _waiting(browser: Browser, chat_id: str) -> None:
    for _ in range(200):
        (chat,) = [c for c in (await browser.http.get("/api/chats")).json()["items"] if c["id"] == chat_id]
        if chat["status"] == "waiting":
            return
        await asyncio.sleep(0.02)
    raise AssertionError(chat)


async def _to_the_end(browser: Browser, chat_id: str) -> list[dict[str, Any]]:
    for _ in range(600):
        events = await browser.events(chat_id)
        if events[-1]["event"]["type"] in ("turn.finished", "turn.failed"):
            return events
        await asyncio.sleep(0.05)
    raise AssertionError(f"the turn never ended: {[e['event']['type'] for e in events]}")


def _whole(events: list[dict[str, Any]]) -> None:
    """An answered turn without holes, and nothing of it twice."""
    assert [e["seq"] for e in events] == list(range(1, len(events) + 1))
    kinds = [e["event"]["type"] for e in events]
    assert kinds[-1] == "turn.finished", str(events[-1]["event"])
    for once in (
        "turn.started",
        "plan.proposed",
        "plan.confirmed",
        "result.ready",
        "answer.ready",
        "turn.finished",
    ):
        assert kinds.count(once) == 1, (once, kinds)
