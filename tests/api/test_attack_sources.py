"""What somebody with an administrator's session may not have the server do with its credentials and files."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.errors import EngineUnavailable
from connectors.registry import open_connector
from tests.api.client import Client, Json

SECRET, FRESH = "canary-7f3a91", "canary-52be08"
ASK_FOR_PASSWORD = struct.pack("!cII", b"R", 8, 3)


@contextlib.contextmanager
def listening(answer: bytes = b"") -> Iterator[tuple[int, list[bytes]]]:
    """A server that takes connections, says `answer` to what it hears, and keeps what it heard."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        stop = threading.Event()

        def serve() -> None:
            kept: list[socket.socket] = []
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, _ = server.accept()
                    kept.append(connection)
                    connection.settimeout(1)
                    with contextlib.suppress(OSError):
                        while answer and (text := connection.recv(1024)):
                            heard.append(text)
                            connection.sendall(b"N" if len(text) == 8 else answer)
            for connection in kept:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], heard
        finally:
            stop.set()
            thread.join()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("mysql_session", "postgres_session"):
        monkeypatch.setattr(f"connectors.{module}.CONNECT_SECONDS", 2)


async def _saved(client: Client, port: int) -> str:
    config = {"host": "127.0.0.1", "port": port, "database": "shop", "user": "reader", "password": SECRET}
    body = {"name": "Shop", "engine": "postgres", "config": config, "project_id": client.project_id}
    created = await client.post("/api/datasources", body, 201)
    await client.indexed(created["id"])
    return str(created["id"])


async def test_a_stored_password_is_not_told_to_another_server(client: Client) -> None:
    with listening() as (port, _):
        pass  # nobody is there any more
    source_id = await _saved(client, port)
    path = f"/api/datasources/{source_id}"
    with listening(ASK_FOR_PASSWORD) as (other, heard):
        elsewhere: list[Json] = [{"port": other}, {"host": "localhost", "port": other}, {"port": f"{other}"}]
        for change in elsewhere:
            refused = await client.send("PATCH", path, 422, json={"config": change})
            assert refused["field"] == "config.password"
            test = {"host": "127.0.0.1", "database": "shop", "user": "reader", **change}
            for engine in ("postgres", "mysql"):
                body = {"engine": engine, "config": test, "datasource_id": source_id}
                assert (await client.post("/api/datasources/test", body, 422))["code"] == "invalid"
        assert heard == []
        kept = await client.get(path)
        assert kept["config"]["port"] == port and kept["index_state"] != "queued"
        entered = {"config": {"port": other, "password": FRESH}}
        await client.send("PATCH", path, 200, json=entered)
        await client.indexed(source_id)
    told = b"".join(heard)
    assert FRESH.encode() in told and SECRET.encode() not in told
    same: Json = {"port": other, "database": "shop2", "encryption": "prefer", "host": "127.0.0.1"}
    await client.send("PATCH", path, 200, json={"config": same})
    refused = await client.send("PATCH", path, 422, json={"config": {"encryption": "disable"}})
    assert SECRET not in str(refused) and FRESH not in str(refused)


async def test_the_servers_own_files_are_no_source(client: Client, shop: Path) -> None:
    own = client.services.data_dir
    assert own.stat().st_mode & 0o077 == 0, "other accounts of the machine read everybody's chats"
    link = shop.parent / "link.sqlite"
    link.symlink_to(own / "datachat.sqlite")
    (own / "results").mkdir(exist_ok=True)
    (own / "results" / "a.parquet").write_bytes(b"PAR1")
    for engine, path in (
        ("sqlite", own / "datachat.sqlite"),
        ("sqlite", own / "results" / ".." / "checkpoints.sqlite"),
        ("sqlite", link),
        ("duckdb", own / "results"),
        ("duckdb", own.parent / "*" / "results" / "*.parquet"),
        ("duckdb", own / "uploads" / "x" / "data.duckdb"),
    ):
        body: Json = {"name": "Mine", "engine": engine, "config": {"path": str(path)}}
        for place in ("/api/datasources", "/api/datasources/test"):
            sent = body if place == "/api/datasources" else {k: body[k] for k in ("engine", "config")}
            refused = await client.post(place, sent, 422)
            assert refused["field"] == "config.path", (path, refused)
    source = await client.add_shop(shop)
    change = {"config": {"path": str(own / "datachat.sqlite")}}
    await client.send("PATCH", f"/api/datasources/{source['id']}", 422, json=change)
    for name in ("sample/company.sqlite", "brought-along.sqlite"):
        fine = {"engine": "sqlite", "config": {"path": str(own / name)}}
        assert not (await client.post("/api/datasources/test", fine))["ok"]  # not there, and not refused


@pytest.mark.parametrize("engine", ["mysql", "postgres"])
async def test_a_server_that_says_nothing_is_given_up(engine: str) -> None:
    """Without an end each try would keep one of the threads that all statements share."""
    with listening() as (port, _), pytest.raises(EngineUnavailable):
        config = {"host": "127.0.0.1", "port": port, "database": "shop", "user": "reader", "password": ""}
        await open_connector(engine, config)
