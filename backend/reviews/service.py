"""The review queue: answers that wait for a reviewer, and candidates of knowledge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from agents.reasoners.base import AnswerOutOfDate
from agents.replies import ReviewAnswer
from backend.audit.log import record
from backend.auth.people import Person
from backend.auth.repository import PersonRepository
from backend.chat.repository import ChatRepository, TurnRepository
from backend.chat.turns import Supervisor
from backend.datasources.library import Library
from backend.datasources.models import DatasourceRow
from backend.datasources.repository import DatasourceRepository
from backend.db.base import now
from backend.db.engine import Database
from backend.errors import Conflict, Invalid, NotFound
from backend.knowledge.repository import PatternRepository
from backend.knowledge.service import activate
from backend.knowledge.trial import Trial, try_sql
from backend.reviews import outcome
from backend.reviews.models import ReviewRow
from backend.reviews.repository import ReviewRepository
from backend.reviews.schemas import Compared, Review, ReviewDecision, ReviewSummary, SimilarPattern
from knowledge.patterns import similar_patterns

if TYPE_CHECKING:
    from backend.services import Services

DECIDED = {"approve": "approved", "correct": "corrected", "reject": "rejected"}


async def find(session: AsyncSession, person: Person, review_id: str) -> ReviewRow:
    row = await ReviewRepository(session).get(person.id, review_id)
    if row is None:
        raise NotFound("There is no such review.")
    return row


async def summaries(session: AsyncSession, rows: Sequence[ReviewRow]) -> list[ReviewSummary]:
    names = await PersonRepository(session).names({row.asker_id for row in rows})
    found = await DatasourceRepository(session).by_ids(list({row.source_id for row in rows}))
    sources = {source.id: source.name for source in found}
    return [
        ReviewSummary.model_validate(
            {
                "id": row.id,
                "kind": row.kind,
                "status": row.status,
                "question": row.question,
                "source_name": sources.get(row.source_id, ""),
                "reason": row.reason,
                "asker": names.get(row.asker_id, ""),
                "created_at": row.created_at,
            }
        )
        for row in rows
    ]


async def view(session: AsyncSession, row: ReviewRow) -> Review:
    (summary,) = await summaries(session, [row])
    turn = await TurnRepository(session).by_id(row.turn_id) if row.turn_id else None
    names = await PersonRepository(session).names({row.decided_by} if row.decided_by else set())
    patterns = await PatternRepository(session).active(row.project_id)
    similar = similar_patterns(row.question, [p for p in patterns if p.source_id == row.source_id])
    evidence = row.evidence
    return Review.model_validate(
        summary.model_dump()
        | {
            "chat_id": turn.chat_id if turn else None,
            "turn_id": row.turn_id,
            "source_id": row.source_id,
            "dialect": row.dialect,
            "plan": evidence.get("plan"),
            "sql": row.sql,
            "original_sql": row.original_sql,
            "compared": _compared(row),
            "back_translation": evidence.get("back_translation", ""),
            "checks": evidence.get("checks", []),
            "conformance": evidence.get("conformance", []),
            "asker_reasons": evidence.get("reasons", []),
            "asker_text": evidence.get("text", ""),
            "similar": [
                SimilarPattern(
                    id=match.pattern.id,
                    question=match.pattern.question,
                    sql=match.pattern.sql,
                    score=round(match.score, 3),
                )
                for match in similar
            ],
            "decided_by": names.get(row.decided_by or "", ""),
            "note": row.note,
        }
    )


def _compared(row: ReviewRow) -> Compared | None:
    from backend.reviews.layout import laid_out  # only here: a start does not wait for the SQL library

    if not row.original_sql or row.original_sql == row.sql:
        return None
    return Compared(before=laid_out(row.original_sql, row.dialect), after=laid_out(row.sql, row.dialect))


async def decide(services: Services, person: Person, review_id: str, body: ReviewDecision) -> Review:
    """Approving runs the statement on today's schema first. Raises `Conflict` when somebody decided before."""
    sql = body.sql.strip()
    if body.decision == "correct" and not sql:
        raise Invalid("Enter the corrected statement.", field="sql")
    async with services.database.reading() as session:
        row = await find(session, person, review_id)
        source = await source_of(session, row)
    trial = None
    if body.decision == "correct" or (body.decision == "approve" and row.kind == "pattern"):
        reader = row.asker_id if row.kind == "turn" else person.id
        trial = await try_sql(services.library, source, reader, sql or row.sql)
    async with services.database.writing() as session:
        row, turn_id = await _store(session, services.supervisor, person, review_id, body, trial)
        review = await view(session, row)
    if turn_id is not None:
        services.supervisor.run(turn_id)
    elif row.turn_id is not None:
        await outcome.tell_asker(services, row, person.name)
    return review


