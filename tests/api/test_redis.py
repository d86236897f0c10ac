"""Several server processes on one PostgreSQL and one Redis behave as one server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from backend.chat.redis_hub import RedisHub
from backend.jobs.broker import Jobs
from tests import servers
from tests.agents.harness import make_shop
from tests.api.process import Browser, Server
from tests.servers import DatabaseServer

QUESTION = "How many orders are there?"


@pytest.fixture(scope="module")
def pair(
    postgres_server: DatabaseServer, redis_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    """Two processes that share their metadata, their files and their Redis."""
    folder = tmp_path_factory.mktemp("pair")
    pg = postgres_server
    environment = {
        "DATACHAT_DATABASE_URL": f"postgresql://{pg.user}:{pg.password}@{pg.host}:{pg.port}/{pg.database()}",
        "DATACHAT_REDIS_URL": redis_server,
        "DATACHAT_SERVER__TAKEOVER_SECONDS": "1",
    }
    first, second = (Server(folder / "data", **environment) for _ in range(2))
    first.start()
    second.start()
    yield first, second
    first.stop()
    second.stop()


@pytest.fixture(scope="module")
def session(pair: tuple[Server, Server]) -> str:
    """Signed in at one process, by its link; the session holds at both."""
    with httpx.Client() as http:
        http.get(pair[1].link)
        (value,) = http.cookies.values()
        return value


@asynccontextmanager
async def one_person_at_both(
    pair: tuple[Server, Server], session: str
) -> AsyncIterator[tuple[Browser, Browser]]:
    here, there = (Browser(server) for server in pair)
    async with here.http, there.http:
        for browser in (here, there):
            await browser.bring(session)
        yield here, there
        for source in (await there.http.get("/api/datasources")).json():
            await there.http.delete(f"/api/datasources/{source['id']}")


async def test_a_turn_is_asked_here_and_confirmed_there(
    pair: tuple[Server, Server], session: str, tmp_path: Path
) -> None:
    async with one_person_at_both(pair, session) as (here, there):
        await here.add_sqlite(make_shop(tmp_path / "shop.sqlite"))
        chat_id = await here.new_chat()
        async with here.socket() as asking, there.socket() as watching:
            for socket in (asking, watching):
                await socket.send("subscribe", chat_id=chat_id)
            await asking.send("ask", chat_id=chat_id, question=QUESTION)
            planned = await watching.event("plan.proposed")
            assert planned == await asking.event("plan.proposed")
            await watching.send("confirm", chat_id=chat_id, turn_id=planned["turn_id"], revision=1)
            seen = [await socket.event("turn.finished") for socket in (asking, watching)]
            assert seen[0] == seen[1]
        events = await there.events(chat_id)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        middle = events[len(events) // 2]["seq"]
        assert await here.events(chat_id, after_seq=middle) == events[middle:]


async def test_stop_from_the_other_process(
    pair: tuple[Server, Server], session: str, postgres_server: DatabaseServer
) -> None:
    """The statement waits for a lock; Stop reaches it through Redis and ends it in the database."""
    pg, name = postgres_server, postgres_server.database()
    where = f"host={pg.host} port={pg.port} user={pg.user} password={pg.password} dbname={name}"
    async with (
        one_person_at_both(pair, session) as (here, there),
        await psycopg.AsyncConnection.connect(where) as locker,
    ):
        await locker.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)")
        await locker.commit()
        config = {
            "host": pg.host,
            "port": pg.port,
            "user": pg.user,
            "password": pg.password,
            "database": name,
        }
        await here.add_source("postgres", config)
        chat_id = await here.new_chat()
        async with here.socket() as asking, there.socket() as watching:
            await asking.send("subscribe", chat_id=chat_id)
            await asking.send("ask", chat_id=chat_id, question=QUESTION)
            planned = await asking.event("plan.proposed")
            turn_id = planned["turn_id"]
            await locker.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
            await asking.send("confirm", chat_id=chat_id, turn_id=turn_id, revision=1)
            await _waiting(where, 1)
            await watching.send("cancel", chat_id=chat_id, turn_id=turn_id)
            ended = await asking.event("turn.finished", "turn.failed")
            assert ended["event"]["status"] == "cancelled"
            await _waiting(where, 0)


async def _waiting(where: str, wanted: int) -> None:
    """Until so many statements wait for a lock."""
    async with asyncio.timeout(45), await psycopg.AsyncConnection.connect(where, autocommit=True) as looker:
        while True:
            query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            row = await (await looker.execute(query)).fetchone()
            if row == (wanted,):
                return
            await asyncio.sleep(0.05)


async def test_the_other_process_takes_up_what_a_killed_one_left(
    pair: tuple[Server, Server], session: str, tmp_path: Path
) -> None:
    async with one_person_at_both(pair, session) as (here, there):
        await here.add_sqlite(make_shop(tmp_path / "shop.sqlite"))
        chat_id = await here.new_chat()
        async with here.socket() as asking, there.socket() as watching:
            await watching.send("subscribe", chat_id=chat_id)
            sent = await asking.send("ask", chat_id=chat_id, question=QUESTION)
            turn_id = (await asking.ack(sent))["turn_id"]
            pair[0].kill()
            planned = await watching.event("plan.proposed")
            assert planned["turn_id"] == turn_id
            await watching.send("confirm", chat_id=chat_id, turn_id=turn_id, revision=1)
            assert (await watching.event("result.ready"))["event"]["rows"] == [[60]]
        pair[0].start()


async def test_an_idle_link_stays_and_a_lost_one_comes_back() -> None:
    """Redis goes and comes; jobs given meanwhile are done here, later ones by the queue again."""
    done: asyncio.Queue[str] = asyncio.Queue()
    jobs, hub = Jobs(""), RedisHub("redis://127.0.0.1:1/0")
    with servers.redis_at() as url:
        jobs, hub = Jobs(url), RedisHub(url)
        jobs.register("index", done.put)
        cancelled: list[str] = []
        await hub.open(cancelled.append)
        await jobs.start()
        await _until(hub, True)
        await jobs.submit("index", "before")
        assert await asyncio.wait_for(done.get(), 10) == "before"
    await _until(hub, False)
    await jobs.submit("index", "meanwhile")
    assert await asyncio.wait_for(done.get(), 10) == "meanwhile"
    with servers.redis_at(int(url.rsplit(":", 1)[1].split("/")[0])):
        await _until(hub, True)
        await jobs.submit("index", "after")
        assert await asyncio.wait_for(done.get(), 10) == "after"
        other = RedisHub(url)
        await other.request_cancel("turn")
        async with asyncio.timeout(45):
            while cancelled != ["turn"]:
                await asyncio.sleep(0.02)
        await other.close()
        await jobs.stop()
        await hub.close()


async def _until(hub: RedisHub, wanted: bool) -> None:
    async with asyncio.timeout(45):
        while await hub.healthy() is not wanted:
            await asyncio.sleep(0.02)
