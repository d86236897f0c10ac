"""`datachat export` and `datachat import`: a project's knowledge as files that people can review in git."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from backend.auth.people import ensure_owner
from backend.commands.common import complain, open_services, settings_for
from backend.errors import AppError, NotFound
from backend.knowledge.models import PatternRow, TermRow
from backend.knowledge.repository import PatternRepository, TermRepository
from backend.projects.models import ProjectRow
from backend.projects.repository import ProjectRepository
from knowledge.base import KnowledgeError

if TYPE_CHECKING:
    from knowledge.files import KnowledgeFiles


def run(arguments: Namespace) -> int:
    try:
        return asyncio.run(_export(arguments) if arguments.command == "export" else _import(arguments))
    except (AppError, KnowledgeError) as error:
        return complain(error)


async def _export(arguments: Namespace) -> int:
    from knowledge.files import KnowledgeFiles, write_files

    async with open_services(settings_for(arguments)) as services, services.database.writing() as session:
        project = await _project(session, arguments.project)
        knowledge = KnowledgeFiles(
            glossary=tuple(await TermRepository(session).of_project(project.id)),
            patterns=tuple(await PatternRepository(session).of_project(project.id)),
        )
    await asyncio.to_thread(write_files, arguments.folder, knowledge)
    print(
        f"{len(knowledge.glossary)} terms and {len(knowledge.patterns)} patterns written to {arguments.folder}."
    )
    return 0


async def _import(arguments: Namespace) -> int:
    from knowledge.files import read_files

    knowledge = await asyncio.to_thread(read_files, arguments.folder)
    async with open_services(settings_for(arguments)) as services, services.database.writing() as session:
        owner = await ensure_owner(session)
        project = await _project(session, arguments.project)
        terms, patterns = await _add(session, project, owner.id, knowledge)
    print(f"{terms} terms and {patterns} patterns are new; patterns wait as candidates for a reviewer.")
    return 0


async def _add(
    session: AsyncSession, project: ProjectRow, author_id: str, knowledge: KnowledgeFiles
) -> tuple[int, int]:
    """Adds what is not there yet. Imported patterns are candidates: this server has not seen them run."""
    known_terms = {term.term.lower() for term in await TermRepository(session).of_project(project.id)}
    known = {(p.question, p.sql) for p in await PatternRepository(session).of_project(project.id)}
    sources = await ProjectRepository(session).source_ids(project.id)
    terms = [
        TermRow(
            project_id=project.id,
            author_id=author_id,
            term=term.term,
            synonyms=list(term.synonyms),
            kind=term.kind,
            definition=term.definition,
            targets=list(term.targets),
            expression=term.expression,
        )
        for term in knowledge.glossary
        if term.term.lower() not in known_terms
    ]
    patterns = [
        PatternRow(
            project_id=project.id,
            source_id=pattern.source_id if pattern.source_id in sources else sources[0],
            author_id=author_id,
            question=pattern.question,
            sql=pattern.sql,
            negative=pattern.negative,
            note=pattern.note,
            tables=list(pattern.tables),
            columns=list(pattern.columns),
            fingerprint=pattern.fingerprint,
        )
        for pattern in knowledge.patterns
        if sources and (pattern.question, pattern.sql) not in known
    ]
    session.add_all([*terms, *patterns])
    return len(terms), len(patterns)


async def _project(session: AsyncSession, wanted: str) -> ProjectRow:
    owner = await ensure_owner(session)
    for project in await ProjectRepository(session).all(owner.id):
        if not wanted or wanted in (project.id, project.name):
            return project
    raise NotFound(
        f"There is no project “{wanted}”." if wanted else "There is no project yet. Start the server once."
    )
