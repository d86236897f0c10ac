"""Fills the bag that a turn works with: its sources, what is known of them, the chat so far, the project's rules."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from agents.plan import Plan
from agents.reasoners.base import PreviousTurn
from backend.auth.repository import PersonRepository
from backend.chat.models import Event, Turn
from backend.chat.repository import ChatRepository, EventRepository, TurnRepository
from backend.datasources.library import BeingIndexed, Library
from backend.datasources.repository import DatasourceRepository
from backend.db.engine import Database
from backend.errors import NotFound
from backend.knowledge.repository import PatternRepository, TermRepository
from backend.models import LanguageModels
from backend.projects.ceilings import turn_limits
from backend.projects.models import ProjectRow
from backend.projects.repository import ProjectRepository
from backend.projects.schemas import ProjectLimits
from backend.results.store import Receipts, Results
from backend.reviews.store import Reviews
from backend.version import versions
from connectors.errors import ConnectorError
from knowledge.base import IndexMissing

if TYPE_CHECKING:
    from agents.budget import Budget
    from agents.deps import OpenSource, TurnDeps
    from agents.reasoners.choice import Reasoners

HISTORY = 6
"""Earlier questions of the chat that a follow-up may mean."""
MAX_SOURCES = 8


class Sources(dict[str, "OpenSource"]):
    """The sources that could be opened. One that is away does not stop a question about another.

    Raises what opening raised: for a source that is looked up and away, or at once where none could be
    opened, one is still being indexed, or something other than the source failed.
    """

    def __init__(self, tried: Mapping[str, OpenSource | BaseException]) -> None:
        super().__init__(
            {key: source for key, source in tried.items() if not isinstance(source, BaseException)}
        )
        self.problems = {key: problem for key, problem in tried.items() if isinstance(problem, BaseException)}
        for problem in self.problems.values():
            if (
                not self
                or isinstance(problem, BeingIndexed)
                or not isinstance(problem, ConnectorError | IndexMissing)
            ):
                raise problem

    def __missing__(self, key: str) -> OpenSource:
        raise self.problems.get(key) or KeyError(key)


class TurnDepsBuilder:
    def __init__(
        self,
        database: Database,
        library: Library,
        results: Results,
        receipts: Receipts,
        models: LanguageModels,
    ) -> None:
        self._database = database
        self._library = library
        self._results = results
        self._receipts = receipts
        self._models = models
        self._reviews = Reviews(database)

    async def build(self, turn: Turn) -> TurnDeps:
        """Raises `ConnectorError`, `IndexMissing` or `NotFound`."""
        from agents.budget import Budget
        from agents.deps import TurnDeps, TurnSettings

        async with self._database.reading() as session:
            project = await _project(session, turn)
            wanted = turn.source_ids or await ProjectRepository(session).source_ids(project.id)
            rows = await DatasourceRepository(session).by_ids(wanted[:MAX_SOURCES])
            terms = await TermRepository(session).of_project(project.id)
            patterns = await PatternRepository(session).active(project.id)
            addressed = await PatternRepository(session).addressed_to(turn.user_id)
            history = await _history(session, turn)
            person = await PersonRepository(session).by_id(turn.user_id)
        limits = ProjectLimits.model_validate(project.limits)
        budget = Budget(turn_limits(limits, person.limits if person is not None else {}))
        tried = await asyncio.gather(
            *(
                self._library.open(
                    row,
                    turn.user_id,
                    glossary=terms,
                    patterns=patterns,
                    addressed=addressed,
                    values_allowed=project.send_values,
                )
                for row in rows
            ),
            return_exceptions=True,
        )
        sources = Sources(dict(zip((row.id for row in rows), tried, strict=True)))
        confirmation = "never" if turn.auto_confirm else project.confirmation
        return TurnDeps(
            sources=sources,
            away={
                row.id: f"“{row.name}” was left out: {sources.problems[row.id]}"
                for row in rows
                if row.id in sources.problems
            },
            reasoners=self._reasoners(project, budget),
            budget=budget,
            results=self._results,
            receipts=self._receipts,
            reviews=self._reviews,
            today=date.today(),
            settings=TurnSettings(
                confirmation=confirmation,  # type: ignore[arg-type]
                ask_below=limits.ask_below,
                review_below=limits.review_below,
                send_values=project.send_values,
                instructions=tuple(line for line in [project.instructions.strip()] if line),
            ),
            history=history,
            versions=versions(),
        )

    def _reasoners(self, project: ProjectRow, budget: Budget) -> Reasoners:
        from agents.reasoners.choice import Reasoners
        from agents.reasoners.embedded.reasoner import EmbeddedReasoner

        wanted = project.reasoner
        models = self._models.get() if wanted != "embedded" else None
        if models is None:
            return Reasoners(wanted=wanted, embedded=EmbeddedReasoner())  # type: ignore[arg-type]
        from agents.reasoners.llm import LlmReasoner

        return Reasoners(
            wanted=wanted,  # type: ignore[arg-type]
            embedded=EmbeddedReasoner(),
            llm=LlmReasoner(models, budget),
            healthy=lambda: models.healthy,
        )


async def _project(session: AsyncSession, turn: Turn) -> ProjectRow:
    chat = await ChatRepository(session).by_id(turn.chat_id)
    project = await ProjectRepository(session).by_id(chat.project_id) if chat is not None else None
    if project is None:
        raise NotFound("The chat's project is gone.")
    return project


async def _history(session: AsyncSession, turn: Turn) -> tuple[PreviousTurn, ...]:
    turns = await TurnRepository(session).answered_before(turn.chat_id, turn.id, HISTORY)
    events = await EventRepository(session).of_turns(
        [earlier.id for earlier in turns], ("plan.proposed", "sql.drafted", "result.ready")
    )
    found = (
        _previous(earlier, [event for event in events if event.turn_id == earlier.id]) for earlier in turns
    )
    return tuple(previous for previous in found if previous is not None)


def _previous(turn: Turn, events: Sequence[Event]) -> PreviousTurn | None:
    """What a follow-up needs to know of an answered question: the last plan, the last statement of each step, the result."""
    plan: Plan | None = None
    sql: dict[str, str] = {}
    columns: tuple[str, ...] = ()
    rows = 0
    for event in events:
        data = json.loads(event.payload)
        if event.type == "plan.proposed":
            plan, sql = Plan.model_validate(data["plan"]), {}
        elif event.type == "sql.drafted":
            sql[data["step"]] = data["sql"]
        else:
            columns, rows = tuple(column["name"] for column in data["columns"]), data["row_count"]
    if plan is None or not sql:
        return None
    return PreviousTurn(turn.question, plan, tuple(sql.values()), columns, rows)
