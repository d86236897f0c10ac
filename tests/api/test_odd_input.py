"""Every route with ids, parameters and bodies nobody would send: refused in words, never a crash."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.api.client import Client, Json

IDS = ("x" * 5000, "..%2F..%2Fetc%2Fpasswd", "' OR 1=1 --", "🦆", "%00", "-1")
ODD: tuple[Any, ...] = (
    None,
    -1,
    10**30,
    "",
    "a\0b",
    "x" * 50_000,
    "\u202e🦆",
    "\ud800",
    [[[]]],
    {"$ref": "#"},
)
NESTED = b"[" * 100_000 + b"]" * 100_000
BODIES = (b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe", b"NaN", b'{"a": 1e999}', NESTED)
SLOW = {"/api/chat", "/api/datasources/upload"}
"""Streams and uploads have tests of their own."""


def _operations(client: Client) -> list[tuple[str, str, Json, Json]]:
    """(method, path, description, the document's schemas)"""
    document = client.app.openapi()
    return [
        (method.upper(), path, operation, document["components"]["schemas"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path not in SLOW and not path.endswith("logout")
    ]


async def _send(client: Client, method: str, path: str, **options: Any) -> None:
    try:
        answer = await client.http.request(method, path, **options)
    except (httpx.InvalidURL, UnicodeEncodeError):
        return  # cannot be said in HTTP at all
    told = answer.text[:300]
    assert answer.status_code < 500, (method, path[:200], str(options)[:300], told)
    if answer.status_code >= 400:
        assert {"code", "message"} <= set(answer.json()), (method, path[:200], told)
        assert "Traceback" not in answer.text and 'File "' not in answer.text


def _path(path: str, value: str, client: Client) -> str:
    """Known ids where there are some, so that what lies behind them is met as well."""
    known = {"{project_id}": client.project_id, "{datasource_id}": str(client.source["id"])}
    for part in path.split("/"):
        if part.startswith("{"):
            path = path.replace(part, known.get(part, value) if value == "known" else value)
    return path


def _content(body: Json) -> bytes:
    return json.dumps(body).encode()


async def test_odd_ids_and_parameters(shop_client: Client) -> None:
    for method, path, operation, _ in _operations(shop_client):
        if "{" in path:
            for value in IDS:
                await _send(shop_client, method, _path(path, value, shop_client))
        names = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
        for value in ("99999999999999999999", "nan", "\0", "🦆") if method == "GET" else ():
            for name in names:
                await _send(shop_client, method, _path(path, "known", shop_client), params={name: value})


async def test_odd_bodies(shop_client: Client) -> None:
    for method, path, operation, schemas in _operations(shop_client):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None or method == "DELETE":
            continue
        url, headers = _path(path, "known", shop_client), {"Content-Type": "application/json"}
        for raw in BODIES:
            await _send(shop_client, method, url, content=raw, headers=headers)
        schema = schemas[content["schema"]["$ref"].rpartition("/")[2]]
        fields = schema["properties"]
        plain = {name: _plausible(name, shop_client) for name in schema.get("required", ())}
        for name in fields:
            for value in ODD:
                odd = _content({**plain, name: value})
                await _send(shop_client, method, url, content=odd, headers=headers)


def _plausible(name: str, client: Client) -> Any:
    known = {"project_id": client.project_id, "source_id": client.source["id"], "engine": "sqlite"}
    return known.get(name, {} if name in ("config", "tables") else "SELECT 1")
