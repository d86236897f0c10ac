"""Numbers that a text says without a digit: "seven", "a dozen", "twice", "½"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache

from knowledge.lexicon import load

_WORD = re.compile(r"[^\W\d_]+")


@cache
def _words() -> tuple[Mapping[str, Decimal], frozenset[str]]:
    """Words of single numbers, and words that make a new number of others: no row holds those.

    "One", "zero" and the ordinals mean too much else.
    """
    numbers = load().numbers
    plain = {**numbers.units, **numbers.tens}
    values = {word: Decimal(value) for word, value in plain.items() if value > 1}
    return {word: value for word, value in values.items() if word not in numbers.computed}, numbers.computed


def spoken(text: str) -> Iterator[tuple[str, Decimal | None]]:
    """(word, its value) of every number said in words or signs; None for values that were computed."""
    values, computed = _words()
    for word in _WORD.findall(text):
        lowered = word.lower()
        if lowered in values:
            yield word, values[lowered]
        elif lowered in computed:
            yield word, None
    for sign in text:
        if unicodedata.category(sign) in ("No", "Nl"):
            yield sign, None
