"""Numbers and dates that no calendar and no column holds: a thought in any case, never a failure."""

from __future__ import annotations

import time

import pytest

from agents.reasoners.base import Proposal, Question, Refusal
from tests.agents.embedded.conftest import Library

HUGE = "9" * 400


@pytest.mark.parametrize(
    "question",
    [
        "loans in the last 99999999999999999999 days",
        "loans in the past 99999 years",
        f"top {HUGE} books by price",
        f"the {HUGE}th book",
        f"books with more than {HUGE}k pages",
        "books priced 123456789012345678901234567890",
        "loans in the last ² months",
    ],
)
async def test_numbers_out_of_all_reason(library: Library, question: str) -> None:
    assert isinstance(await library.think(question), Proposal | Question | Refusal)


async def test_a_text_without_end_costs_a_moment(library: Library) -> None:
    """Thinking happens where all chats are served, so what takes minutes here stops the whole server."""
    before = await library.turn("How many loans per branch?")
    plan = (await library.propose("How many loans per branch?")).plan
    for word in ("Lisbon ", "2025 ", "top ", "x ", "("):
        for length in (300, 2_000, 8_000):
            text = (word * length)[:length]
            began = time.monotonic()
            await library.think(text, before)
            await library.reasoner.revise(library.thinking(text), plan, text)
            answers = {"reading": text}
            await library.reasoner.think(library.thinking("loans in Lisbon", answers=answers))
            assert time.monotonic() - began < 10, (word, length)
