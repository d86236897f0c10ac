"""Runs turns apart from sockets: closing a tab stops nothing, and a killed server's turns are taken up again.

A turn that runs carries a lease of the process that works on it. The process renews its leases; a turn whose
lease has run out is an orphan, and whoever sees it first goes on from its last checkpoint.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import structlog
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from agents.events import StageStarted
from agents.reasoners.base import AnswerOutOfDate
from agents.replies import Answer
from backend.chat.events import Hub, Stored, append
from backend.chat.models import Turn
from backend.chat.repository import ChatRepository, TurnRepository
from backend.datasources.library import BeingIndexed
from backend.db.base import new_id, now
from backend.db.engine import Database
from backend.errors import INTERNAL, Problem, ServerRestarted, problem_for
from backend.preload import preloaded
from backend.protocol import ServerEvent, TurnFailed, TurnFinished

if TYPE_CHECKING:
    from agents.deps import TurnDeps
    from agents.turn import Outcome, TurnRun, TurnRunner

log = structlog.get_logger(__name__)

BEATS_PER_LEASE = 5
MAX_RECOVERIES = 3
MAX_TURNS = 16
MAX_TURNS_OF_ONE = 4
"""Turns that run at once in this process, of all people and of one; further ones wait."""
INDEX_SECONDS, INDEX_LOOK_SECONDS = 60.0, 0.3
ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)

DepsFor = Callable[[Turn], Awaitable["TurnDeps"]]


class Supervisor:
    def __init__(
        self,
        database: Database,
        hub: Hub,
        runner: Callable[[], Awaitable[TurnRunner]],
        deps_for: DepsFor,
        takeover_seconds: float,
    ) -> None:
        self.database = database
        self.hub = hub
        self.owner = new_id()
        self._lease = timedelta(seconds=takeover_seconds)
        self._runner = runner
        self._deps_for = deps_for
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        """Turns that were answered while the stretch before still ended."""
        self._cancelled: set[str] = set()
        self._slots = asyncio.Semaphore(MAX_TURNS)
        self._shares: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        """By asker, as long as one of their turns works or waits for its place."""
        self._heart: asyncio.Task[None] | None = None
        self.on_end: Callable[[str, float], None] = lambda status, seconds: None

    @property
    def running(self) -> int:
        return len(self._tasks)

    async def start(self) -> None:
        """Take up what a dead process left behind, and keep looking."""
        if self.database.is_sqlite:
            async with self.database.writing() as session:
                await TurnRepository(session).break_leases()
        self._heart = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        """Stops statements in their databases; the turns stay `running` and are taken up by the next server."""
        tasks = [*self._tasks.values(), *([self._heart] if self._heart else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with self.database.writing() as session:
            await TurnRepository(session).release_leases(self.owner)

    def hold(self, turn: Turn) -> None:
        """Say in the row, in the caller's transaction, that this process works on the turn."""
        turn.lease_owner, turn.lease_until = self.owner, now() + self._lease

    def run(self, turn_id: str) -> None:
        """Go on with a turn that is `running`; one stretch at a time, however often it is called."""
        if turn_id in self._tasks:
            self._again.add(turn_id)
            return
        task = asyncio.create_task(self._work(turn_id), name=f"turn {turn_id}")
        self._tasks[turn_id] = task
        task.add_done_callback(lambda done: self._stretch_ended(turn_id, done))

    def _stretch_ended(self, turn_id: str, task: asyncio.Task[None]) -> None:
        del self._tasks[turn_id]
        if turn_id in self._again:
            self._again.discard(turn_id)
            if not task.cancelled():
                self.run(turn_id)

    async def cancel(self, turn_id: str) -> None:
        if not self.cancel_here(turn_id):
            await self.hub.request_cancel(turn_id)

    def cancel_here(self, turn_id: str) -> bool:
        task = self._tasks.get(turn_id)
        if task is None:
            return False
        self._cancelled.add(turn_id)
        task.cancel()
        return True

    async def check_answer(self, turn_id: str, answer: Answer) -> None:
        """Raises `AnswerOutOfDate` when the turn does not wait for this answer."""
        await (await self._runner()).check(turn_id, answer)

    async def publish(self, events: Sequence[Stored]) -> None:
        await self.hub.publish(events)

    async def end_cancelled(self, session: AsyncSession, turn: Turn) -> Stored | None:
        return await self._end(session, turn, TurnFinished(status="cancelled", seconds=_age(turn)))

    # -- one stretch of a turn ------------------------------------------------------------------------------------

    async def _work(self, turn_id: str) -> None:
        try:
            async with await self._share(turn_id), self._slots:
                turn = await self._take(turn_id)
                if turn is None:
                    return
                if turn.cancel_requested:
                    self._cancelled.add(turn_id)
                    raise asyncio.CancelledError
                await self._go_on(turn)
        except asyncio.CancelledError:
            if turn_id not in self._cancelled:
                raise
            await asyncio.shield(self._finish(turn_id, None))
        except Exception as error:
            problem, _ = problem_for(error)
            if problem == INTERNAL:
                log.exception("turn_failed", turn_id=turn_id)
            await self._finish(turn_id, TurnFailed(problem=problem))
        finally:
            self._cancelled.discard(turn_id)

    async def _share(self, turn_id: str) -> asyncio.Semaphore:
        """What its asker may use of this process at once: one person's chats must not fill every place."""
        async with self.database.reading() as session:
            turn = await TurnRepository(session).by_id(turn_id)
        asker = turn.user_id if turn is not None else ""
        share = self._shares.get(asker)
        if share is None:
            share = self._shares[asker] = asyncio.Semaphore(MAX_TURNS_OF_ONE)
        return share

    async def _take(self, turn_id: str) -> Turn | None:
        moment = now()
        async with self.database.writing() as session:
            turns = TurnRepository(session)
            if not await turns.take_lease(turn_id, self.owner, moment, moment + self._lease):
                return None
            return await turns.by_id(turn_id)

    async def _go_on(self, turn: Turn) -> None:
        await preloaded()
        deps = await self._deps(turn)
        runner = await self._runner()
        run = await self._stretch(runner, turn, deps)
        if run is None:
            outcome = await runner.outcome(turn.id)
        else:
            async for item in run:
                await self._store(turn, item.key, item.event)
            if run.outcome is None:
                raise RuntimeError("a turn ended without an outcome")
            outcome = run.outcome
        await self._settle(turn, outcome, deps.budget.usage().seconds)

    async def _deps(self, turn: Turn) -> TurnDeps:
        """Waits for a source that is being indexed: the first question often comes before the first index is ready."""
        deadline = asyncio.get_running_loop().time() + INDEX_SECONDS
        while True:
            try:
                return await self._deps_for(turn)
            except BeingIndexed as error:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                stage = StageStarted(stage="understanding", detail=f"Indexing {error.name} …")
                await self._store(turn, "indexing", stage)
                await asyncio.sleep(INDEX_LOOK_SECONDS)

    async def _stretch(self, runner: TurnRunner, turn: Turn, deps: TurnDeps) -> TurnRun | None:
        """What to run now; None when the turn already waits for somebody."""
        if turn.answer is None:
            return runner.start(turn.id, turn.question, deps, chat_id=turn.chat_id)
        answer = ANSWER.validate_python(turn.answer)
        if await runner.waiting_for(turn.id) is None:
            return runner.continue_(turn.id, deps)
        try:
            await runner.check(turn.id, answer)
        except AnswerOutOfDate:
            return None  # it was taken before the server died, and the turn waits for the next thing
        return runner.resume(turn.id, answer, deps)

    async def _store(self, turn: Turn, key: str, event: ServerEvent) -> None:
        async with self.database.writing() as session:
            stored = await append(session, turn.chat_id, turn.id, key, event)
        if stored is not None:
            await self.publish([stored])

    async def _settle(self, turn: Turn, outcome: Outcome, seconds: float) -> None:
        if outcome.status == "waiting":
            async with self.database.writing() as session:
                row = await TurnRepository(session).locked(turn.id)
                stopped = row is not None and row.cancel_requested
                if row is not None and row.status == "running" and not stopped:
                    row.status, row.waiting_for, row.answer = "waiting", outcome.waiting_for, None
                    row.lease_owner = row.lease_until = None
                    await session.flush()
                    await ChatRepository(session).refresh_status(turn.chat_id)
            if stopped:  # the person's wish came after the last step, so no task was left to be stopped
                await self._finish(turn.id, None)
            self.hub.settled(turn.chat_id)
            return
        if outcome.status == "failed":
            problem = problem_for(outcome.error)[0] if outcome.error else INTERNAL
            await self._finish(turn.id, TurnFailed(problem=problem))
        else:
            await self._finish(turn.id, TurnFinished(status=outcome.status, seconds=seconds))

    async def _finish(self, turn_id: str, event: TurnFinished | TurnFailed | None) -> None:
        """Store how a turn ended, once; None means that a person stopped it."""
        async with self.database.writing() as session:
            turn = await TurnRepository(session).locked(turn_id)
            if turn is None:
                return
            stored = await self._end(
                session, turn, event or TurnFinished(status="cancelled", seconds=_age(turn))
            )
        if stored is not None:
            self.on_end(turn.status, event.seconds if isinstance(event, TurnFinished) else _age(turn))
            await self.publish([stored])
        with contextlib.suppress(OSError):
            await (await self._runner()).forget(turn_id)

    async def _end(
        self, session: AsyncSession, turn: Turn, event: TurnFinished | TurnFailed
    ) -> Stored | None:
        if turn.status not in ("running", "waiting"):
            return None
        turn.status = event.status if isinstance(event, TurnFinished) else "failed"
        turn.waiting_for = turn.lease_owner = turn.lease_until = turn.answer = None
        turn.finished_at = now()
        await session.flush()
        stored = await append(session, turn.chat_id, turn.id, "ended", event)
        await ChatRepository(session).refresh_status(turn.chat_id)
        return stored

    # -- leases ---------------------------------------------------------------------------------------------------

    async def _beat(self) -> None:
        while True:
            try:
                await self._renew_and_recover()
            except Exception:
                log.exception("heartbeat_failed")
            await asyncio.sleep(self._lease.total_seconds() / BEATS_PER_LEASE)

    async def _renew_and_recover(self) -> None:
        moment = now()
        async with self.database.reading() as session:
            orphans = await TurnRepository(session).orphaned(moment)
        if self._tasks:
            async with self.database.writing() as session:
                held = await TurnRepository(session).renew_leases(self.owner, moment + self._lease)
            for turn_id, cancel in held:
                if cancel:
                    self.cancel_here(turn_id)
        for turn_id in orphans:
            if turn_id not in self._tasks:
                await self._recover(turn_id)

    async def _recover(self, turn_id: str) -> None:
        moment = now()
        async with self.database.writing() as session:
            turns = TurnRepository(session)
            if not await turns.take_lease(turn_id, self.owner, moment, moment + self._lease):
                return
            turn = await turns.by_id(turn_id)
            if turn is None:
                return
            turn.recoveries += 1
            tries = turn.recoveries
        log.info("turn_recovered", turn_id=turn_id, times=tries)
        if tries > MAX_RECOVERIES:
            await self._finish(turn_id, TurnFailed(problem=_interrupted()))
        else:
            self.run(turn_id)


def _interrupted() -> Problem:
    error = ServerRestarted(
        "The server stopped several times while it worked on this question. Ask it again."
    )
    return problem_for(error)[0]


def _age(turn: Turn) -> float:
    return round((now() - turn.created_at).total_seconds(), 3)
