"""A small library: enough tables to join, dates, flags, people with two names, and values that look like words."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from agents.budget import Budget, TurnLimits
from agents.deps import OpenSource, SourceProber
from agents.reasoners.base import PreviousTurn, Proposal, Question, Thinking, Thought
from agents.reasoners.embedded import EmbeddedReasoner
from connectors.base import JsonValue
from connectors.registry import open_connector
from connectors.sql.policy import EVERYTHING
from knowledge.indexing import quick_knowledge

TODAY = date(2025, 6, 15)

_SCHEMA = """
CREATE TABLE branch (branch_id INTEGER PRIMARY KEY, name TEXT, city TEXT, opened DATE);
CREATE TABLE writer (writer_id INTEGER PRIMARY KEY, name TEXT, country TEXT, birth_year INTEGER);
CREATE TABLE book (
    book_id INTEGER PRIMARY KEY, title TEXT, writer_id INTEGER REFERENCES writer (writer_id),
    genre TEXT, pages INTEGER, price REAL, published INTEGER
);
CREATE TABLE member (
    member_id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, city TEXT, age INTEGER,
    branch_id INTEGER REFERENCES branch (branch_id), joined DATE
);
CREATE TABLE loan (
    loan_id INTEGER PRIMARY KEY, member_id INTEGER REFERENCES member (member_id),
    book_id INTEGER REFERENCES book (book_id), loaned_on DATE, returned_on DATE, fine REAL
);
"""
_BRANCHES = [
    (1, "Harbour", "Lisbon", "2001-04-01"),
    (2, "Hill", "Porto", "2015-09-12"),
    (3, "Mill", "Braga", "2021-02-02"),
]
_WRITERS = [
    (1, "Ada Brandt", "Germany", 1950), (2, "Luis Prado", "Portugal", 1961), (3, "Mina Okafor", "Nigeria", 1975),
    (4, "Jean Moreau", "France", 1948), (5, "Yuki Tan", "Japan", 1988),
]  # fmt: skip
_BOOKS = [
    (1, "Salt Roads", 1, "travel", 320, 18.5, 1999), (2, "The Quiet Mill", 2, "novel", 210, 12.0, 2005),
    (3, "Night Trains", 2, "novel", 415, 21.0, 2011), (4, "Small Gardens", 3, "nature", 150, 9.5, 2018),
    (5, "Letters Home", 3, "novel", 280, 14.0, 2020), (6, "Stone and Sky", 4, "travel", 505, 30.0, 1987),
]  # fmt: skip
_MEMBERS = [
    (1, "Rita", "Lopes", "Lisbon", 34, 1, "2019-03-04"), (2, "Tom", "Reis", "Porto", 51, 2, "2020-11-20"),
    (3, "Ines", "Silva", "Lisbon", 19, 1, "2024-01-15"), (4, "Paul", "Weber", "Braga", 67, 3, "2022-07-07"),
    (5, "Sofia", "Lopes", "Porto", 28, 2, "2025-02-01"),
]  # fmt: skip
_LOANS = [
    (1, 1, 2, "2024-12-03", "2024-12-20", 0.0), (2, 1, 3, "2025-01-10", "2025-02-10", 2.5),
    (3, 2, 3, "2025-03-02", None, 0.0), (4, 3, 5, "2025-05-05", "2025-05-20", 0.0),
    (5, 3, 2, "2025-05-21", None, 0.0), (6, 4, 6, "2023-08-08", "2023-09-30", 7.0),
    (7, 1, 5, "2025-05-30", None, 1.0),
]  # fmt: skip


@dataclass
class Library:
    """A reasoner with the library's data, asked like a person would."""

    source: OpenSource
    reasoner: EmbeddedReasoner = field(default_factory=EmbeddedReasoner)

    def thinking(
        self, question: str, history: tuple[PreviousTurn, ...] = (), answers: dict[str, str] | None = None
    ) -> Thinking:
        prober = SourceProber(self.source, Budget(TurnLimits()))
        sources, probers = {self.source.id: self.source.knowledge}, {self.source.id: prober}
        return Thinking(question, sources, probers, TODAY, history, answers or {})

    async def think(self, question: str, *earlier: PreviousTurn) -> Thought:
        return await self.reasoner.think(self.thinking(question, earlier))

    async def propose(self, question: str, *earlier: PreviousTurn) -> Proposal:
        """The proposal, or the best guess of a question back."""
        thought = await self.think(question, *earlier)
        if isinstance(thought, Question):
            assert thought.best is not None
            return thought.best
        assert isinstance(thought, Proposal), thought
        return thought

    async def rows(self, proposal: Proposal) -> list[list[JsonValue]]:
        prober = SourceProber(self.source, Budget(TurnLimits()))
        result = await prober.run(next(iter(proposal.sql.values())), rows=1000)
        return [list(row) for row in result.rows]

    async def ask(self, question: str, *earlier: PreviousTurn) -> list[list[JsonValue]]:
        return await self.rows(await self.propose(question, *earlier))

    async def turn(self, question: str, *earlier: PreviousTurn) -> PreviousTurn:
        proposal = await self.propose(question, *earlier)
        return PreviousTurn(question, proposal.plan, tuple(proposal.sql.values()))


def build(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(_SCHEMA)
    for table, rows in (
        ("branch", _BRANCHES),
        ("writer", _WRITERS),
        ("book", _BOOKS),
        ("member", _MEMBERS),
        ("loan", _LOANS),
    ):
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    connection.commit()
    connection.close()


@pytest.fixture(scope="session")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Library]:
    path = tmp_path_factory.mktemp("library") / "library.sqlite"
    build(path)
    connector = await open_connector("sqlite", {"path": str(path)})
    knowledge = await quick_knowledge(connector, "library", "Library")
    yield Library(OpenSource("library", "Library", connector, knowledge, EVERYTHING))
    await connector.close()
