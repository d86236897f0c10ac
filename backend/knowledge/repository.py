"""Queries on patterns and terms: a person sees those of their projects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.chat.models import Turn
from backend.knowledge.models import PatternRow, TermRow
from backend.projects.repository import project_ids_of
from knowledge.base import GlossaryTerm, Pattern

if TYPE_CHECKING:
    from connectors.base import Schema


class PatternRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def visible_to(self, user_id: str) -> Select[PatternRow]:
        return select(PatternRow).where(PatternRow.project_id.in_(project_ids_of(user_id)))

    async def get(self, user_id: str, pattern_id: str) -> PatternRow | None:
        return await self._session.scalar(self.visible_to(user_id).where(PatternRow.id == pattern_id))

    async def page(
        self, user_id: str, project_id: str, status: str | None, offset: int, limit: int
    ) -> Sequence[PatternRow]:
        query = self.visible_to(user_id).where(PatternRow.project_id == project_id)
        if status is not None:
            query = query.where(PatternRow.status == status)
        query = query.order_by(PatternRow.created_at.desc(), PatternRow.id).offset(offset).limit(limit)
        return (await self._session.scalars(query)).all()

    async def by_id(self, pattern_id: str) -> PatternRow | None:
        """Without asking who: only after the caller has shown the right to it."""
        return await self._session.get(PatternRow, pattern_id)

    async def active(self, project_id: str) -> list[Pattern]:
        query = select(PatternRow).where(PatternRow.project_id == project_id, PatternRow.status == "active")
        return [as_pattern(row) for row in await self._session.scalars(query)]

    async def of_project(self, project_id: str) -> list[Pattern]:
        query = select(PatternRow).where(PatternRow.project_id == project_id).order_by(PatternRow.created_at)
        return [as_pattern(row) for row in await self._session.scalars(query)]

    async def addressed_to(self, user_id: str) -> frozenset[str]:
        """Ids of those that a reviewer approved as the answer to this person's own question."""
        query = select(PatternRow.id).join(Turn, Turn.id == PatternRow.turn_id)
        query = query.where(Turn.user_id == user_id, PatternRow.status == "active")
        return frozenset(await self._session.scalars(query))

    async def of_turn(self, turn_id: str) -> Sequence[PatternRow]:
        return (await self._session.scalars(select(PatternRow).where(PatternRow.turn_id == turn_id))).all()

    async def of_source(self, source_id: str, *statuses: str) -> Sequence[PatternRow]:
        query = select(PatternRow).where(
            PatternRow.source_id == source_id, PatternRow.status.in_(statuses or ("active",))
        )
        return (await self._session.scalars(query)).all()

    async def same_question(self, row: PatternRow) -> Sequence[PatternRow]:
        """Other approved answers to the very same question of the same source."""
        query = select(PatternRow).where(
            PatternRow.project_id == row.project_id,
            PatternRow.source_id == row.source_id,
            PatternRow.status == "active",
            PatternRow.question == row.question,
            PatternRow.id != row.id,
        )
        return (await self._session.scalars(query)).all()

    async def count_use(self, pattern_ids: Sequence[str], moment: datetime) -> None:
        await self._session.execute(
            update(PatternRow)
            .where(PatternRow.id.in_(pattern_ids))
            .values(uses=PatternRow.uses + 1, last_used_at=moment)
        )


class TermRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def visible_to(self, user_id: str) -> Select[TermRow]:
        return select(TermRow).where(TermRow.project_id.in_(project_ids_of(user_id)))

    async def get(self, user_id: str, term_id: str) -> TermRow | None:
        return await self._session.scalar(self.visible_to(user_id).where(TermRow.id == term_id))

    async def page(self, user_id: str, project_id: str, offset: int, limit: int) -> Sequence[TermRow]:
        query = self.visible_to(user_id).where(TermRow.project_id == project_id)
        query = query.order_by(TermRow.term, TermRow.id).offset(offset).limit(limit)
        return (await self._session.scalars(query)).all()

    async def of_project(self, project_id: str) -> list[GlossaryTerm]:
        rows = await self._session.scalars(select(TermRow).where(TermRow.project_id == project_id))
        return [as_term(row) for row in rows]


async def expire_patterns(session: AsyncSession, source_id: str, schema: Schema) -> None:
    """After indexing: patterns whose columns went or changed their type are no longer used, and say why."""
    from knowledge.patterns import expired_by

    rows = {
        row.id: row for row in await PatternRepository(session).of_source(source_id, "active", "candidate")
    }
    for pattern in expired_by([as_pattern(row) for row in rows.values()], schema):
        rows[pattern.id].status, rows[pattern.id].note = pattern.status, pattern.note


def as_pattern(row: PatternRow) -> Pattern:
    status = row.status if row.status in ("candidate", "active", "expired", "rejected") else "rejected"
    return Pattern(
        id=row.id,
        question=row.question,
        sql=row.sql,
        source_id=row.source_id,
        status=status,  # type: ignore[arg-type]
        tables=tuple(row.tables),
        columns=tuple(row.columns),
        fingerprint=row.fingerprint,
        negative=row.negative,
        note=row.note,
        wins=row.wins,
        losses=row.losses,
    )


def as_term(row: TermRow) -> GlossaryTerm:
    return GlossaryTerm(
        id=row.id,
        term=row.term,
        synonyms=tuple(row.synonyms),
        kind=row.kind,  # type: ignore[arg-type]
        definition=row.definition,
        targets=tuple(row.targets),
        expression=row.expression,
    )
