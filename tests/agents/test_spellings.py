"""One value in several spellings: a condition that names one of them leaves rows out."""

from __future__ import annotations

import pytest

from agents.checks.spellings import are_twins


@pytest.mark.parametrize(
    ("one", "other"),
    [("cancelled", "canceled"), ("Paris", "paris "), ("New York", "NewYork"), ("Barcelona", "Barcellona")],
)
def test_one_value_spelled_twice(one: str, other: str) -> None:
    assert are_twins(one, other)
    assert are_twins(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paid", "paid"), ("open", "opens"), ("model 1", "model 2"), ("Austria", "Australia"), ("male", "female"),
        ("2024-01", "2024-02"), ("red", "reds"), ("shipped", "snipped off"), ("order", "border"),
    ],
)  # fmt: skip
def test_two_values(one: str, other: str) -> None:
    assert not are_twins(one, other)
