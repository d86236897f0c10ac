"""Numbers that a text says without a digit: "seven", "a dozen", "twice", "½"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

_UNITS = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
VALUES = {word: Decimal(value) for value, word in enumerate(_UNITS, 2)}
VALUES |= {word: Decimal(10 * value) for value, word in enumerate(_TENS, 2)}
COMPUTED = frozenset(
    [
        "dozen",
        "dozens",
        "hundred",
        "hundreds",
        "thousand",
        "thousands",
        "million",
        "millions",
        "billion",
        "billions",
        "half",
        "twice",
        "thrice",
        "double",
        "doubled",
        "triple",
        "tripled",
        "quadrupled",
        "tenfold",
    ]
)
"""Words that make a new number of others; no row holds them. "One" and the ordinals mean too much else."""
_WORD = re.compile(r"[^\W\d_]+")


def spoken(text: str) -> Iterator[tuple[str, Decimal | None]]:
    """(word, its value) of every number said in words or signs; None for values that were computed."""
    for word in _WORD.findall(text):
        lowered = word.lower()
        if lowered in VALUES:
            yield word, VALUES[lowered]
        elif lowered in COMPUTED:
            yield word, None
    for sign in text:
        if unicodedata.category(sign) in ("No", "Nl"):
            yield sign, None
