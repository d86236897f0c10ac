from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.base import Limits, QueryResult, SafeSql
from connectors.errors import EngineUnavailable
from connectors.sql.policy import ReadPolicy
from connectors.sqlite import SqliteConnector
from knowledge.base import GlossaryTerm, Pattern, SourceKnowledge
from knowledge.grants import reader_of
from knowledge.indexing import IndexOptions, index_source, quick_knowledge
from knowledge.patterns import SAME_QUESTION
from knowledge.profiles import ValuePolicy
from knowledge.source_index import IndexUnreadable, SourceIndex
from knowledge.source_knowledge import PreparedSource, source_knowledge
from tests.knowledge.sources import build_club, opened


@pytest.fixture
def club(tmp_path: Path) -> Path:
    build_club(tmp_path / "club.sqlite")
    return tmp_path / "club.sqlite"


class Counted(SqliteConnector):
    """Counts statements, and fails or waits before them when told to."""

    statements: list[str]
    fail_after: int = 1_000_000

    async def run(self, sql: SafeSql, limits: Limits) -> QueryResult:
        self.statements.append(sql.text)
        if len(self.statements) > self.fail_after:
            raise EngineUnavailable("The engine went away.")
        return await super().run(sql, limits)


async def counted(path: Path) -> Counted:
    connector = await Counted.open({"path": str(path)})
    assert isinstance(connector, Counted)
    connector.statements = []
    return connector


async def test_everything_about_a_source_at_once(club: Path) -> None:
    async with opened("sqlite", club) as connector:
        known = await quick_knowledge(connector, "s1", "Club")
    assert known.dialect == "sqlite"
    assert {table.name for table in known.schema.tables} == {"team", "player", "match", "ticket", "goals"}
    table = known.schema.table("ticket")
    assert table is not None and table.row_estimate == 300
    assert known.values.find("sao tome")[0].value == "São Tomé"
    roles = {edge.role for edge in known.joins.between("match", "team")}
    assert roles == {"home team", "away team"}
    (ticket,) = known.joins.between("ticket", "match")
    assert not ticket.declared
    hits = await known.retriever.schema("which players are goalkeepers")
    assert hits[0].table == "player"


async def test_small_tables_cost_one_statement_and_unchanged_ones_none(club: Path) -> None:
    connector = await counted(club)
    first = await index_source(connector)
    assert len(connector.statements) == 5
    connector.statements.clear()
    again = await index_source(connector, previous=SourceIndex.from_json(first.to_json()))
    assert connector.statements == []
    assert replace(again, indexed_at="", values=first.values) == replace(first, indexed_at="")
    assert again.values.to_plain() == first.values.to_plain()
    await connector.close()


async def test_only_changed_tables_are_looked_at_again(club: Path) -> None:
    connector = await counted(club)
    first = await index_source(connector)
    await connector.close()
    with sqlite3.connect(club) as database:
        database.executescript(
            "ALTER TABLE ticket ADD COLUMN sold INTEGER; DROP VIEW goals; CREATE TABLE fan (id INTEGER);"
        )
    database.close()
    connector = await counted(club)
    second = await index_source(connector, previous=first)
    await connector.close()
    assert len(connector.statements) == 2
    assert ("ticket", "sold") in second.profiles
    assert ("goals", "total") not in second.profiles
    assert second.tables["player"] == first.tables["player"]
    assert second.fingerprint != first.fingerprint


async def test_another_value_policy_looks_at_everything_again(club: Path) -> None:
    async with opened("sqlite", club) as connector:
        first = await index_source(connector)
        strict = await index_source(connector, previous=first, options=IndexOptions(values=ValuePolicy.none))
    assert len(strict.values) == 0
    assert "Porto" not in strict.to_json()


async def test_progress_is_told_table_by_table(club: Path) -> None:
    told: list[tuple[str, int, int, str]] = []
    async with opened("sqlite", club) as connector:
        await index_source(connector, progress=lambda *step: told.append(step))
    assert [step[0] for step in told][:2] == ["schema", "schema"]
    assert [step[1:3] for step in told if step[0] == "tables"] == [(n, 5) for n in range(6)]
    assert {step[3] for step in told if step[3]} == {"team", "player", "match", "ticket", "goals"}
    assert told[-1] == ("done", 5, 5, "")


async def test_a_lost_engine_ends_the_run_with_its_own_error(club: Path) -> None:
    connector = await counted(club)
    connector.fail_after = 2
    with pytest.raises(EngineUnavailable):
        await index_source(connector)
    await connector.close()


