"""One socket per browser carries all its chats. It is a cursor over the log and holds nothing of a turn."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from dataclasses import dataclass, field

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import TypeAdapter, ValidationError

from backend.auth.people import Person
from backend.chat.events import Listener
from backend.chat.replay import as_of_today
from backend.chat.repository import ChatRepository, EventRepository
from backend.deps import services_of, session_cookie
from backend.errors import AppError, NotFound, NotSignedIn, TooMany, invalid_input, problem_for
from backend.limits import Buckets
from backend.protocol import Accepted, ClientCommand, Ping, Pong, Replayed, Subscribe, Unsubscribe
from backend.services import Services

log = structlog.get_logger(__name__)
router = APIRouter()

FRAME_BYTES = 256_000
"""uvicorn closes with 1009 beyond this."""
SOCKETS_PER_PERSON = 20
MAX_SUBSCRIPTIONS = 50
MAX_OUTBOX = 256
SEND_SECONDS = 10.0
RECHECK_SECONDS = 60.0
LOG_PAGE = 200
COMMAND: TypeAdapter[ClientCommand] = TypeAdapter(ClientCommand)

UNSUPPORTED_DATA, MALFORMED, TRY_LATER = 1003, 1007, 1013
SIGN_IN, TOO_MANY = 4401, 4429


@router.websocket("/api/chat/ws")
async def chat_socket(socket: WebSocket) -> None:
    services = services_of(socket)
    authorization = socket.headers.get("authorization", "")
    try:
        if not authorization and not socket.headers.get("origin"):
            raise NotSignedIn("A browser's socket names its page's origin.")
        person = await services.doorkeeper.recognise(session_cookie(socket), authorization)
    except AppError:
        # Accepted only to be closed: a browser sees the code of a close, but not the status of a refusal.
        await socket.accept()
        return await socket.close(SIGN_IN, "sign in")
    if services.sockets.get(person.id, 0) >= SOCKETS_PER_PERSON:
        await socket.accept()
        return await socket.close(TOO_MANY, "too many connections")
    await socket.accept()
    services.sockets[person.id] = services.sockets.get(person.id, 0) + 1
    try:
        await Connection(socket, services, person).serve()
    finally:
        services.sockets[person.id] -= 1


class Closed(Exception):
    """The connection is to end with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass(eq=False)