async def _store(
    session: AsyncSession,
    supervisor: Supervisor,
    person: Person,
    review_id: str,
    body: ReviewDecision,
    trial: Trial | None,
) -> tuple[ReviewRow, str | None]:
    """The decided review, and the turn to run on after the commit."""
    row = await ReviewRepository(session).locked(person.id, review_id)
    if row is None or row.status != "open":
        raise Conflict("Somebody has already decided this review.")
    turn_id = None
    if row.kind == "turn":
        turn_id = await _answer_turn(session, supervisor, person, row, body)
    else:
        await _decide_pattern(session, row, body, trial)
    if body.decision == "correct":
        row.original_sql, row.sql = row.original_sql or row.sql, body.sql.strip()
    row.status, row.decided_by, row.decided_at = DECIDED[body.decision], person.id, now()
    row.note = body.note
    record(session, person.id, "review.decide", row.id, decision=body.decision)
    await session.flush()
    return row, turn_id


async def _decide_pattern(
    session: AsyncSession, row: ReviewRow, body: ReviewDecision, trial: Trial | None
) -> None:
    pattern = await PatternRepository(session).by_id(row.pattern_id) if row.pattern_id else None
    if pattern is None:
        raise Conflict("The pattern of this review is gone.")
    if body.decision == "reject":
        pattern.status, pattern.note = "rejected", body.note
        return
    pattern.sql = body.sql.strip() if body.decision == "correct" else row.sql
    await activate(session, pattern, trial)


async def _answer_turn(
    session: AsyncSession, supervisor: Supervisor, person: Person, row: ReviewRow, body: ReviewDecision
) -> str:
    turn = await TurnRepository(session).locked(row.turn_id or "")
    if turn is None or turn.status != "waiting" or turn.waiting_for != "review":
        raise AnswerOutOfDate("The question does not wait for this review any more.")
    answer = ReviewAnswer.model_validate(
        {
            "review_id": row.id,
            "decision": DECIDED[body.decision],
            "sql": body.sql.strip() if body.decision == "correct" else "",
            "note": body.note,
            "by": person.name,
        }
    )
    await supervisor.check_answer(turn.id, answer)
    turn.status, turn.waiting_for, turn.answer = "running", None, answer.model_dump(mode="json")
    supervisor.hold(turn)
    await session.flush()
    await ChatRepository(session).refresh_status(turn.chat_id)
    return turn.id


async def source_of(session: AsyncSession, row: ReviewRow) -> DatasourceRow:
    source = await DatasourceRepository(session).by_id(row.source_id)
    if source is None:
        raise NotFound("The source of this review is gone.")
    return source


async def preview(database: Database, library: Library, person: Person, review_id: str) -> Trial:
    async with database.writing() as session:
        row = await find(session, person, review_id)
        source = await source_of(session, row)
        record(session, person.id, "statement.run", source.id, review_id=row.id, trial=True)
    return await try_sql(library, source, row.asker_id, row.sql)


async def try_statement(
    database: Database, library: Library, person: Person, review_id: str, sql: str
) -> Trial:
    """Raises `ConnectorError` when the statement does not pass or run."""
    async with database.writing() as session:
        row = await find(session, person, review_id)
        source = await source_of(session, row)
        record(session, person.id, "statement.run", source.id, review_id=row.id, trial=True)
    return await try_sql(library, source, person.id, sql)
