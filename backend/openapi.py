"""Writes the description that the front end's types are generated from: `python -m backend.openapi`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi

from backend.app import create_app
from backend.protocol import ClientCommand, ServerEvent, ServerFrame
from backend.settings import Settings

TARGET = Path(__file__).resolve().parent.parent / "frontend" / "openapi.json"

_socket = APIRouter(responses={"default": {}})


@_socket.post("/frames")
async def _frames(command: ClientCommand) -> ServerFrame:
    """Never served: it lets FastAPI name the socket's two unions by its own rules."""
    raise NotImplementedError


@_socket.get("/events")
async def _events() -> ServerEvent:
    raise NotImplementedError


def describe() -> dict[str, Any]:
    """OpenAPI of every route, with `ClientCommand`, `ServerFrame` and `ServerEvent` among the schemas."""
    app = create_app(Settings())
    document: dict[str, Any] = get_openapi(
        title=app.title, version=app.version, routes=[*app.routes, *_socket.routes]
    )
    frames = document["paths"].pop("/frames")["post"]
    events = document["paths"].pop("/events")["get"]
    schemas = document["components"]["schemas"]
    schemas["ClientCommand"] = frames["requestBody"]["content"]["application/json"]["schema"] | {
        "title": "ClientCommand"
    }
    schemas["ServerFrame"] = _answer(frames) | {"title": "ServerFrame"}
    schemas["ServerEvent"] = _answer(events) | {"title": "ServerEvent"}
    return document


def _answer(operation: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return schema


def text() -> str:
    return json.dumps(describe(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        fresh = TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text()
        print("openapi.json is fresh." if fresh else "openapi.json is stale: run python -m backend.openapi.")
        return 0 if fresh else 1
    TARGET.write_text(text(), encoding="utf-8")
    print(f"Wrote {TARGET.name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
