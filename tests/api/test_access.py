"""Who may enter, and that nobody sees what is not theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backend.auth.people import ensure_owner, make_api_token, make_link_token, redeem_link
from backend.auth.sealing import Sealer, load_keys, load_or_make_keys
from backend.db.base import new_id
from backend.errors import Invalid, NotSignedIn
from backend.users.models import User
from tests.api.client import BASE, Client

OPEN = {"/api/health", "/api/ready"}


def _routes(client: Client) -> list[tuple[str, str]]:
    paths = client.app.openapi()["paths"].items()
    return [(method.upper(), path) for path, methods in paths for method in methods]


async def test_every_route_but_health_wants_a_person(client: Client) -> None:
    routes = _routes(client)
    assert len(routes) > 40
    client.http.cookies.clear()
    for method, path in routes:
        answer = await client.http.request(method, path.replace("{", "").replace("}", ""))
        expected = {200, 503} if path in OPEN else {401}
        assert answer.status_code in expected, (method, path, answer.status_code)


async def test_every_change_wants_the_csrf_token(client: Client) -> None:
    del client.http.headers["X-CSRF-Token"]
    for method, path in _routes(client):
        if method not in ("GET", "HEAD"):
            answer = await client.http.request(method, path.replace("{", "").replace("}", ""))
            assert answer.status_code == 403, (method, path, answer.status_code)


async def test_foreign_ids_do_not_exist(client: Client) -> None:
    """Another person, as powerful, asks every route with an id for things of the owner."""
    chat_id = await client.chat()
    async with client.services.database.writing() as session:
        other = User(name="other", role="admin")
        session.add(other)
        await session.flush()
        token = await make_api_token(session, other, "test", 1)
    client.http.cookies.clear()
    client.http.headers["Authorization"] = f"Bearer {token}"
    assert (await client.get("/api/me"))["name"] == "other"
    ids = {"chat_id": chat_id, "project_id": client.project_id, "subject": "everyone"}
    bodies: dict[str, Any] = {
        "/api/knowledge/terms/{term_id}": {"project_id": client.project_id, "term": "x"}
    }
    bodies |= {
        "/api/reviews/{review_id}/decision": {"decision": "approve"},
        "/api/reviews/{review_id}/try": {"sql": "SELECT 1"},
    }
    bodies |= {"/api/datasources/{datasource_id}/grants/{subject}": {"tables": None}}
    bodies |= {"/api/datasources/{datasource_id}/descriptions": {"table": "t", "text": "x"}}
    for method, path in _routes(client):
        if "{" not in path:
            continue
        url = path
        for part in path.split("/"):
            if part.startswith("{"):
                url = url.replace(part, ids.get(part[1:-1], new_id()))
        query = "?table=t&column=0" if method == "GET" else ""
        answer = await client.http.request(method, url + query, json=bodies.get(path, {}))
        assert answer.status_code == 404, (method, path, answer.status_code, answer.text)
    assert (await client.get("/api/chats"))["items"] == []


async def test_a_link_works_once_and_only_the_newest(client: Client) -> None:
    database = client.services.database
    async with database.writing() as session:
        first = await make_link_token(session, await ensure_owner(session))
    async with database.writing() as session:
        second = await make_link_token(session, await ensure_owner(session))
    async with database.writing() as session:
        with pytest.raises(NotSignedIn):
            await redeem_link(session, first)
        await redeem_link(session, second)
        with pytest.raises(NotSignedIn):
            await redeem_link(session, second)


async def test_signing_out_ends_the_session(client: Client) -> None:
    cookie = dict(client.http.cookies)
    await client.send("POST", "/api/logout", 204)
    client.http.cookies.update(cookie)
    assert (await client.get("/api/me", 401))["code"] == "not_signed_in"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:8000"}, 403),
        ({"Host": "localhost:8000"}, 200),
        ({"Host": "[::1]:8000"}, 200),
    ],
)
async def test_only_known_host_names_are_answered(
    client: Client, headers: dict[str, str], status: int
) -> None:
    assert (await client.http.get("/api/health", headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": BASE}, 201),
        ({"Content-Type": "text/plain"}, 422),
    ],
)
async def test_changes_come_from_our_own_page_as_json(
    client: Client, headers: dict[str, str], status: int
) -> None:
    answer = await client.http.post(
        "/api/projects", content=b'{"name": "x"}', headers={"Content-Type": "application/json", **headers}
    )
    assert answer.status_code == status


async def test_answers_carry_the_protecting_headers(client: Client) -> None:
    headers = (await client.http.get("/api/me")).headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"


async def test_a_body_is_counted_whatever_its_headers_say(client: Client) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    answer = await client.http.post(
        "/api/projects", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413 and answer.json()["code"] == "too_large"


async def test_credentials_go_in_and_never_come_out(client: Client, tmp_path: Path) -> None:
    body = {
        "name": "PG",
        "engine": "postgres",
        "config": {"host": "127.0.0.1", "port": 1, "database": "d", "user": "u", "password": "c4nary"},
    }
    created = await client.post("/api/datasources", body, 201)
    source = await client.indexed(created["id"])
    assert source["secret_set"] and source["index_state"] == "failed"
    assert source["problem"]["code"] == "engine_unavailable"
    told = await client.http.get("/api/datasources")
    tested = await client.http.post(
        "/api/datasources/test", json={"engine": "postgres", "config": body["config"]}
    )
    assert not tested.json()["ok"]
    for text in (told.text, tested.text, str(source), str(created)):
        assert "c4nary" not in text
    for file in (tmp_path / "data").rglob("*"):
        assert not file.is_file() or b"c4nary" not in file.read_bytes(), file


def test_sealed_records_cannot_be_moved_or_changed(tmp_path: Path) -> None:
    assert load_keys("", tmp_path / "keys" / "secret.key") == []
    sealer = Sealer(load_or_make_keys("", tmp_path / "keys" / "secret.key"))
    sealed = sealer.seal(b"secret", "row 1")
    assert b"secret" not in sealed and (tmp_path / "keys" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert Sealer(load_keys("", tmp_path / "keys" / "secret.key")).unseal(sealed, "row 1") == b"secret"
    for bad, record in ((sealed, "row 2"), (sealed[:-1] + b"x", "row 1")):
        with pytest.raises(Invalid):
            sealer.unseal(bad, record)
    new, old = b"n" * 32, b"o" * 32
    assert Sealer([new, old]).unseal(Sealer([old]).seal(b"x", "r"), "r") == b"x"
