"""Follow-ups are edits of the answer before: what is not said stays."""

from __future__ import annotations

import pytest

from agents.reasoners.base import Proposal
from connectors.base import JsonValue
from tests.agents.embedded.conftest import Library

CASES: list[tuple[str, str, list[list[JsonValue]]]] = [
    ("Show the first name of members living in Lisbon", "only those older than 30", [["Rita"]]),
    ("Show the first name of members living in Lisbon", "sort by age", [["Ines"], ["Rita"]]),
    ("Show the first name of members living in Lisbon", "what about Porto", [["Tom"], ["Sofia"]]),
    ("Show the first name of members living in Lisbon", "and their age", [["Rita", 34], ["Ines", 19]]),
    ("Show the first name of members living in Lisbon", "how many are there?", [[2]]),
    (
        "Show the titles of all novels",
        "which of those have more than 250 pages?",
        [["Night Trains"], ["Letters Home"]],
    ),
    ("How many loans were made in 2025?", "what about 2023", [[1]]),
    ("How many books are there for each genre?", "not the novels", [["nature", 1], ["travel", 2]]),
    ("What is the average price of novels?", "what about travel", [[24.25]]),
    ("Show the titles of all books", "only the top 2", []),
]


@pytest.mark.parametrize(("question", "words", "expected"), CASES, ids=[f"{q} / {w}" for q, w, _ in CASES])
async def test_the_edit_is_right(
    library: Library, question: str, words: str, expected: list[list[JsonValue]]
) -> None:
    before = await library.turn(question)
    proposal = await library.propose(words, before)
    assert proposal.route == "follow_up"
    rows = await library.rows(proposal)
    if not expected:
        assert len(rows) == 2
        return
    assert sorted(rows, key=repr) == sorted(expected, key=repr)


async def test_sorting_sorts(library: Library) -> None:
    before = await library.turn("Show the first name of members living in Lisbon")
    assert await library.ask("sort by age descending", before) == [["Rita"], ["Ines"]]


async def test_a_new_topic_is_a_new_question(library: Library) -> None:
    before = await library.turn("Show the first name of members living in Lisbon")
    proposal = await library.propose("How many writers are there?", before)
    assert proposal.route == "plan"
    assert await library.rows(proposal) == [[5]]


async def test_going_back(library: Library) -> None:
    first = await library.turn("How many writers are there?")
    second = await library.turn("How many members are there?", first)
    thought = await library.think("go back", first, second)
    assert isinstance(thought, Proposal)
    assert await library.rows(thought) == [[5]]
    assert thought.plan == first.plan


async def test_a_plan_is_revised_in_words(library: Library) -> None:
    proposal = await library.propose("Show the first name of members living in Lisbon")
    thinking = library.thinking("Show the first name of members living in Lisbon")
    changed = await library.reasoner.revise(thinking, proposal.plan, "only those older than 30")
    assert isinstance(changed, Proposal)
    assert changed.route == "plan"
    assert await library.rows(changed) == [["Rita"]]
