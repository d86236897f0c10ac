"""Reviewed knowledge: a pattern is a candidate until it runs on today's schema and somebody approved it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from backend.audit.log import record
from backend.auth.people import Person
from backend.auth.repository import PersonRepository
from backend.chat.models import Turn
from backend.datasources.library import Library
from backend.datasources.models import DatasourceRow
from backend.datasources.repository import DatasourceRepository
from backend.db.engine import Database
from backend.errors import Invalid, NotFound
from backend.grants.access import Access
from backend.knowledge.models import PatternRow, TermRow
from backend.knowledge.repository import PatternRepository, TermRepository, as_pattern, as_term
from backend.knowledge.schemas import PatternCreate, PatternUpdate, PatternView, TermView, TermWrite
from backend.knowledge.trial import Trial, try_sql
from backend.projects import service as projects
from backend.projects.repository import ProjectRepository
from backend.reviews.repository import ReviewRepository
from knowledge.base import IndexMissing
from knowledge.glossary import names_of


async def pattern_views(session: AsyncSession, rows: list[PatternRow]) -> list[PatternView]:
    names = await PersonRepository(session).names({row.author_id for row in rows})
    return [
        PatternView.model_validate(
            {name: getattr(row, name) for name in PatternView.model_fields if name != "author"}
            | {"author": names.get(row.author_id, "")}
        )
        for row in rows
    ]


async def shown_patterns(
    session: AsyncSession, library: Library, person: Person, rows: Sequence[PatternRow]
) -> list[PatternView]:
    """Those whose tables, columns and literals the person may know."""
    readers = await _access(session, library, person, {row.source_id for row in rows})
    shown = [
        row
        for row in rows
        if row.source_id in readers
        and ((reader := readers[row.source_id]) is None or reader.shows(as_pattern(row)))
    ]
    return await pattern_views(session, shown)


async def shown_terms(
    session: AsyncSession, library: Library, person: Person, project_id: str, rows: Sequence[TermRow]
) -> list[TermView]:
    """Those that stand for something the person may read in one of the project's sources."""
    source_ids = set(await ProjectRepository(session).source_ids(project_id)) if rows else set()
    readers = await _access(session, library, person, source_ids)
    own = (await ProjectRepository(session).by_id(project_id)) if rows else None
    everything = own is not None and own.owner_id == person.id
    return [
        term_view(row)
        for row in rows
        if everything or any(reader is None or reader.explains(as_term(row)) for reader in readers.values())
    ]


async def _access(
    session: AsyncSession, library: Library, person: Person, source_ids: set[str]
) -> dict[str, Access | None]:
    """By source, None for its owner; those that cannot be looked into now are left out."""
    found: dict[str, Access | None] = {}
    for row in await DatasourceRepository(session).by_ids(list(source_ids)):
        if row.owner_id == person.id:
            found[row.id] = None
            continue
        with contextlib.suppress(IndexMissing):
            found[row.id] = await library.access(row, person.id)
    return found


async def find_pattern(session: AsyncSession, person: Person, pattern_id: str) -> PatternRow:
    row = await PatternRepository(session).get(person.id, pattern_id)
    if row is None:
        raise NotFound("There is no such pattern.")
    return row


async def project_source(
    session: AsyncSession, person: Person, project_id: str, source_id: str
) -> DatasourceRow:
    project = await projects.find(session, person.id, project_id)
    if source_id not in await ProjectRepository(session).source_ids(project.id):
        raise NotFound("The project has no such source.", field="source_id")
    row = await DatasourceRepository(session).get(person.id, source_id)
    if row is None:
        raise NotFound("There is no such source.", field="source_id")
    return row


async def find_decided(session: AsyncSession, person: Person, pattern_id: str) -> PatternRow:
    """For a change, which the project's owner and reviewers make."""
    row = await find_pattern(session, person, pattern_id)
    await projects.find_reviewed(session, person.id, row.project_id)
    return row


async def create_pattern(
    database: Database, library: Library, person: Person, body: PatternCreate
) -> PatternView:
    async with database.reading() as session:
        source = await project_source(session, person, body.project_id, body.source_id)
    trial = await try_sql(library, source, person.id, body.sql)
    async with database.writing() as session:
        row = new_pattern(
            body.project_id, source.id, body.question, body.sql, person.id, trial, note=body.note
        )
        session.add(row)
        await session.flush()
        record(session, person.id, "pattern.create", row.id)
        return (await pattern_views(session, [row]))[0]


