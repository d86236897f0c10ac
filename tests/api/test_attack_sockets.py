"""Frames that no browser sends, written byte by byte: one client's flood is that client's alone."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import struct
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.api.process import Browser, Server, browsing, serving

TEXT, BINARY, MORE, CLOSE, PING = 1, 2, 0, 8, 9


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("sockets") / "data") as server:
        yield server


@pytest.fixture(scope="module")
async def browser(server: Server) -> AsyncIterator[Browser]:
    async with browsing(server) as browser:
        yield browser


@contextlib.asynccontextmanager
async def _opened(browser: Browser) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    server = browser.server
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    cookies = "; ".join(f"{name}={value}" for name, value in browser.http.cookies.items())
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /api/chat/ws HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {server.base}\r\n"
        f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        f"Sec-WebSocket-Version: 13\r\nCookie: {cookies}\r\n\r\n".encode()
    )
    try:
        assert b"101" in await reader.readuntil(b"\r\n\r\n")
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def _frame(
    kind: int, data: bytes = b"", *, end: bool = True, bits: int = 0, length: int | None = None
) -> bytes:
    """Masked with zeros; `length` may lie."""
    size = len(data) if length is None else length
    head = bytes([(end << 7) | (bits << 4) | kind])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += b"\xfe" + struct.pack(">H", size)
    else:
        head += b"\xff" + struct.pack(">Q", size)
    return head + b"\0\0\0\0" + data


BROKEN: list[tuple[str, bytes, int]] = [
    ("compressed though nobody agreed to", _frame(TEXT, b"x", bits=4), 1002),
    ("unknown kind", _frame(3), 1002),
    ("half a ping", _frame(PING, b"x", end=False), 1002),
    ("a ping too long", _frame(PING, b"x" * 200), 1002),
    ("going on with nothing", _frame(MORE, b"x"), 1002),
    ("text within text", _frame(TEXT, b"{", end=False) + _frame(TEXT, b"}"), 1002),
    ("bytes in two parts", _frame(BINARY, b"{", end=False) + _frame(MORE, b"}"), 1003),
    ("text that is none", _frame(TEXT, b"\xff\xfe"), 1007),
    ("as long as the world", _frame(TEXT, length=2**62), 1009),
    ("a close that says too little", _frame(CLOSE, b"\0"), 1002),
]


async def test_broken_frames_end_their_own_socket(browser: Browser) -> None:
    for what, sent, code in BROKEN:
        async with _opened(browser) as (reader, writer):
            writer.write(sent)
            async with asyncio.timeout(20):
                head = await reader.readexactly(4)
            assert head[0] == 0x88 and struct.unpack(">H", head[2:])[0] == code, (what, head)
    assert (await browser.http.get("/api/me")).status_code == 200


@pytest.mark.parametrize("frame", [_frame(PING, b"x" * 20), _frame(MORE, end=False)], ids=["pings", "parts"])
async def test_a_flood_of_frames_keeps_nobody_waiting(browser: Browser, frame: bytes) -> None:
    """Megabytes of frames that never become a message; before they had a pace, others waited as long as it lasted."""
    async with _opened(browser) as (_, writer):
        writer.write(_frame(TEXT, b"", end=False) if frame[0] == MORE else b"")
        flood = asyncio.create_task(_flood(writer, frame * 20_000))
        waits = []
        try:
            for _ in range(8):
                await asyncio.sleep(0.2)
                began = time.monotonic()
                assert (await browser.http.get("/api/me")).status_code == 200
                waits.append(time.monotonic() - began)
        finally:
            flood.cancel()
            await asyncio.gather(flood, return_exceptions=True)
    assert sorted(waits)[4] < 1.0, waits


async def _flood(writer: asyncio.StreamWriter, frames: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            writer.write(frames)
            await writer.drain()


async def test_a_message_of_countless_parts_is_given_up(browser: Browser) -> None:
    async with _opened(browser) as (reader, writer):
        writer.write(_frame(TEXT, b"", end=False) + _frame(MORE, end=False) * 5_000)
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionError):
                assert await reader.read(1) == b""
