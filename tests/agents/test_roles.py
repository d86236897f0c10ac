"""What can be reached in several ways is asked about, unless the words, the distance or the rows settle it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from langgraph.checkpoint.memory import InMemorySaver

from agents.budget import Budget
from agents.deps import OpenSource
from agents.events import AgentEvent, ClarificationAsked, PlanProposed, ResultReady
from agents.reasoners.embedded import EmbeddedReasoner
from agents.replies import ClarifyAnswer, ConfirmAnswer
from agents.turn import TurnRunner
from connectors.base import Limits
from connectors.registry import open_connector
from connectors.sql.policy import EVERYTHING
from knowledge.indexing import quick_knowledge
from tests.agents.harness import Desk, play

_SALON = """
CREATE TABLE branch (branch_id INTEGER PRIMARY KEY, name TEXT NOT NULL, town TEXT NOT NULL, district TEXT NOT NULL);
CREATE TABLE guest (guest_id INTEGER PRIMARY KEY, full_name TEXT NOT NULL, town TEXT NOT NULL,
                    branch_id INTEGER NOT NULL REFERENCES branch);
CREATE TABLE stylist (stylist_id INTEGER PRIMARY KEY, full_name TEXT NOT NULL, branch_id INTEGER NOT NULL REFERENCES branch);
CREATE TABLE visit (visit_id INTEGER PRIMARY KEY, guest_id INTEGER NOT NULL REFERENCES guest,
                    stylist_id INTEGER NOT NULL REFERENCES stylist, visited_on DATE NOT NULL, billing_town TEXT NOT NULL,
                    fee INTEGER NOT NULL);
INSERT INTO branch VALUES (1, 'Harbour', 'Lund', 'South'), (2, 'Castle', 'Oslo', 'North'), (3, 'Mill', 'Turku', 'South');
"""
"""A visit leads to a branch over its guest and over its stylist; a town is the guest's, the branch's, or that of the bill."""


@pytest_asyncio.fixture(scope="module")
async def salon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenSource]:
    path = tmp_path_factory.mktemp("salon") / "salon.sqlite"
    _build(path)
    connector = await open_connector("sqlite", {"path": str(path)})
    knowledge = await quick_knowledge(connector, "salon", "Salon")
    yield OpenSource("salon", "Salon", connector, knowledge, EVERYTHING)
    await connector.close()


def _build(path: Path) -> None:
    towns = ("Lund", "Oslo", "Turku")
    with sqlite3.connect(path) as database:
        database.executescript(_SALON)
        database.executemany(
            "INSERT INTO guest VALUES (?, ?, ?, ?)",
            [(n, f"Guest {n}", towns[n % 3], n % 3 + 1) for n in range(1, 31)],
        )
        database.executemany(
            "INSERT INTO stylist VALUES (?, ?, ?)", [(n, f"Stylist {n}", n % 2 + 1) for n in range(1, 7)]
        )
        database.executemany(
            "INSERT INTO visit VALUES (?, ?, ?, ?, ?, ?)",
            [
                (n, n % 30 + 1, n % 6 + 1, f"2026-0{n % 9 + 1}-11", towns[(n % 30 + 1) % 3], 20 + n % 7)
                for n in range(1, 121)
            ],
        )
    database.close()


class Chat:
    def __init__(self, source: OpenSource) -> None:
        self.runner = TurnRunner(InMemorySaver())
        self.deps = Desk(source).deps(EmbeddedReasoner(), sources={source.id: source}, budget=Budget())

    async def ask(self, question: str) -> list[AgentEvent]:
        return (await play(self.runner.start("t1", question, self.deps)))[0]

    async def choose(self, asked: ClarificationAsked, option_id: str) -> list[AgentEvent]:
        answer = ClarifyAnswer(clarification_id=asked.clarification_id, option_id=option_id)
        return (await play(self.runner.resume("t1", answer, self.deps)))[0]

    async def confirm(self, plan: PlanProposed) -> list[AgentEvent]:
        answer = ConfirmAnswer(revision=plan.revision)
        return (await play(self.runner.resume("t1", answer, self.deps)))[0]


def _one(events: list[AgentEvent], kind: type[AgentEvent]) -> AgentEvent | None:
    return next((event for event in events if isinstance(event, kind)), None)


async def test_a_table_that_two_ways_lead_to_is_asked_about_and_each_way_gives_its_rows(
    salon: OpenSource,
) -> None:
    over = {
        "guest": "SELECT b.name, SUM(v.fee) FROM visit v JOIN guest USING (guest_id) JOIN branch b USING (branch_id) GROUP BY 1",
        "stylist": "SELECT b.name, SUM(v.fee) FROM visit v JOIN stylist USING (stylist_id) JOIN branch b USING (branch_id) GROUP BY 1",
    }
    for way, sql in over.items():
        chat = Chat(salon)
        asked = _one(await chat.ask("total fee of each branch"), ClarificationAsked)
        assert isinstance(asked, ClarificationAsked)
        assert {option.label for option in asked.options} == {"branch of guest", "branch of stylist"}
        chosen = next(option.id for option in asked.options if option.label == f"branch of {way}")
        plan = _one(await chat.choose(asked, chosen), PlanProposed)
        assert isinstance(plan, PlanProposed)
        ready = _one(await chat.confirm(plan), ResultReady)
        assert isinstance(ready, ResultReady)
        wanted = await salon.connector.run(salon.admit(sql), Limits())
        assert sorted(map(tuple, ready.rows)) == sorted(map(tuple, wanted.rows))


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("total fee by branch of the stylist", {"visit", "stylist", "branch"}),
        ("number of guests in each branch", {"guest", "branch"}),
        ("total fee by guest town", {"visit", "guest"}),
    ],
)
async def test_words_and_the_nearest_way_settle_it(question: str, read: set[str], salon: OpenSource) -> None:
    events = await Chat(salon).ask(question)
    plan = _one(events, PlanProposed)
    assert isinstance(plan, PlanProposed) and _one(events, ClarificationAsked) is None
    assert salon.admit(plan.sql[0]).tables == read


async def test_columns_of_one_kind_are_asked_about_but_not_those_that_say_the_same(salon: OpenSource) -> None:
    asked = _one(await Chat(salon).ask("number of visits by town"), ClarificationAsked)
    assert asked is None, "every bill has the guest's own town, and a branch lies farther away"


async def test_a_value_next_to_its_owner_is_the_owners(salon: OpenSource) -> None:
    plan = _one(await Chat(salon).ask("How many visits did guests from Oslo have?"), PlanProposed)
    assert isinstance(plan, PlanProposed)
    assert "guest.town = 'Oslo'" in plan.sql[0].replace('"', "")