async def test_a_run_can_be_cancelled(club: Path) -> None:
    with sqlite3.connect(club) as database:
        database.execute(
            "CREATE VIEW endless AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT i FROM n WHERE i < 0"
        )
    database.close()
    async with opened("sqlite", club) as connector:
        task = asyncio.create_task(index_source(connector))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await connector.schema()).tables, "the connection is usable afterwards"


async def test_no_time_left_still_gives_a_schema(club: Path) -> None:
    async with opened("sqlite", club) as connector:
        index = await index_source(connector, options=IndexOptions(seconds=0))
        assert len(index.problems) == 5
        assert index.profiles["player", "team_id"].kind == "id"
        later = await index_source(connector, previous=index)
    assert not later.problems
    assert later.profiles["player", "team_id"].distinct == 6


def test_damaged_index_data_is_refused() -> None:
    for text in ("", "{}", "[]", '{"format": 99}', '{"format": 1, "schema": 3}'):
        with pytest.raises(IndexUnreadable):
            SourceIndex.from_json(text)


async def restricted(club: Path) -> SourceKnowledge:
    async with opened("sqlite", club) as connector:
        index = await index_source(connector, options=IndexOptions(values=ValuePolicy.all))
    policy = ReadPolicy(
        tables=frozenset({"player", "team", "match"}),
        columns={
            "player": frozenset({"id", "team_id", "position"}),
            "match": frozenset({"id", "away_team_id"}),
        },
    )
    patterns = [
        Pattern("p1", "How many players are there?", "SELECT COUNT(*) FROM player", "s1", tables=("player",)),
        Pattern("p2", "How many tickets are there?", "SELECT COUNT(*) FROM ticket", "s1", tables=("ticket",)),
        Pattern(
            "p3", "What are the players' mails?", "SELECT email FROM player", "s1", columns=("player.email",)
        ),
    ]
    terms = [
        GlossaryTerm("g1", "squad", targets=("player",)),
        GlossaryTerm("g2", "sales", targets=("ticket.price",)),
    ]
    prepared = await PreparedSource.build(
        index, descriptions={"ticket": "Seats sold", "player": "Squad members"}
    )
    return prepared.knowledge(
        source_id="s1",
        source_name="Club",
        may_read=reader_of(policy, index.schema),
        glossary=terms,
        patterns=patterns,
    )


async def test_a_reader_knows_nothing_of_what_is_not_granted(club: Path) -> None:
    known = await restricted(club)
    assert {table.name for table in known.schema.tables} == {"team", "player", "match"}
    player = known.schema.table("player")
    assert player is not None and {column.name for column in player.columns} == {"id", "team_id", "position"}
    assert [key.columns for key in player.foreign_keys] == [("team_id",)]
    assert ("player", "email") not in known.profiles
    assert known.values.find("player5@example.org", fuzzy=False) == []
    assert [edge.role for edge in known.joins.between("match", "team")] == ["away team"]
    assert known.joins.trees(["ticket", "match"]) == ()
    assert [term.id for term in known.glossary] == ["g1"]
    assert set(known.descriptions) == {"player"}
    for question in (
        "ticket prices by seat",
        "e-mail of players",
        "home team goals",
        "tickets sold at the seats",
    ):
        for hit in await known.retriever.schema(question, 100):
            assert hit.table in {"team", "player", "match"}
            assert hit.column in {
                "",
                "id",
                "team_id",
                "position",
                "away_team_id",
                "name",
                "city",
                "founded_year",
            }
        for match in await known.retriever.patterns(question):
            assert match.pattern.id == "p1"


async def test_patterns_glossary_and_descriptions_help_retrieval(club: Path) -> None:
    known = await restricted(club)
    (match,) = await known.retriever.patterns("how many players are captains")
    assert match.pattern.id == "p1"
    assert match.score < SAME_QUESTION
    (same,) = await known.retriever.patterns("Number of players?")
    assert same.score >= SAME_QUESTION
    assert (await known.retriever.schema("who is in the squad"))[0].table == "player"


async def test_an_empty_database_is_indexed(tmp_path: Path) -> None:
    path = tmp_path / "empty.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 1")
    database.close()
    async with opened("sqlite", path) as connector:
        index = await index_source(connector)
    known = await source_knowledge(index, source_id="s", source_name="Empty")
    assert known.schema.tables == ()
    assert await known.retriever.schema("anything") == []
    assert known.values.find("anything") == []
