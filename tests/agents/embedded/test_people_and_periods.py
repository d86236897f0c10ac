"""People without the name of their table, deeds with their periods, and two periods beside each other."""

from __future__ import annotations

import pytest

from agents.reasoners.base import Proposal
from tests.agents.embedded.conftest import Library


async def test_who_is_one_of_the_people_and_can_be_switched(library: Library) -> None:
    proposal = await library.propose("Who has the most loans?")
    assert await library.rows(proposal) == [["Rita", "Lopes"]]


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("members without loans in 2024", {"Tom", "Ines", "Paul", "Sofia"}),
        ("members with loans in 2024", {"Rita"}),
        ("members older than average", {"Tom", "Paul"}),
    ],
)
async def test_a_period_is_about_what_stands_before_it(
    library: Library, question: str, names: set[str]
) -> None:
    proposal = await library.propose(question)
    assert {row[0] for row in await library.rows(proposal)} == names


async def test_two_periods_are_set_side_by_side(library: Library) -> None:
    proposal = await library.propose("number of loans in 2024 versus 2025")
    assert [str(row[0]) for row in await library.rows(proposal)] == ["2024", "2025"]


async def test_the_year_of_birth_is_no_age(library: Library) -> None:
    """The oldest writer has the earliest year; and nobody is born after the year 60."""
    proposal = await library.propose("Who is the oldest writer?")
    assert await library.rows(proposal) == [["Jean Moreau"]]
    thought = await library.think("writers older than 60")
    assert not (isinstance(thought, Proposal) and thought.label != "check_this")
