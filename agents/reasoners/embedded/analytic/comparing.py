"""Two periods beside each other: "revenue this year compared to last year", "orders in 2024 versus 2025"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.reasoners.embedded.analytic.periods import period_of
from agents.reasoners.embedded.analytic.read import Reader
from agents.reasoners.embedded.analytic.said import Limit, Split
from agents.reasoners.embedded.chunks import Chunk
from knowledge.question_words import period

_BEFORE = frozenset({"previous", "prior", "preceding"})
"""Beside another period, the one before that and not the one before today's."""


def two_periods(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """Both are said; they must follow upon each other, so that no row of a third one is shown."""
    said = [chunk for letter, chunk in zip(letters, chunks, strict=True) if letter in "DY"]
    if said[-1].text.lower().split()[0] in _BEFORE:
        return with_the_one_before(reader, letters, chunks)
    return _compared(reader, said[0], said[-1])


def with_the_one_before(reader: Reader, letters: str, chunks: Sequence[Chunk]) -> bool:
    """ "last quarter compared to the quarter before", "2025 compared to the previous year"."""
    mention = chunks[0].mentions[0]
    span = period_of(chunks[0])
    if span is None:
        return False
    start, _ = period(span[0], _grain(chunks[0]), -1)
    if mention.period is not None:
        earlier = replace(mention, period=replace(mention.period, start=start, end=span[0]))
    elif mention.number is not None:
        earlier = replace(mention, number=replace(mention.number, value=start.year))
    return _compared(reader, replace(chunks[0], mentions=(earlier,)), chunks[0])


def _compared(reader: Reader, one: Chunk, other: Chunk) -> bool:
    said, grain = reader.said, _grain(one)
    spans = sorted(span for chunk in (one, other) if (span := period_of(chunk)) is not None)
    if (
        not said.measures
        or any(split.grain for split in said.splits)
        or len(spans) < 2
        or grain != _grain(other)
    ):
        return False
    if spans[0][1] != spans[1][0]:
        return False
    first, last = sorted((one, other), key=lambda chunk: period_of(chunk) or spans[0])
    said.splits.append(Split(grain=grain))
    said.limits.append(Limit("period", first, ">=", (first, last)))
    return True


def _grain(chunk: Chunk) -> str:
    found = chunk.mentions[0].period
    return found.grain if found is not None else "year"
