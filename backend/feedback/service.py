"""What people thought of an answer, and what that teaches."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from backend.audit.log import record
from backend.auth.people import Person
from backend.chat.models import Turn
from backend.chat.repository import ChatRepository, EventRepository, TurnRepository
from backend.datasources.library import Library
from backend.datasources.models import DatasourceRow
from backend.datasources.repository import DatasourceRepository
from backend.db.engine import Database
from backend.errors import Conflict, NotFound
from backend.feedback.models import FeedbackRow
from backend.feedback.repository import FeedbackRepository
from backend.feedback.schemas import Feedback, FeedbackWrite
from backend.knowledge.models import PatternRow
from backend.knowledge.repository import PatternRepository, as_pattern
from backend.knowledge.service import new_pattern
from backend.knowledge.trial import Trial, try_sql
from backend.projects.repository import ProjectRepository
from backend.reviews.models import ReviewRow
from backend.reviews.repository import ReviewRepository
from connectors.errors import ConnectorError
from knowledge.patterns import credited, votes

REASONS = {
    "wrong_tables": "wrong tables or joins",
    "wrong_filter": "wrong filter or dates",
    "wrong_term": "wrong meaning of a term",
    "wrong_numbers": "wrong numbers",
    "wrong_chart": "wrong chart",
    "misleading_summary": "misleading summary",
    "no_answer": "did not answer the question",
    "too_slow": "too slow",
    "other": "something else",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """The statement that answered a turn: the last one drafted for its only or last step on a source."""

    turn: Turn
    project_id: str
    question: str
    source: DatasourceRow
    dialect: str
    sql: str
    patterns: tuple[str, ...]
    """Ids of the approved patterns it rests on."""


def view(row: FeedbackRow) -> Feedback:
    return Feedback.model_validate({name: getattr(row, name) for name in Feedback.model_fields})


async def read(session: AsyncSession, person: Person, turn_id: str) -> Feedback | None:
    row = await FeedbackRepository(session).of_turn(person.id, turn_id)
    return view(row) if row is not None else None


async def answered(session: AsyncSession, person: Person, turn_id: str) -> Answered:
    """Raises `NotFound`, or `Conflict` when the turn never came to a statement."""
    found = await _answered(session, person, turn_id)
    if found is None:
        raise Conflict("This question never came to a statement, so there is none to correct.")
    return found


async def _answered(session: AsyncSession, person: Person, turn_id: str) -> Answered | None:
    turn = await TurnRepository(session).get(person.id, turn_id)
    if turn is None:
        raise NotFound("There is no such question.", field="turn_id")
    chat = await ChatRepository(session).by_id(turn.chat_id)
    events = await EventRepository(session).of_turn(turn.id, "plan.proposed", "sql.drafted")
    plans = [json.loads(event.payload)["plan"] for event in events if event.type == "plan.proposed"]
    drafts = [json.loads(event.payload) for event in events if event.type == "sql.drafted"]
    if chat is None or not plans or not drafts:
        return None
    steps = {step["id"]: step["source_id"] for step in plans[-1]["steps"]}
    draft = next((d for d in reversed(drafts) if steps.get(d["step"], "steps") != "steps"), None)
    source = await DatasourceRepository(session).by_id(steps[draft["step"]]) if draft else None
    if draft is None or source is None:
        return None
    question = plans[-1]["question"] or turn.question
    knowledge = tuple(plans[-1].get("knowledge", ()))
    return Answered(turn, chat.project_id, question, source, draft["dialect"], draft["sql"], knowledge)


async def write(database: Database, library: Library, person: Person, body: FeedbackWrite) -> Feedback:
    """Stores the verdict; a correction, a thumbs-up or a wish for review becomes a candidate.

    Raises `QueryRejected` when the corrected statement does not pass; nothing is stored then.
    """
    correction = body.corrected_sql.strip()
    async with database.reading() as session:
        found = await _answered(session, person, body.turn_id)
    if correction and found is None:
        raise Conflict("This question never came to a statement, so there is none to correct.")
    trial = None
    if found is not None and (correction or body.request_review or body.verdict == "up"):
        trial = await _try(library, found, person, correction)
    async with database.writing() as session:
        return view(await _store(session, person, body, found, trial))


async def _store(
    session: AsyncSession, person: Person, body: FeedbackWrite, found: Answered | None, trial: Trial | None
) -> FeedbackRow:
    correction = body.corrected_sql.strip()
    before = await FeedbackRepository(session).of_turn(person.id, body.turn_id)
    new_verdict = before is None or before.verdict != body.verdict
    row = before or FeedbackRow(turn_id=body.turn_id, user_id=person.id)
    row.verdict, row.reasons, row.text = body.verdict, list(body.reasons), body.text
    row.corrected_sql = correction
    if found is not None and trial is not None:
        pattern = await _candidate(session, person, found, correction or found.sql, trial)
        row.pattern_id = pattern.id
        if pattern.status == "candidate" and (correction or body.request_review):
            await _request_review(session, person, found, pattern, body, trial)
    session.add(row)
    await session.flush()
    if found is not None and new_verdict:
        await _credit(session, found)
    record(
        session, person.id, "feedback.write", body.turn_id, verdict=body.verdict, corrected=bool(correction)
    )
    return row


async def _try(library: Library, found: Answered, person: Person, correction: str) -> Trial | None:
    """Before any transaction: a statement may take its time."""
    try:
        return await try_sql(library, found.source, person.id, correction or found.sql)
    except ConnectorError:
        if correction:
            raise
        return None  # a thumbs-up for what no longer runs teaches nothing


async def try_correction(
    database: Database, library: Library, person: Person, turn_id: str, sql: str
) -> Trial:
    async with database.writing() as session:
        found = await answered(session, person, turn_id)
        record(session, person.id, "statement.run", found.source.id, turn_id=turn_id, trial=True)
    return await try_sql(library, found.source, person.id, sql)


async def _candidate(
    session: AsyncSession, person: Person, found: Answered, sql: str, trial: Trial
) -> PatternRow:
    """The pattern that this turn's feedback is about; written again, it is the same one."""
    for known in await PatternRepository(session).of_turn(found.turn.id):
        if known.author_id == person.id and known.status == "candidate":
            known.sql = sql
            known.tables, known.columns = trial.uses.tables, trial.uses.columns
            known.fingerprint = trial.uses.fingerprint
            return known
        if known.sql == sql:
            return known
    row = new_pattern(
        found.project_id, found.source.id, found.question, sql, person.id, trial, turn_id=found.turn.id
    )
    session.add(row)
    await session.flush()
    return row


