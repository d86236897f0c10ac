"""What an answer shows beside what was asked, and what its plan says was left out: from the question to the rows."""

from __future__ import annotations

from agents.events import ClarificationAsked, PlanProposed, ResultReady
from agents.reasoners.embedded import EmbeddedReasoner
from agents.turn import OneTurn, ask_once
from tests.agents.embedded.conftest import Library
from tests.agents.harness import Desk


async def _asked(library: Library, question: str) -> OneTurn:
    source = library.source
    deps = Desk(source).deps(EmbeddedReasoner(), sources={source.id: source})
    return await ask_once(question, deps)


def _result(turn: OneTurn) -> ResultReady:
    return next(event for event in turn.events if isinstance(event, ResultReady))


async def test_the_first_of_a_ranking_is_shown_with_the_figure_it_is_ranked_by(library: Library) -> None:
    result = _result(await _asked(library, "Which branch has the most members?"))
    assert [column.label for column in result.columns] == ["branch name", "number of members"]
    assert [row[1] for row in result.rows] == [2]


async def test_people_are_listed_with_what_tells_them_apart(library: Library) -> None:
    result = _result(await _asked(library, "members in Lisbon"))
    assert [column.name for column in result.columns] == ["member_id", "first_name", "last_name"]
    assert {row[0] for row in result.rows} == {1, 3}


async def test_what_no_two_rows_share_needs_no_key(library: Library) -> None:
    result = _result(await _asked(library, "branches opened after 2010"))
    assert [column.name for column in result.columns] == ["name"]


async def test_a_word_that_the_plan_does_not_use_is_marked_on_it(library: Library) -> None:
    turn = await _asked(library, "How many members have joined a branch in Lisbon with a price?")
    proposed = next(event for event in turn.events if isinstance(event, PlanProposed))
    left = {link.words for link in proposed.plan.links if link.kind == "ignored" and link.reason}
    said = proposed.sql[0].lower()
    for link in proposed.plan.links:
        if link.kind in ("column", "value"):
            assert link.target.partition(" = ")[0].rpartition(".")[2].lower() in said
    assert "price" not in said and left, "what is not in the statement is marked"


async def test_what_can_only_be_a_condition_is_asked_about_and_never_left_out(library: Library) -> None:
    turn = await _asked(library, "how many books were returned late?")
    asked = [event for event in turn.events if isinstance(event, ClarificationAsked)]
    assert asked and "late" in asked[0].question
    assert not any(isinstance(event, ResultReady) for event in turn.events)


async def test_a_verb_that_says_no_more_than_the_tables_is_not_marked(library: Library) -> None:
    turn = await _asked(library, "How many members live in each branch?")
    proposed = next(event for event in turn.events if isinstance(event, PlanProposed))
    assert not [link for link in proposed.plan.links if link.kind == "ignored" and link.reason]
