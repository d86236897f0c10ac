"""A language-model server that speaks OpenAI's protocol over real sockets, says what it is told to, and fails on request.

    async with FakeLlm(["first answer", {"sql": "SELECT 1"}, Fault("429", retry_after="1")]) as llm:
        ChatOpenAI(base_url=llm.url, api_key="any", model="fake")

Each response is one write on a socket without Nagle's delay, so that it costs no time of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

FaultKind = Literal[
    "400", "401", "408", "429", "500", "503",
    "silence", "cut", "invalid_utf8", "empty", "malformed_json", "huge", "wrong_tool", "reset",
]  # fmt: skip
FAULTS: tuple[FaultKind, ...] = (
    "400", "401", "408", "429", "500", "503",
    "silence", "cut", "invalid_utf8", "empty", "malformed_json", "huge", "wrong_tool", "reset",
)  # fmt: skip
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 408: "Request Timeout"}
HUGE = 10_000_000
"""Characters of the "huge" answer."""


@dataclass(frozen=True)
class Fault:
    kind: FaultKind
    retry_after: str = ""
    """With "429" and "503": seconds or an HTTP date."""
    after_chunks: int = 1
    """With "cut": chunks of the stream that still arrive."""
    text: str = "This is cut off in the middle of the answer"


@dataclass(frozen=True)
class Request:
    """A chat completion that was asked for."""

    body: dict[str, Any]
    size: int
    """Bytes of the whole body."""
    headers: dict[str, str]

    @property
    def prompt(self) -> str:
        return "\n".join(str(message["content"]) for message in self.body["messages"])

    @property
    def prompt_bytes(self) -> int:
        return len(self.prompt.encode())


Reply = str | dict[str, Any] | Fault
Script = Sequence[Reply | Callable[[Request], Reply]]


class FakeLlm:
    """`script` is answered in order; when it is used up, its last entry repeats."""

    path = "/chat/completions"

    def __init__(self, script: Script = ("ok",), models: Sequence[str] = ("fake",), chunks: int = 4) -> None:
        self.script = list(script)
        self.models = tuple(models)
        self.chunks = chunks
        self.requests: list[Request] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def __aenter__(self) -> FakeLlm:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its response; False when the connection ends here."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        if path.partition("?")[0].endswith("/models"):
            writer.write(_response(200, self._offered()))
            await writer.drain()
            return True
        if method != "POST" or not path.partition("?")[0].endswith(self.path):
            writer.write(_response(404, self._error(404, "no such path")))
            await writer.drain()
            return True
        request = Request(json.loads(raw), len(raw), headers)
        entry = self.script[min(len(self.requests), len(self.script) - 1)]
        self.requests.append(request)
        reply = entry(request) if callable(entry) else entry
        if isinstance(reply, Fault):
            return await self._fail(reply, request, writer)
        text = reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)
        writer.write(self._answer(text, request))
        await writer.drain()
        return True

    def _offered(self) -> dict[str, Any]:
        data = [{"id": name, "object": "model", "created": 0, "owned_by": "fake"} for name in self.models]
        return {"object": "list", "data": data}

    def _error(self, status: int, message: str) -> dict[str, Any]:
        return {"error": {"message": message, "type": "fake", "param": None, "code": None}}

    def _answer(self, text: str, request: Request) -> bytes:
        usage = _usage(request, text)
        if not request.body.get("stream"):
            return _response(200, _completion(request, {"role": "assistant", "content": text}, "stop", usage))
        frames = [_frame(request, {"role": "assistant", "content": ""})]
        size = max(1, -(-len(text) // self.chunks))
        frames += [_frame(request, {"content": text[i : i + size]}) for i in range(0, len(text), size)]
        frames.append(_frame(request, {}, finish="stop"))
        if (request.body.get("stream_options") or {}).get("include_usage"):
            frames.append(_frame(request, None, usage=usage))
        return (
            _stream_head()
            + b"".join(_chunked(frame) for frame in [*frames, b"data: [DONE]\n\n"])
            + b"0\r\n\r\n"
        )

    async def _fail(self, fault: Fault, request: Request, writer: asyncio.StreamWriter) -> bool:
        if fault.kind in ("400", "401", "408", "429", "500", "503"):
            extra = f"retry-after: {fault.retry_after}\r\n" if fault.retry_after else ""
            writer.write(
                _response(int(fault.kind), self._error(int(fault.kind), f"fault {fault.kind}"), extra)
            )
            await writer.drain()
            return True
        if fault.kind == "silence":
            await asyncio.sleep(3600)
        elif fault.kind == "reset":
            writer.transport.abort()
        elif fault.kind == "cut":
            pieces = [fault.text[i : i + 5] for i in range(0, len(fault.text), 5)]
            frames = [_frame(request, {"content": piece}) for piece in pieces[: fault.after_chunks]]
            writer.write(_stream_head() + b"".join(_chunked(frame) for frame in frames))
            await writer.drain()
        elif fault.kind == "invalid_utf8":
            frame = _frame(request, {"content": "@@"}).replace(b"@@", b"\xff\xfe\xc3")
            writer.write(_stream_head() + _chunked(frame) + _chunked(b"data: [DONE]\n\n") + b"0\r\n\r\n")
            await writer.drain()
        elif fault.kind == "malformed_json":
            writer.write(_stream_head() + _chunked(b'data: {"choices": [{"delta"\n\n') + b"0\r\n\r\n")
            await writer.drain()
        elif fault.kind == "empty":
            writer.write(self._answer("", request))
            await writer.drain()
        elif fault.kind == "huge":
            writer.write(self._answer("x" * HUGE, request))
            await writer.drain()
        elif fault.kind == "wrong_tool":
            call = {
                "index": 0,
                "id": "call_1",
                "type": "function",
                "function": {"name": "drop_everything", "arguments": "{}"},
            }
            frames = [_frame(request, {"tool_calls": [call]}), _frame(request, {}, finish="tool_calls")]
            writer.write(
                _stream_head() + b"".join(map(_chunked, [*frames, b"data: [DONE]\n\n"])) + b"0\r\n\r\n"
            )
            await writer.drain()
        return False


def _usage(request: Request, text: str) -> dict[str, int]:
    prompt, completion = request.prompt_bytes // 4, len(text) // 4 + 1
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _completion(
    request: Request, message: dict[str, Any], finish: str, usage: dict[str, int]
) -> dict[str, Any]:
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": 0,
        "model": request.body.get("model", "fake"),
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": usage,
    }


def _frame(
    request: Request,
    delta: dict[str, Any] | None,
    finish: str | None = None,
    usage: dict[str, int] | None = None,
) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    body = {
        "id": "chatcmpl-fake",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": request.body.get("model", "fake"),
        "choices": choices,
        "usage": usage,
    }
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"


def _chunked(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _stream_head() -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def _response(status: int, body: dict[str, Any], extra_headers: str = "") -> bytes:
    data = json.dumps(body, ensure_ascii=False).encode()
    head = (
        f"HTTP/1.1 {status} {REASONS.get(status, 'Fault')}\r\ncontent-type: application/json\r\n"
        f"{extra_headers}content-length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


@contextmanager
def served(script: Script = ("ok",), models: Sequence[str] = ("fake",)) -> Iterator[FakeLlm]:
    """The same in a thread of its own, for tests that block."""
    llm = FakeLlm(script, models)
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(llm.start())
        loop.call_soon(ready.set)
        loop.run_forever()
        loop.run_until_complete(llm.stop())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield llm
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


async def _main(port: int, reply: str) -> None:
    llm = FakeLlm([reply])
    await llm.start(port)
    print(llm.url, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--reply", default="ok", help="what every chat completion answers")
    arguments = parser.parse_args()
    asyncio.run(_main(arguments.port, arguments.reply))
