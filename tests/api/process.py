"""The real server in a process of its own, so that it can be killed, and a browser's socket to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import websockets
from websockets.asyncio.client import ClientConnection

from tests.servers import free_port

START_SECONDS = 60.0
Json = dict[str, Any]


class Server:
    """`datachat serve` on a folder; start it again after `kill()` and it is the same server."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DATACHAT_")},
            "DATACHAT_KEY_FILE": str(folder.parent / "secret.key"),
            "DATACHAT_DATA_DIR": str(folder),
            "DATACHAT_SAMPLE": "false",
            **environment,
        }
        self._process: subprocess.Popen[str] | None = None
        self.link = ""
        self.log = folder.parent / f"server-{self.port}.log"

    def start(self) -> float:
        """Returns the seconds until it was ready."""
        started = time.monotonic()
        with self.log.open("a") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "backend.cli", "serve", "--port", str(self.port)],
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        found = re.search(r"http://\S+/auth/link\?token=\S+", line)
        assert found, f"{line!r}\n{self.log.read_text()}"
        self.link = found.group(0)
        return time.monotonic() - started

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        process = self._process
        if process is None:
            return 0
        self._process = None
        process.send_signal(how)
        code = process.wait(30)
        if process.stdout is not None:
            process.stdout.close()
        return code


@contextlib.contextmanager
def serving(folder: Path, **environment: str) -> Iterator[Server]:
    server = Server(folder, **environment)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class Browser:
    """Signed in by the printed link. The cookie outlives a restart of the server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.http = httpx.AsyncClient(base_url=server.base, timeout=30)
        self.me: Json = {}

    async def sign_in(self, link: str = "") -> None:
        """By the link of the server's owner, or by another's."""
        assert (await self.http.get(link or self.server.link)).status_code == 303
        await self._know_me()

    async def bring(self, session: str) -> None:
        """A session from another process of the same server; the cookie's name has the port in it."""
        self.http.cookies.set(f"datachat_{self.server.port}", session)
        await self._know_me()

    async def _know_me(self) -> None:
        self.me = (await self.http.get("/api/me")).json()
        self.http.headers["X-CSRF-Token"] = self.me["csrf_token"]

    async def add_sqlite(self, path: Path) -> str:
        return await self.add_source("sqlite", {"path": str(path)})

    async def add_source(self, engine: str, config: Json) -> str:
        body = {
            "name": "Shop",
            "engine": engine,
            "config": config,
            "project_id": self.me["default_project_id"],
        }
        source_id = str((await self.http.post("/api/datasources", json=body)).json()["id"])
        for _ in range(400):
            source = (await self.http.get(f"/api/datasources/{source_id}")).json()
            if source["index_state"] == "ready":
                return source_id
            await asyncio.sleep(0.02)
        raise AssertionError(source)

    async def new_chat(self) -> str:
        body = {"project_id": self.me["default_project_id"]}
        return str((await self.http.post("/api/chats", json=body)).json()["id"])

    async def events(self, chat_id: str, after_seq: int = 0) -> list[Json]:
        answer = await self.http.get(f"/api/chats/{chat_id}/events?after_seq={after_seq}")
        events: list[Json] = answer.json()["events"]
        return events

    @contextlib.asynccontextmanager
    async def socket(self, **headers: str) -> AsyncIterator[Socket]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        url = self.server.base.replace("http", "ws") + "/api/chat/ws"
        more = {"Cookie": cookies, "Origin": self.server.base, **headers}
        async with websockets.connect(url, additional_headers=more, max_queue=None) as connection:
            yield Socket(connection)


class Socket:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._count = 0

    async def send(self, kind: str, **fields: Any) -> str:
        self._count += 1
        client_id = str(fields.pop("client_id", f"{kind}-{self._count}-{time.monotonic_ns()}"))
        await self.connection.send(json.dumps({"type": kind, "client_id": client_id, **fields}))
        return client_id

    async def frame(self, wanted: Callable[[Json], bool] = lambda frame: True) -> Json:
        """The next frame that is `wanted`; others are passed over."""
        async with asyncio.timeout(60):
            while True:
                frame: Json = json.loads(await self.connection.recv())
                if wanted(frame):
                    return frame

    async def event(self, *kinds: str) -> Json:
        """The next envelope of one of these kinds."""
        return await self.frame(lambda f: f["type"] == "event" and f["event"]["type"] in kinds)

    async def ack(self, client_id: str) -> Json:
        return await self.frame(lambda f: f["type"] in ("ack", "pong") and f["client_id"] == client_id)

    async def closed(self) -> int | None:
        """The code the server closes with."""
        async with asyncio.timeout(60):
            await self.connection.wait_closed()
        return self.connection.close_code


@contextlib.asynccontextmanager
async def browsing(server: Server, link: str = "") -> AsyncIterator[Browser]:
    browser = Browser(server)
    async with browser.http:
        await browser.sign_in(link)
        yield browser
