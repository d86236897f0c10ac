"""Questions to begin with: those people already approved, then some that the indexed tables surely can answer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from sqlalchemy.ext.asyncio import AsyncSession

from backend.datasources.library import Library
from backend.datasources.repository import DatasourceRepository
from backend.knowledge.repository import PatternRepository
from backend.projects.repository import ProjectRepository
from connectors.base import Table
from connectors.errors import ConnectorError
from knowledge.base import ColumnKind, IndexMissing, SourceKnowledge

MOST = 6
FROM_PATTERNS = 3


async def suggest(session: AsyncSession, library: Library, project_id: str, reader_id: str) -> list[str]:
    """Only what this reader could ask: no question of somebody else's tables or values."""
    approved = [p for p in await PatternRepository(session).active(project_id) if not p.negative]
    source_ids = await ProjectRepository(session).source_ids(project_id)
    known: list[str] = []
    fresh: list[str] = []
    for row in await DatasourceRepository(session).by_ids(source_ids):
        try:
            access = await library.access(row, reader_id)
        except (IndexMissing, ConnectorError):
            continue
        known += [p.question for p in approved if p.source_id == row.id and access.shows(p)]
        fresh += from_knowledge(await library.knowledge(row, access))
    return list(dict.fromkeys([*list(dict.fromkeys(known))[:FROM_PATTERNS], *fresh]))[:MOST]


def from_knowledge(knowledge: SourceKnowledge) -> list[str]:
    """One question of each kind before the second of any, biggest tables first."""
    tables = sorted(knowledge.schema.tables, key=lambda table: -(table.row_estimate or 0))
    rounds = zip_longest(*(_questions(knowledge, table) for table in tables[:MOST]))
    return [question for questions in rounds for question in questions if question][:MOST]


def _questions(knowledge: SourceKnowledge, table: Table) -> Iterator[str]:
    def names(*kinds: ColumnKind) -> list[str]:
        return [
            words(column.name)
            for column in table.columns
            if (profile := knowledge.profiles.get((table.full_name, column.name))) is not None
            and profile.kind in kinds
            and not profile.personal
        ]

    things = words(table.name)
    groups, measures, dates = names(ColumnKind.category), names(ColumnKind.measure), names(ColumnKind.date)
    if groups:
        yield f"How many {things} are there for each {groups[0]}?"
    if measures and groups:
        yield f"What is the average {measures[0]} of {things} by {groups[-1]}?"
    if dates:
        yield f"How many {things} are there per month of {dates[0]}?"
    yield f"How many {things} are there?"


def words(name: str) -> str:
    return name.replace("_", " ").strip().lower()
