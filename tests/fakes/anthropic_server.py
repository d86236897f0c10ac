"""A language-model server that speaks Anthropic's Messages protocol: the same scripts and faults as `FakeLlm`."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.fakes.llm_server import HUGE, FakeLlm, Fault, Request, _chunked, _response, _stream_head, _usage

ERRORS = {
    400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error",
    500: "api_error", 503: "overloaded_error",
}  # fmt: skip


class FakeAnthropic(FakeLlm):
    path = "/v1/messages"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _offered(self) -> dict[str, Any]:
        data = [
            {"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z"}
            for name in self.models
        ]
        return {"data": data, "has_more": False, "first_id": self.models[0], "last_id": self.models[-1]}

    def _error(self, status: int, message: str) -> dict[str, Any]:
        return {"type": "error", "error": {"type": ERRORS.get(status, "api_error"), "message": message}}

    def _answer(self, text: str, request: Request) -> bytes:
        usage = _usage(request, text)
        if not request.body.get("stream"):
            body = {
                **_message(request, usage["prompt_tokens"], usage["completion_tokens"]),
                "content": [{"type": "text", "text": text}],
                "stop_reason": "end_turn",
            }
            return _response(200, body)
        size = max(1, -(-len(text) // self.chunks))
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        frames = [*_opening(request, usage["prompt_tokens"]), *map(_piece, pieces)]
        frames += _ending("end_turn", usage["prompt_tokens"], usage["completion_tokens"])
        return _stream_head() + b"".join(map(_chunked, frames)) + b"0\r\n\r\n"

    async def _fail(self, fault: Fault, request: Request, writer: asyncio.StreamWriter) -> bool:
        opening = _opening(request, 1)
        if fault.kind == "cut":
            pieces = [fault.text[i : i + 5] for i in range(0, len(fault.text), 5)]
            sent = [*opening, *map(_piece, pieces)][: fault.after_chunks]
            writer.write(_stream_head() + b"".join(map(_chunked, sent)))
        elif fault.kind == "invalid_utf8":
            frames = [*opening, _piece("@@").replace(b"@@", b"\xff\xfe\xc3"), *_ending("end_turn", 1, 1)]
            writer.write(_stream_head() + b"".join(map(_chunked, frames)) + b"0\r\n\r\n")
        elif fault.kind == "malformed_json":
            writer.write(_stream_head() + _chunked(b'event: message_start\ndata: {"type"\n\n') + b"0\r\n\r\n")
        elif fault.kind == "huge":
            writer.write(self._answer("x" * HUGE, request))
        elif fault.kind == "wrong_tool":
            block = {"type": "tool_use", "id": "toolu_1", "name": "drop_everything", "input": {}}
            frames = [opening[0], _event("content_block_start", {"index": 0, "content_block": block})]
            frames += _ending("tool_use", 1, 1)
            writer.write(_stream_head() + b"".join(map(_chunked, frames)) + b"0\r\n\r\n")
        else:
            return await super()._fail(fault, request, writer)
        await writer.drain()
        return False


def _message(request: Request, prompt: int, completion: int) -> dict[str, Any]:
    return {
        "id": "msg_fake",
        "type": "message",
        "role": "assistant",
        "model": request.body.get("model", "fake"),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": prompt, "output_tokens": completion},
    }


def _opening(request: Request, prompt: int) -> list[bytes]:
    return [
        _event("message_start", {"message": _message(request, prompt, 1)}),
        _event("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
    ]


def _piece(text: str) -> bytes:
    return _event("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": text}})


def _ending(reason: str, prompt: int, completion: int) -> list[bytes]:
    """The usage at the end is that of the whole message so far."""
    usage = {"input_tokens": prompt, "output_tokens": completion}
    delta = {"stop_reason": reason, "stop_sequence": None}
    return [
        _event("content_block_stop", {"index": 0}),
        _event("message_delta", {"delta": delta, "usage": usage}),
        _event("message_stop", {}),
    ]


def _event(name: str, data: dict[str, Any]) -> bytes:
    body = json.dumps({"type": name, **data}, ensure_ascii=False)
    return f"event: {name}\ndata: {body}\n\n".encode()
