"""What a browser does, in Python: signs in, sends the CSRF token, follows a turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from backend.app import create_app, lifespan
from backend.auth.people import Person, ensure_owner, make_api_token, make_link_token
from backend.chat.socket import COMMAND
from backend.db.base import new_id
from backend.protocol import Ping, Subscribe, Unsubscribe
from backend.services import Services
from backend.settings import Settings
from backend.users.models import User

BASE = "http://127.0.0.1:8000"
Json = dict[str, Any]


class Client:
    def __init__(self, app: FastAPI, http: httpx.AsyncClient) -> None:
        self.app = app
        self.http = http
        self.services: Services = app.state.services
        self.me: Json = {}
        self.source: Json = {}

    async def sign_in(self) -> None:
        async with self.services.database.writing() as session:
            token = await make_link_token(session, await ensure_owner(session))
        answer = await self.http.get(f"/auth/link?token={token}")
        assert answer.status_code == 303, answer.text
        self.me = (await self.http.get("/api/me")).json()
        self.http.headers["X-CSRF-Token"] = self.me["csrf_token"]

    @property
    def project_id(self) -> str:
        return str(self.me["default_project_id"])

    @asynccontextmanager
    async def other(self, name: str, role: str = "analyst") -> AsyncIterator[Client]:
        """Somebody else on the same server, with a token; in the same project once they were let in."""
        async with self.services.database.writing() as session:
            user = User(name=name, role=role)
            session.add(user)
            await session.flush()
            token = await make_api_token(session, user, "test", 1)
        headers = {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as http:
            person = Client(self.app, http)
            person.me = (await http.get("/api/me")).json()
            yield person

    async def let_in(self, person: Client, role: str = "member") -> None:
        path = f"/api/projects/{self.project_id}/members/{person.me['id']}"
        await self.send("PUT", path, 200, json={"role": role})
        person.me = await person.get("/api/me")
        person.source = self.source

    async def grant(self, subject: str, tables: Json | None, status: int = 200) -> Any:
        path = f"/api/datasources/{self.source['id']}/grants/{subject}"
        return await self.send("PUT", path, status, json={"tables": tables})

    async def get(self, path: str, status: int = 200, **options: Any) -> Any:
        return await self.send("GET", path, status, **options)

    async def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        return await self.send("POST", path, status, json=body if body is not None else {})

    async def send(self, method: str, path: str, status: int, **options: Any) -> Any:
        answer = await self.http.request(method, path, **options)
        assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
        return answer.json() if answer.content else None

    async def add_shop(self, path: Path, name: str = "Shop") -> Json:
        body = {
            "name": name,
            "engine": "sqlite",
            "config": {"path": str(path)},
            "project_id": self.project_id,
        }
        created = await self.post("/api/datasources", body, 201)
        self.source = await self.indexed(created["id"])
        assert self.source["index_state"] == "ready", self.source
        return self.source

    async def indexed(self, source_id: str) -> Json:
        for _ in range(400):
            source: Json = await self.get(f"/api/datasources/{source_id}")
            if source["index_state"] in ("ready", "failed"):
                return source
            await asyncio.sleep(0.02)
        raise AssertionError("the source was never indexed")

    async def chat(self) -> str:
        body = {"project_id": self.project_id}
        return str((await self.post("/api/chats", body, 201))["id"])

    async def obey(self, sent: Json) -> str:
        """What the socket does with a command."""
        parsed = COMMAND.validate_python(sent)
        assert not isinstance(parsed, Ping | Subscribe | Unsubscribe)
        person = Person(self.me["id"], self.me["name"], self.me["role"], "")
        return await self.services.chats.obey(person, parsed)

    async def ended(self, chat_id: str, kind: str = "turn.finished", count: int = 1) -> Json:
        """The chat's events once `count` of a kind are among them."""
        for _ in range(400):
            turn: Json = await self.get(f"/api/chats/{chat_id}/events")
            if types(turn).count(kind) >= count:
                return turn
            await asyncio.sleep(0.02)
        raise AssertionError(f"the chat came no further than {types(turn)}")

    async def ask(self, question: str, *, chat_id: str | None = None, auto_confirm: bool = True) -> Json:
        """A turn over plain HTTP, to its end or to where it waits."""
        body: Json = {"question": question, "auto_confirm": auto_confirm}
        body |= {"chat_id": chat_id} if chat_id else {"project_id": self.project_id}
        turn: Json = await self.post("/api/chat", body)
        return turn


def types(turn: Json) -> list[str]:
    return [envelope["event"]["type"] for envelope in turn["events"]]


def last(turn: Json, kind: str) -> Json:
    found: Json = next(e["event"] for e in reversed(turn["events"]) if e["event"]["type"] == kind)
    return found


def command(kind: str, **fields: Any) -> Json:
    return {"type": kind, "client_id": new_id(), **fields}


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Client]:
    app = create_app(settings)
    async with lifespan(app), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as http:
        client = Client(app, http)
        await client.sign_in()
        yield client