async def _credit(session: AsyncSession, found: Answered) -> None:
    """The approved patterns that an answer rested on gain or lose by what people said of such answers."""
    project = await ProjectRepository(session).by_id(found.project_id)
    members = await ProjectRepository(session).members(found.project_id)
    judges = {member.user_id for member in members if member.role == "reviewer"}
    judges |= {project.owner_id} if project is not None else set()
    for pattern_id in set(found.patterns):
        row = await PatternRepository(session).by_id(pattern_id)
        if row is not None and row.project_id == found.project_id:
            wins, losses = votes(await FeedbackRepository(session).on_pattern(pattern_id), judges)
            after = credited(as_pattern(row), wins=wins, losses=losses)
            row.wins, row.losses, row.status, row.note = after.wins, after.losses, after.status, after.note


async def _request_review(
    session: AsyncSession,
    person: Person,
    found: Answered,
    pattern: PatternRow,
    body: FeedbackWrite,
    trial: Trial,
) -> None:
    review = await ReviewRepository(session).open_of_pattern(pattern.id)
    if review is None:
        review = ReviewRow(
            kind="pattern",
            project_id=found.project_id,
            source_id=found.source.id,
            turn_id=found.turn.id,
            pattern_id=pattern.id,
            asker_id=person.id,
            question=pattern.question,
            dialect=found.dialect,
        )
        session.add(review)
    review.reason = "A corrected statement." if body.corrected_sql.strip() else "The asker wishes a review."
    review.sql, review.original_sql = pattern.sql, found.sql
    reasons = [REASONS[reason] for reason in body.reasons]
    term = trial.teaches(pattern.question)
    if term is not None:
        reasons.append(f"approving it also teaches that “{term.term}” means {term.expression}")
    review.evidence = {"reasons": reasons, "text": body.text}
    await session.flush()
