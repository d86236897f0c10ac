"""Commands on chats and turns: checked, stored with their first event, and only then acted upon."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncSession

from agents.reasoners.base import AnswerOutOfDate
from agents.replies import Answer, ClarifyAnswer, ConfirmAnswer, RejectAnswer, ReviseAnswer
from backend.audit.log import record
from backend.auth.people import Person
from backend.chat.events import Stored, append
from backend.chat.models import Chat, Command, Turn
from backend.chat.repository import ChatRepository, CommandRepository, TurnRepository
from backend.chat.turns import Supervisor
from backend.db.base import new_id
from backend.errors import Conflict, Invalid, NotFound, TooLarge
from backend.projects.repository import ProjectRepository
from backend.protocol import MAX_QUESTION, Ask, Cancel, Clarify, Confirm, Reject, Revise, TurnStarted

TITLE_LENGTH = 80
SETTLE_TRIES, SETTLE_SECONDS = 40, 0.05
TurnCommand = Ask | Confirm | Revise | Reject | Clarify | Cancel


@dataclass(frozen=True, slots=True)
class _Step:
    """What one command changed, to be acted upon after the commit."""

    turn_id: str
    events: tuple[Stored, ...] = ()
    run: bool = False
    cancel: bool = False


class ChatService:
    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._database = supervisor.database

    async def obey(self, person: Person, command: TurnCommand, *, auto_confirm: bool = False) -> str:
        """The turn's id. The same `client_id` again changes nothing.

        Raises: `NotFound`, `Conflict`, `Invalid`, `TooLarge`, `AnswerOutOfDate`.
        """
        if not isinstance(command, Ask | Cancel):
            await self._until_settled(command.turn_id)
        digest = hashlib.sha256(command.model_dump_json().encode()).hexdigest()
        async with self._database.writing() as session:
            chat = await ChatRepository(session).locked(person.id, command.chat_id)
            if chat is None:
                raise NotFound("There is no such chat.", field="chat_id")
            known = await CommandRepository(session).get(chat.id, command.client_id)
            if known is not None:
                if known.digest != digest:
                    raise Conflict("Another command was sent with the same id.", field="client_id")
                return known.turn_id
            step = await self._apply(session, person, chat, command, auto_confirm)
            session.add(
                Command(chat_id=chat.id, client_id=command.client_id, digest=digest, turn_id=step.turn_id)
            )
        await self._supervisor.publish(step.events)
        if step.cancel:
            await self._supervisor.cancel(step.turn_id)
        if step.run:
            self._supervisor.run(step.turn_id)
        return step.turn_id

    async def _until_settled(self, turn_id: str) -> None:
        """A person may be faster than the commit that says the turn waits for them."""
        for _ in range(SETTLE_TRIES):
            async with self._database.reading() as session:
                turn = await TurnRepository(session).by_id(turn_id)
            if turn is None or turn.status != "running":
                return
            await asyncio.sleep(SETTLE_SECONDS)

    async def _apply(
        self, session: AsyncSession, person: Person, chat: Chat, command: TurnCommand, auto_confirm: bool
    ) -> _Step:
        match command:
            case Ask():
                return await self._ask(session, person, chat, command, auto_confirm)
            case Cancel():
                return await self._cancel(session, person, chat, command)
            case Confirm():
                answer: Answer = ConfirmAnswer(revision=command.revision, by=person.id)
            case Revise():
                answer = ReviseAnswer(
                    revision=command.revision,
                    plan=command.plan,
                    words=command.words,
                    assumption_id=command.assumption_id,
                    option_id=command.option_id,
                )
            case Reject():
                answer = RejectAnswer(reason=command.reason)
            case Clarify():
                answer = ClarifyAnswer(
                    clarification_id=command.clarification_id, option_id=command.option_id, text=command.text
                )
            case _ as never:
                assert_never(never)
        return await self._answer(session, person, chat, command.turn_id, answer)

    async def _ask(
        self, session: AsyncSession, person: Person, chat: Chat, command: Ask, auto_confirm: bool
    ) -> _Step:
        question = checked_question(command.question)
        allowed = await ProjectRepository(session).source_ids(chat.project_id)
        if unknown := set(command.source_ids) - set(allowed):
            raise NotFound(f"The project has no source {min(unknown)}.", field="source_ids")
        events = await self._make_way(session, chat)
        turn = Turn(
            id=new_id(),
            chat_id=chat.id,
            user_id=person.id,
            client_id=command.client_id,
            question=question,
            source_ids=list(command.source_ids),
            auto_confirm=auto_confirm,
        )
        self._supervisor.hold(turn)
        session.add(turn)
        if not chat.title:
            chat.title = _title(question)
        await session.flush()
        started = TurnStarted(question=question, author=person.name, client_id=command.client_id)
        event = await append(session, chat.id, turn.id, "started", started)
        await ChatRepository(session).refresh_status(chat.id)
        record(session, person.id, "turn.ask", turn.id, chat_id=chat.id)
        return _Step(turn.id, (*events, *([event] if event else [])), run=True)

    async def _make_way(self, session: AsyncSession, chat: Chat) -> list[Stored]:
        """A new question replaces one that waits for its asker; it does not interrupt one that runs."""
        events: list[Stored] = []
        for other in await TurnRepository(session).unfinished(chat.id):
            if other.status == "running":
                raise Conflict("The question before is still being answered. Wait for it or stop it.")
            if other.waiting_for != "review" and (
                event := await self._supervisor.end_cancelled(session, other)
            ):
                events.append(event)
        return events

    async def _answer(
        self, session: AsyncSession, person: Person, chat: Chat, turn_id: str, answer: Answer
    ) -> _Step:
        turn = await self._turn(session, chat, turn_id)
        if turn.status != "waiting":
            raise AnswerOutOfDate("This question does not wait for an answer any more.")
        await self._supervisor.check_answer(turn.id, answer)
        turn.status, turn.waiting_for, turn.answer = "running", None, answer.model_dump(mode="json")
        turn.recoveries = 0
        self._supervisor.hold(turn)
        await session.flush()
        await ChatRepository(session).refresh_status(chat.id)
        if isinstance(answer, ConfirmAnswer):
            record(session, person.id, "turn.confirm", turn.id, revision=answer.revision)
        return _Step(turn.id, run=True)

    async def _cancel(self, session: AsyncSession, person: Person, chat: Chat, command: Cancel) -> _Step:
        turn = await self._turn(session, chat, command.turn_id)
        if turn.status == "waiting":
            event = await self._supervisor.end_cancelled(session, turn)
            return _Step(turn.id, (event,) if event else ())
        if turn.status != "running":
            raise Conflict("This question has already ended.")
        turn.cancel_requested = True
        return _Step(turn.id, cancel=True)

    async def _turn(self, session: AsyncSession, chat: Chat, turn_id: str) -> Turn:
        turn = await TurnRepository(session).locked(turn_id)
        if turn is None or turn.chat_id != chat.id:
            raise NotFound("There is no such question in this chat.", field="turn_id")
        return turn


def checked_question(question: str) -> str:
    """Raises `Invalid` or `TooLarge`."""
    if len(question) > MAX_QUESTION:
        raise TooLarge(
            f"The question has {len(question):,} characters; {MAX_QUESTION:,} is the most. Shorten it.",
            field="question",
        )
    clean = question.replace("\0", " ").encode("utf-8", "replace").decode("utf-8").strip()
    if not clean:
        raise Invalid("The question is empty.", field="question")
    return clean


def _title(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"