class Connection:
    socket: WebSocket
    services: Services
    person: Person
    listener: Listener = field(init=False)
    outbox: deque[str | Subscribe] = field(default_factory=deque)
    sent: dict[str, int] = field(default_factory=dict)
    """By chat: the number of the last event this socket got."""

    def __post_init__(self) -> None:
        self.listener = Listener(self.person.id)

    async def serve(self) -> None:
        hub = self.services.hub
        hub.join(self.listener)
        tasks = [asyncio.create_task(work) for work in (self._receive(), self._send(), self._recheck())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await self._close_for(task.exception())
        finally:
            hub.leave(self.listener)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _close_for(self, error: BaseException | None) -> None:
        code, reason = 1011, "internal error"
        if isinstance(error, WebSocketDisconnect):
            return
        if isinstance(error, Closed):
            code, reason = error.code, error.reason
        elif error is not None:
            log.error("socket_failed", exc_info=error)
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self.socket.close(code, reason)

    # -- up -------------------------------------------------------------------------------------------------------

    async def _receive(self) -> None:
        bucket = Buckets(per_second=20, burst=60)
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1000))
            text = message.get("text")
            if text is None:
                raise Closed(UNSUPPORTED_DATA, "send text")
            if not bucket.take(""):
                raise Closed(TOO_MANY, "too many messages")
            await self._obey(text)
            if len(self.outbox) > MAX_OUTBOX:
                raise Closed(TRY_LATER, "reading too slowly")

    async def _obey(self, text: str) -> None:
        try:
            command = COMMAND.validate_json(text)
        except ValidationError as error:
            client_id = _client_id(text)
            if client_id is None:
                raise Closed(MALFORMED, "not a command") from None
            return self._put(Accepted(client_id=client_id, problem=invalid_input(error.errors())))
        try:
            await self._act(command)
        except Exception as error:
            problem, status = problem_for(error)
            if status == 500:
                log.exception("command_failed", command=command.type)
            self._put(Accepted(client_id=command.client_id, problem=problem))

    async def _act(self, command: ClientCommand) -> None:
        match command:
            case Ping():
                self._put(Pong(client_id=command.client_id))
            case Subscribe():
                await self._subscribe(command)
            case Unsubscribe():
                self.services.hub.unsubscribe(self.listener, command.chat_id)
                self.sent.pop(command.chat_id, None)
                self._put(Accepted(client_id=command.client_id))
            case _:
                if command.type == "ask" and not self.services.asks.take(self.person.id):
                    raise TooMany("Too many questions at once. Wait a moment and ask again.")
                turn_id = await self.services.chats.obey(self.person, command)
                self._put(Accepted(client_id=command.client_id, turn_id=turn_id))

    async def _subscribe(self, command: Subscribe) -> None:
        async with self.services.database.reading() as session:
            chat = await ChatRepository(session).get(self.person.id, command.chat_id)
        if chat is None:
            raise NotFound("There is no such chat.", field="chat_id")
        if command.chat_id not in self.sent and len(self.sent) >= MAX_SUBSCRIPTIONS:
            raise TooMany(f"One connection follows at most {MAX_SUBSCRIPTIONS} chats.")
        self._put(Accepted(client_id=command.client_id))
        self.outbox.append(command)
        self.listener.wake.set()

    def _put(self, frame: Accepted | Pong) -> None:
        self.outbox.append(frame.model_dump_json())
        self.listener.wake.set()

    # -- down -----------------------------------------------------------------------------------------------------

    async def _send(self) -> None:
        while True:
            await self.listener.wake.wait()
            envelopes, behind, progress = self.listener.take()
            while self.outbox:
                item = self.outbox.popleft()
                await (self._replay(item) if isinstance(item, Subscribe) else self._text(item))
            for envelope in envelopes:
                last = self.sent.get(envelope.chat_id)
                if last is None or envelope.seq <= last:
                    continue
                if envelope.seq > last + 1 or envelope.chat_id in behind:
                    behind.add(envelope.chat_id)
                    continue
                await self._text(envelope.text)
                self.sent[envelope.chat_id] = envelope.seq
            for chat_id in behind:
                await self._catch_up(chat_id)
            for frame in progress:
                await self._text(frame.model_dump_json())

    async def _replay(self, command: Subscribe) -> None:
        self.sent[command.chat_id] = command.after_seq
        self.services.hub.subscribe(self.listener, command.chat_id)
        await self._catch_up(command.chat_id)
        last = self.sent.get(command.chat_id, command.after_seq)
        await self._text(Replayed(chat_id=command.chat_id, seq=last).model_dump_json())

    async def _catch_up(self, chat_id: str) -> None:
        while (last := self.sent.get(chat_id)) is not None:
            async with self.services.database.reading() as session:
                rows = await EventRepository(session).after(chat_id, last, LOG_PAGE)
            for event in await as_of_today(self.services.today, self.person.id, rows):
                await self._text(event.text)
                if chat_id in self.sent:
                    self.sent[chat_id] = event.seq
            if len(rows) < LOG_PAGE:
                return

    async def _text(self, text: str) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self.socket.send_text(text)
        except TimeoutError:
            raise Closed(TRY_LATER, "reading too slowly") from None

    async def _recheck(self) -> None:
        """A session that ended ends its sockets."""
        authorization = self.socket.headers.get("authorization", "")
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            try:
                await self.services.doorkeeper.recognise(session_cookie(self.socket), authorization)
            except NotSignedIn:
                raise Closed(SIGN_IN, "sign in") from None


def _client_id(text: str) -> str | None:
    """Of a command that cannot be understood otherwise, so that its sender can be told."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    client_id = data.get("client_id") if isinstance(data, dict) else None
    return client_id[:64] if isinstance(client_id, str) and client_id.isascii() else None