def new_pattern(
    project_id: str,
    source_id: str,
    question: str,
    sql: str,
    author_id: str,
    trial: Trial,
    *,
    note: str = "",
    turn_id: str | None = None,
) -> PatternRow:
    """A candidate."""
    return PatternRow(
        project_id=project_id,
        source_id=source_id,
        question=" ".join(question.split()),
        sql=sql.strip(),
        status="candidate",
        note=note,
        author_id=author_id,
        tables=trial.uses.tables,
        columns=trial.uses.columns,
        fingerprint=trial.uses.fingerprint,
        turn_id=turn_id,
    )


async def update_pattern(
    database: Database, library: Library, person: Person, pattern_id: str, body: PatternUpdate
) -> PatternView:
    """Raises `ConnectorError` when the statement is to count and no longer runs."""
    trial = None
    async with database.reading() as session:
        row = await find_decided(session, person, pattern_id)
        source = await source_of(session, row)
    if body.sql is not None or (body.status == "active" and row.status != "active"):
        trial = await try_sql(library, source, person.id, body.sql or row.sql)
    async with database.writing() as session:
        row = await find_pattern(session, person, pattern_id)
        row.question = " ".join(body.question.split()) if body.question is not None else row.question
        row.note = body.note if body.note is not None else row.note
        row.sql = body.sql.strip() if body.sql is not None else row.sql
        if body.status == "active":
            await activate(session, row, trial)
        elif trial is not None:
            _rest_on(row, trial)
        row.status = body.status or row.status
        if row.status in ("active", "rejected"):
            await _close_review(session, person, row, "approved" if row.status == "active" else "rejected")
        record(session, person.id, "pattern.update", row.id, status=row.status)
        await session.flush()
        return (await pattern_views(session, [row]))[0]


async def activate(session: AsyncSession, row: PatternRow, trial: Trial | None = None) -> None:
    """Lets a pattern answer questions, and teach the project's own word that its question used.

    The caller has just run its statement on today's schema.
    """
    if trial is not None:
        _rest_on(row, trial)
        await _teach(session, row, trial)
    row.status = "active"
    for other in await PatternRepository(session).same_question(row):
        other.status = "expired"
        other.note = "Replaced by a newer approved answer."


async def _teach(session: AsyncSession, row: PatternRow, trial: Trial) -> None:
    """A word that the project explained itself keeps its meaning."""
    turn = await session.get(Turn, row.turn_id) if row.turn_id else None
    asked = [row.question, *([turn.question] if turn is not None else [])]
    term = next((found for question in asked if (found := trial.teaches(question)) is not None), None)
    if term is None or row.negative:
        return
    known = await TermRepository(session).of_project(row.project_id)
    if any(term.term.lower() == name.lower() for other in known for name in names_of(other)):
        return
    session.add(
        TermRow(
            project_id=row.project_id,
            author_id=row.author_id,
            term=term.term,
            synonyms=[],
            kind=term.kind,
            definition=term.definition,
            targets=list(term.targets),
            expression=term.expression,
        )
    )


def _rest_on(row: PatternRow, trial: Trial) -> None:
    row.tables, row.columns, row.fingerprint = trial.uses.tables, trial.uses.columns, trial.uses.fingerprint


async def source_of(session: AsyncSession, row: PatternRow) -> DatasourceRow:
    source = await DatasourceRepository(session).by_id(row.source_id)
    if source is None:
        raise NotFound("The pattern's source is gone.")
    return source


async def _close_review(session: AsyncSession, person: Person, row: PatternRow, decision: str) -> None:
    review = await ReviewRepository(session).open_of_pattern(row.id)
    if review is not None:
        review.status, review.decided_by = decision, person.id


async def delete_pattern(session: AsyncSession, person: Person, pattern_id: str) -> None:
    row = await find_decided(session, person, pattern_id)
    record(session, person.id, "pattern.delete", row.id)
    await session.delete(row)


def term_view(row: TermRow) -> TermView:
    return TermView.model_validate({name: getattr(row, name) for name in TermView.model_fields})


async def write_term(session: AsyncSession, person: Person, body: TermWrite, term_id: str | None) -> TermRow:
    project = await projects.find_reviewed(session, person.id, body.project_id)
    values = body.model_dump(mode="json", exclude={"project_id"})
    if body.kind in ("metric", "filter") and not body.expression.strip():
        raise Invalid("A metric or filter needs its SQL expression.", field="expression")
    if term_id is None:
        row = TermRow(project_id=project.id, author_id=person.id, **values)
        session.add(row)
    else:
        row = await find_term(session, person, term_id)
        for name, value in values.items():
            setattr(row, name, value)
    await session.flush()
    record(session, person.id, "term.create" if term_id is None else "term.update", row.id, term=row.term)
    return row


async def find_term(session: AsyncSession, person: Person, term_id: str) -> TermRow:
    row = await TermRepository(session).get(person.id, term_id)
    if row is None:
        raise NotFound("There is no such term.")
    return row
