"""Numbers and dates that no calendar and no column holds: a thought in any case, never a failure."""

from __future__ import annotations

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
