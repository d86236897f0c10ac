"""Conversations: what leans on the answer before is told from what stands by itself, and every word of it counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.plan import Plan
from agents.reasoners.base import PreviousTurn, Proposal, Question
from agents.reasoners.embedded.dialogue.discount import Discount, without_discount
from agents.reasoners.embedded.dialogue.leaning import completed, marks
from connectors.base import JsonValue
from connectors.sql.readings.parse import from_sql
from connectors.sql.readings.render import to_sql
from tests.agents.embedded.conftest import Library

Rows = list[list[JsonValue]]


async def _asked(library: Library, *questions: str) -> list[tuple[Proposal, Rows]]:
    history: list[PreviousTurn] = []
    answers = []
    for question in questions:
        thought = await library.reasoner.think(library.thinking(question, tuple(history)))
        proposal = thought.best if isinstance(thought, Question) else thought
        assert isinstance(proposal, Proposal), question
        answers.append((proposal, await library.rows(proposal)))
        history.append(PreviousTurn(question, proposal.plan, tuple(proposal.sql.values())))
    return answers


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("How many of them are older than 30?", "how many members are older than 30?"),
        ("What is their average age?", "What is the average age of the members?"),
        ("Of these, which are from Porto?", "which members are from Porto?"),
        ("And how many are there?", "how many members are there?"),
        ("Which is the oldest one?", "Which members is the oldest?"),
        ("Which have more than one?", "Which members have more than one?"),
        ("What about the ones from Braga?", "the members from Braga?"),
    ],
)
def test_what_a_question_leaves_out_is_put_in_words(said: str, meant: str) -> None:
    assert completed(said, "members", named=False) == meant


def test_an_empty_there_points_at_nothing() -> None:
    assert "single" not in marks("How many branches are there in all?")
    assert "single" in marks("What does it cost?")


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        (
            "How many books are there for each genre?",
            "only those with more than 1",
            [["novel", 3], ["travel", 2]],
        ),
        ("Show the titles of all novels", "how many of them cost more than 13?", [[2]]),
        ("How many loans were made in 2025?", "and in 2024?", [[1]]),
        ("Show the first name of members from Lisbon", "not those older than 30", [["Ines"]]),
        ("Show the first name of members from Lisbon", "What is their average age?", [[26.5]]),
        ("Which books have more than 400 pages?", "and those below 200?", [["Small Gardens"]]),
        ("Show the title and price of all books", "Which is the cheapest one?", [["Small Gardens"]]),
    ],
)
async def test_a_follow_up_keeps_what_it_leans_on(
    library: Library, first: str, then: str, expected: Rows
) -> None:
    answers = await _asked(library, first, then)
    assert sorted(answers[1][1], key=repr) == sorted(expected, key=repr)


async def test_a_conversation_of_ten_turns(library: Library) -> None:
    answers = await _asked(
        library,
        "How many loans were there in 2025?",
        "and the year before?",
        "what about 2025?",
        "by month",
        "which month was the best?",
        "by branch name instead",
        "only the top 1",
        "Which members are from Lisbon?",
        "not those older than 30",
        "how many are there?",
    )
    rows = [found for _, found in answers]
    assert rows[:3] == [[[5]], [[1]], [[5]]]
    assert [row[-1] for row in rows[3]] == [1, 1, 3]
    assert rows[4] == [["2025-05", 3]]
    assert rows[6] == [["Harbour", 4]]
    assert rows[7] == [["Rita", "Lopes"], ["Ines", "Silva"]]
    assert rows[8] == [["Ines", "Silva"]]
    assert rows[9] == [[1]]


async def test_an_excluded_period_is_excluded(library: Library) -> None:
    answers = await _asked(library, "How many loans were there?", "not the ones from 2025")
    assert answers[1][1] == [[2]]


@pytest.mark.parametrize(
    ("words", "loans"),
    [("and the quarter before?", 1), ("what about the previous year?", 0), ("the period before", 1)],
)
async def test_the_period_before_is_as_long(library: Library, words: str, loans: int) -> None:
    answers = await _asked(library, "How many loans were there last quarter?", words)
    assert answers[0][1] == [[2]]
    assert answers[1][1] == [[loans]]


async def test_another_question_is_not_taken_for_an_edit(library: Library) -> None:
    answers = await _asked(
        library, "Show the first name of members from Lisbon", "Which writers are from France?"
    )
    assert answers[1][0].route == "plan"
    assert answers[1][1] == [["Jean Moreau"]]


async def test_nothing_is_surer_than_what_it_goes_on_from(library: Library) -> None:
    before = await library.turn("Show the first name of members from Lisbon")
    doubted = replace(before, plan=before.plan.model_copy(update={"confidence": 0.4}))
    sure = await library.propose("only those older than 30", before)
    unsure = await library.propose("only those older than 30", doubted)
    assert unsure.confidence <= 0.4 < sure.confidence


async def test_a_word_without_use_leaves_a_doubt(library: Library) -> None:
    before = await library.turn("Show the first name of members from Lisbon")
    proposal = await library.propose("only the grumpy ones older than 30", before)
    assert proposal.confidence < 0.8
    assert proposal.label == "check_this"


def _relabelled(plan: Plan, label: str) -> Plan:
    (step,) = plan.steps
    (measure,) = step.query.measures
    query = step.query.model_copy(update={"measures": (measure.model_copy(update={"label": label}),)})
    return plan.model_copy(update={"steps": (step.model_copy(update={"query": query}),)})


async def test_a_name_that_a_person_gave_stays(library: Library) -> None:
    proposal = await library.propose("How many books are there for each genre?")
    plan = _relabelled(proposal.plan, "titles on the shelf")
    changed = await library.reasoner.revise(
        library.thinking(plan.question), plan, "only those with more than 1"
    )
    assert isinstance(changed, Proposal)
    (measure,) = changed.plan.steps[0].query.measures
    assert measure.label == "titles on the shelf"
    assert "titles_on_the_shelf" in changed.sql["s1"]
    assert sorted(map(repr, await library.rows(changed))) == ["['novel', 3]", "['travel', 2]"]


async def test_sums_after_discounts_stay_after_discounts(library: Library) -> None:
    schema = library.source.knowledge.schema
    sql = "SELECT sum(book.price * book.pages * (1 - book.published)) FROM book"
    full, discount = without_discount(from_sql(sql, "sqlite", schema))
    assert discount == Discount("price", "published")
    assert "published" not in to_sql(full, "sqlite")
    assert to_sql(discount.put_back(full), "sqlite") == to_sql(from_sql(sql, "sqlite", schema), "sqlite")
