"""Questions of business: the project's own words, periods, shares, the first few of each group, and how they go on."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from agents.answers.follow_ups import COARSER, follow_ups
from agents.budget import Budget, TurnLimits
from agents.deps import OpenSource, SourceProber
from agents.reasoners.base import PreviousTurn, Proposal, Question
from agents.reasoners.embedded import EmbeddedReasoner
from connectors.registry import open_connector
from connectors.sql.policy import EVERYTHING
from knowledge.base import GlossaryTerm
from knowledge.indexing import quick_knowledge
from tests.agents.embedded.conftest import Library

_FEES = GlossaryTerm(
    "t-fees", "late fees", ("penalties",), "metric", expression="sum(fine * 2)", targets=("loan",)
)
_SENIOR = GlossaryTerm("t-senior", "senior", (), "filter", expression="age >= 50", targets=("member",))


def _with_glossary(library: Library) -> Library:
    knowledge = replace(library.source.knowledge, glossary=(_FEES, _SENIOR))
    return Library(replace(library.source, knowledge=knowledge), EmbeddedReasoner())


async def test_a_metric_of_the_project_is_computed_as_the_glossary_says(library: Library) -> None:
    asked = _with_glossary(library)
    proposal = await asked.propose("late fees by branch name")
    assert proposal.plan.knowledge == ("t-fees",)
    rows = await asked.rows(proposal)
    assert sorted((row[0], row[1]) for row in rows) == [("Harbour", 7.0), ("Hill", 0.0), ("Mill", 14.0)]
    assert [link.kind for link in proposal.plan.links if link.words == "late fees"] == ["knowledge"]


async def test_a_filter_of_the_project_may_stand_anywhere(library: Library) -> None:
    asked = _with_glossary(library)
    proposal = await asked.propose("How many senior members are there?")
    assert await asked.rows(proposal) == [[2]]
    assert proposal.plan.knowledge == ("t-senior",)


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("members who have never borrowed a book", None),
        ("How many loans have not been returned?", [[3]]),
        ("number of loans per year", [["2023", 1], ["2024", 1], ["2025", 5]]),
        ("What percentage of members are from Lisbon?", [[40.0]]),
        ("books longer than 400 pages", [["Night Trains"], ["Stone and Sky"]]),
        ("members that joined since 2022", [["Ines", "Silva"], ["Paul", "Weber"], ["Sofia", "Lopes"]]),
        ("How many loans were there last month?", [[3]]),
    ],
)
async def test_plain_questions(library: Library, question: str, rows: list[list[object]] | None) -> None:
    proposal = await library.propose(question)
    answered = await library.rows(proposal)
    if rows is None:
        assert answered == [["Sofia", "Lopes"]]
    else:
        assert sorted(map(str, answered)) == sorted(map(str, rows))


async def test_shares_running_totals_and_growth(library: Library) -> None:
    shares = await library.ask("share of books by genre")
    assert {row[0]: round(float(str(row[-1]))) for row in shares} == {"nature": 17, "novel": 50, "travel": 33}
    running = await library.ask("running total of loans by year")
    assert [row[-1] for row in running] == [1, 2, 7]
    growth = await library.ask("growth of loans by year")
    assert [row[-1] for row in growth] == [None, 0.0, 400.0]


async def test_the_first_of_each_group(library: Library) -> None:
    rows = await library.ask("top 1 book per genre by number of loans")
    assert {row[0]: row[1] for row in rows if row[0] != "novel"} == {"travel": "Stone and Sky"}
    assert len(rows) == 2


async def test_a_question_back_is_about_one_thing_in_few_words(library: Library) -> None:
    thought = await library.think("Show the name")
    if isinstance(thought, Question):
        assert 2 <= len(thought.options) <= 4
        assert all(len(option.label) <= 70 for option in thought.options)


async def _dialogue(library: Library, *questions: str) -> list[list[list[object]]]:
    history: list[PreviousTurn] = []
    answers: list[list[list[object]]] = []
    for question in questions:
        thought = await library.reasoner.think(library.thinking(question, tuple(history)))
        proposal = thought.best if isinstance(thought, Question) else thought
        assert isinstance(proposal, Proposal), question
        answers.append([list(row) for row in await library.rows(proposal)])
        history.append(PreviousTurn(question, proposal.plan, tuple(proposal.sql.values())))
    return answers


async def test_follow_ups_edit_the_answer_before(library: Library) -> None:
    answers = await _dialogue(
        library,
        "How many loans were there in 2025?",
        "what about 2024?",
        "by year",
        "remove the filters",
        "go back",
    )
    assert answers[0] == [[5]]
    assert answers[1] == [[1]]
    assert answers[2] == [["2024", 1]]
    assert [row[-1] for row in answers[3]] == [1, 1, 5]
    assert answers[4] == [["2024", 1]]


async def test_pronouns_and_superlatives_of_the_answer_before(library: Library) -> None:
    answers = await _dialogue(
        library,
        "number of loans per member",
        "which one is the highest?",
        "members from Porto",
        "how many of them are older than 30",
    )
    assert answers[1][0][-1] == 3
    assert answers[3] == [[1]]


@pytest.mark.parametrize(
    "question",
    [
        "number of loans per member",
        "number of loans by year",
        "number of loans by month",
        "number of loans by quarter",
        "total fine by week",
        "total fine by day",
        "average price of books by genre",
        "books from Portugal",
    ],
)
async def test_every_follow_up_that_is_offered_changes_the_answer_as_it_says(
    library: Library, question: str
) -> None:
    before = await library.turn(question)
    prober = SourceProber(library.source, Budget(TurnLimits()))
    result = await prober.run(before.sql[-1], rows=1000)
    query = before.plan.steps[-1].query
    for chip in follow_ups(before.plan, result):
        after = (await library.propose(chip, before)).plan.steps[-1].query
        if chip.startswith("by "):
            (grain,) = (COARSER[d.grain] for d in query.dimensions if d.grain in COARSER)
            assert chip == f"by {grain} instead"
            assert [d.grain for d in after.dimensions] == [grain], chip
            assert after.measures == query.measures, chip
        elif chip.startswith("only the top"):
            assert (after.limit, after.dimensions) == (5, query.dimensions), chip
        elif chip.startswith("only "):
            assert len(after.filters) == len(query.filters) + 1, chip
        else:
            assert [m.function for m in after.measures] == ["count"], chip


async def test_which_date_counts_is_asked_and_can_be_turned_back(tmp_path: Path) -> None:
    path = tmp_path / "parcels.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE parcel (parcel_id INTEGER PRIMARY KEY, sent_on DATE, arrived_on DATE)")
    days = [("2024-12-30", "2025-01-02"), ("2025-03-01", "2025-03-04"), ("2025-12-31", None)]
    connection.executemany("INSERT INTO parcel (sent_on, arrived_on) VALUES (?, ?)", days * 4)
    connection.execute("UPDATE parcel SET arrived_on = NULL WHERE parcel_id = 2")
    connection.commit()
    connection.close()
    connector = await open_connector("sqlite", {"path": str(path)})
    knowledge = await quick_knowledge(connector, "parcels", "Parcels")
    parcels = Library(OpenSource("parcels", "Parcels", connector, knowledge, EVERYTHING))
    question = "How many parcels were there in 2025?"
    asked = await parcels.reasoner.think(parcels.thinking(question))
    assert isinstance(asked, Question)
    assert [option.label for option in asked.options] == ["Sent on", "Arrived on"]
    for option, rows in zip(asked.options, (8, 7), strict=True):
        answers = {asked.clarification_id: option.id}
        taken = await parcels.reasoner.think(parcels.thinking(question, answers=answers))
        assert isinstance(taken, Proposal)
        assert await parcels.rows(taken) == [[rows]]
        (switch,) = taken.plan.assumptions
        assert switch.chosen == option.id and len(switch.options) == 2
    await connector.close()
