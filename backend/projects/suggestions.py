"""Questions to begin with: those people already approved, then some that the indexed tables surely can answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from sqlalchemy.ext.asyncio import AsyncSession

from backend.datasources.library import Library
from backend.datasources.repository import DatasourceRepository
from backend.knowledge.repository import PatternRepository
from backend.projects.repository import ProjectRepository
from connectors.base import Column, Table, TypeFamily
from knowledge.base import ColumnKind, IndexMissing, SourceKnowledge
from knowledge.text import split_identifier

MOST = 6
FROM_PATTERNS = 3
BOOKKEEPING = frozenset({"update", "updated", "modified", "changed"})
"""Words of moments that tell about the row and not about what it stands for."""
GROUPS = 40
"""More groups than this make no answer to begin with."""


async def suggest(session: AsyncSession, library: Library, project_id: str, reader_id: str) -> list[str]:
    """Only what this reader could ask: no question of somebody else's tables or values."""
    approved = [p for p in await PatternRepository(session).active(project_id) if not p.negative]
    source_ids = await ProjectRepository(session).source_ids(project_id)
    known: list[str] = []
    fresh: list[list[str]] = []
    for row in await DatasourceRepository(session).by_ids(source_ids):
        try:
            access = await library.access(row, reader_id)
        except IndexMissing:
            continue
        known += [p.question for p in approved if p.source_id == row.id and access.shows(p)]
        fresh.append(from_knowledge(await library.knowledge(row, access)))
    return list(dict.fromkeys([*list(dict.fromkeys(known))[:FROM_PATTERNS], *in_turns(fresh)]))[:MOST]


def in_turns(offered: Sequence[Sequence[str]]) -> list[str]:
    """One question of each source after the other, the source added last first: it is what people came to ask about."""
    rounds = zip_longest(*reversed(offered), fillvalue="")
    return [question for questions in rounds for question in questions if question]


def from_knowledge(knowledge: SourceKnowledge) -> list[str]:
    """Of the biggest tables one question each, of kinds that take turns, before the second of any."""
    tables = sorted(knowledge.schema.tables, key=lambda table: -(table.row_estimate or 0))
    told = [Told.of(table, knowledge) for table in tables if not (table.is_view or _only_links(table))]
    rounds = zip_longest(*(told_table.questions(turn) for turn, told_table in enumerate(told[:MOST])))
    offered = [question for questions in rounds for question in questions if question][:MOST]
    return sorted(offered, key=_is_bare_count)  # what says most comes first


def _is_bare_count(question: str) -> bool:
    return question.endswith(" are there?")


@dataclass(frozen=True, slots=True)
class Told:
    """What a table's profiles offer to ask about, in words."""

    things: str
    groups: list[str]
    measures: list[str]
    dates: list[str]
    year: str
    """The last whole year of its first date."""

    @classmethod
    def of(cls, table: Table, knowledge: SourceKnowledge) -> Told:
        things = words(table.name)

        def named(*kinds: ColumnKind) -> list[Column]:
            return [
                column
                for column in table.columns
                if (profile := knowledge.profiles.get((table.full_name, column.name))) is not None
                and profile.kind in kinds
                and not profile.personal
            ]

        def distinct(column: Column) -> int:
            return knowledge.profiles[table.full_name, column.name].distinct or 0

        groups = [
            column
            for column in named(ColumnKind.category)
            if column.family is TypeFamily.text
            and 1 < distinct(column) <= GROUPS
            and words(column.name) != things
        ]
        measures = named(ColumnKind.measure)
        dates = [
            column
            for column in named(ColumnKind.date)
            if not BOOKKEEPING & set(split_identifier(column.name))
        ]
        return cls(
            plural(things),
            [words(column.name) for column in groups],
            [words(column.name) for column in measures],
            [words(column.name) for column in dates],
            _last_whole_year(table, dates, knowledge),
        )

    def questions(self, turn: int) -> Iterator[str]:
        """`turn` says which kind comes first."""
        kinds = [*self._kinds()]
        turn = turn % len(kinds)
        yield from (question for question in (*kinds[turn:], *kinds[:turn]) if question)

    def _kinds(self) -> Iterator[str]:
        group, measure = (self.groups or [""])[0], (self.measures or [""])[0]
        yield f"How many {self.things} are there for each {group}?" if group else ""
        yield (
            f"How many {self.things} per month in {self.year}?" if len(self.dates) == 1 and self.year else ""
        )
        yield f"What is the average {measure} of {self.things} by {group}?" if measure and group else ""
        yield f"Which {group} has the most {self.things}?" if group else ""
        yield f"How many {self.things} are there?"


def _last_whole_year(table: Table, dates: list[Column], knowledge: SourceKnowledge) -> str:
    profile = knowledge.profiles.get((table.full_name, dates[0].name)) if dates else None
    first, last = (
        (str(value)[:4] for value in (profile.min, profile.max)) if profile is not None else ("", "")
    )
    if not (first.isdigit() and last.isdigit()):
        return ""
    return str(max(int(first), int(last) - 1))


def _only_links(table: Table) -> bool:
    """A table of pairs: nobody asks how many."""
    keyed = {name for key in table.foreign_keys for name in key.columns}
    return len(table.primary_key) > 1 and set(table.primary_key) <= keyed


def words(name: str) -> str:
    return " ".join(split_identifier(name))


def plural(things: str) -> str:
    if things.endswith("ss"):
        return things + "es"
    if things.endswith(("s", "data", "inventory", "staff", "people")):
        return things
    return things[:-1] + "ies" if things.endswith("y") and things[-2:-1] not in "aeiou" else things + "s"
