"""Chats, their events, and a turn over plain HTTP."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from backend.auth.people import Person
from backend.chat import follow
from backend.chat.events import Stored
from backend.chat.models import Chat
from backend.chat.replay import as_of_today
from backend.chat.repository import ChatRepository, EventRepository, TurnRepository
from backend.chat.schemas import ChatCreate, ChatEvents, ChatSummary, ChatUpdate, TurnRequest, TurnResponse
from backend.db.base import new_id, now
from backend.deps import Reading, SignedIn, Writing, services_of
from backend.errors import Invalid, NotFound, TooMany
from backend.projects import service as projects
from backend.protocol import Ask
from backend.schemas import Page

router = APIRouter()
PAGE = 50
EVENTS_PAGE = 2000


def view(chat: Chat) -> ChatSummary:
    return ChatSummary.model_validate(
        {name: getattr(chat, name) for name in ChatSummary.model_fields} | {"title": chat.title or "New chat"}
    )


async def find(session: Reading | Writing, person: Person, chat_id: str) -> Chat:
    chat = await ChatRepository(session).get(person.id, chat_id)
    if chat is None:
        raise NotFound("There is no such chat.", field="chat_id")
    return chat


@router.get("/chats")
async def list_chats(
    person: SignedIn,
    session: Reading,
    project_id: str | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
    cursor: str | None = None,
) -> Page[ChatSummary]:
    after = _read_cursor(cursor) if cursor else None
    rows = await ChatRepository(session).page(
        person.id, project_id=project_id, text=q, after=after, limit=PAGE + 1
    )
    more = len(rows) > PAGE
    return Page(
        items=[view(row) for row in rows[:PAGE]], next_cursor=_cursor(rows[PAGE - 1]) if more else None
    )


@router.post("/chats", status_code=201)
async def create_chat(person: SignedIn, session: Writing, body: ChatCreate) -> ChatSummary:
    project = await projects.find(session, person.id, body.project_id)
    chat = Chat(owner_id=person.id, project_id=project.id, title=body.title.strip())
    session.add(chat)
    await session.flush()
    return view(chat)


@router.patch("/chats/{chat_id}")
async def update_chat(person: SignedIn, session: Writing, chat_id: str, body: ChatUpdate) -> ChatSummary:
    chat = await find(session, person, chat_id)
    if body.title is not None:
        chat.title = body.title
    if body.pinned is not None:
        chat.pinned = body.pinned
    await session.flush()
    return view(chat)


@router.delete("/chats/{chat_id}", status_code=204)
async def delete_chat(person: SignedIn, session: Writing, chat_id: str) -> None:
    """Hidden at once and really deleted after a day, so that it can be undone."""
    chat = await find(session, person, chat_id)
    chat.deleted_at = now()


@router.post("/chats/{chat_id}/restore")
async def restore_chat(person: SignedIn, session: Writing, chat_id: str) -> ChatSummary:
    chat = await ChatRepository(session).deleted(person.id, chat_id)
    if chat is None:
        raise NotFound("There is no such chat, or it cannot be restored any more.")
    chat.deleted_at = None
    await session.flush()
    return view(chat)


@router.get("/chats/{chat_id}/events", response_model=ChatEvents)
async def list_events(
    request: Request,
    person: SignedIn,
    session: Reading,
    chat_id: str,
    after_seq: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """At most 2,000 at a time; ask again after the last one's `seq` while it is below `last_seq`."""
    chat = await find(session, person, chat_id)
    rows = await EventRepository(session).after(chat_id, after_seq, EVENTS_PAGE)
    told = await as_of_today(services_of(request).today, person.id, rows)
    events = ",".join(event.text for event in told)
    return Response(f'{{"events":[{events}],"last_seq":{chat.last_seq}}}', media_type="application/json")


@router.post(
    "/chat",
    response_model=TurnResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def ask(request: Request, person: SignedIn, body: TurnRequest) -> Response:
    """One question, answered when it ends or waits; with `Accept: text/event-stream`, event by event."""
    services = services_of(request)
    if not services.asks.take(person.id):
        raise TooMany("Too many questions at once. Wait a moment and ask again.")
    chat_id = body.chat_id or await _new_chat(request, person, body.project_id)
    async with services.database.reading() as session:
        after = (await find(session, person, chat_id)).last_seq
    command = Ask(
        type="ask", client_id=new_id(), chat_id=chat_id, question=body.question, source_ids=body.source_ids
    )
    turn_id = await services.chats.obey(person, command, auto_confirm=body.auto_confirm)
    events = follow.turn(services, chat_id, turn_id, after)
    if "text/event-stream" in request.headers.get("accept", ""):
        return StreamingResponse(_server_sent(events), media_type="text/event-stream")
    texts = [event.text async for event in events]
    async with services.database.reading() as session:
        row = await TurnRepository(session).by_id(turn_id)
    status = row.status if row else "failed"
    head = json.dumps({"chat_id": chat_id, "turn_id": turn_id, "status": status})
    return Response(f'{head[:-1]}, "events": [{",".join(texts)}]}}', media_type="application/json")


async def _new_chat(request: Request, person: Person, project_id: str | None) -> str:
    async with services_of(request).database.writing() as session:
        wanted = project_id or await projects.default_project_id(session, person.id)
        if wanted is None:
            raise Invalid("There is no project yet.", field="project_id")
        chat = Chat(owner_id=person.id, project_id=(await projects.find(session, person.id, wanted)).id)
        session.add(chat)
        await session.flush()
        return chat.id


async def _server_sent(events: AsyncIterator[Stored]) -> AsyncIterator[str]:
    async for event in events:
        yield f"id: {event.seq}\nevent: {event.type}\ndata: {event.text}\n\n"


def _cursor(chat: Chat) -> str:
    key = json.dumps([chat.pinned, chat.updated_at.isoformat(), chat.id])
    return base64.urlsafe_b64encode(key.encode()).decode()


def _read_cursor(cursor: str) -> tuple[bool, datetime, str]:
    try:
        pinned, updated_at, chat_id = json.loads(base64.urlsafe_b64decode(cursor))
        return bool(pinned), datetime.fromisoformat(updated_at), str(chat_id)
    except (binascii.Error, ValueError, TypeError):
        raise Invalid("The cursor is not one of ours.", field="cursor") from None
