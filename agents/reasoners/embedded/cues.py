"""Words that say what to do with columns: comparisons, superlatives, counts, orders, negations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.lexicon import Gradable, Lexicon
from knowledge.question_words import Token

_OPERATORS = {"OP>": "GT", "OP<": "LT", "OP>=": "GE", "OP<=": "LE", "OP=": "EQ", "OP!=": "NE"}
_WORTH = {
    "AVG": 0.95,
    "SUM": 0.8,
    "MAX": 0.9,
    "MIN": 0.9,
    "NOT": 0.9,
    "COUNT": 0.8,
    "DISTINCT": 0.7,
    "EACH": 0.6,
}
_LONGEST = 7


@dataclass(frozen=True, slots=True)
class Cue:
    """A stretch of the question with its mark; comparatives and superlatives carry what they are said of."""

    first: int
    last: int
    mark: str
    worth: float
    gradables: tuple[Gradable, ...] = ()


def find_cues(tokens: Sequence[Token], lexicon: Lexicon) -> list[Cue]:
    """Every cue of a question; they overlap, and choosing is left to the segmentation."""
    return sorted(
        {(cue.first, cue.last, cue.mark): cue for cue in _all(tokens, lexicon)}.values(),
        key=lambda cue: (cue.first, cue.last, cue.mark),
    )


def _all(tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Cue]:
    for first, token in enumerate(tokens):
        if token.kind == "sign" and ("OP" + token.lower) in _OPERATORS:
            yield Cue(first, first + 1, _OPERATORS["OP" + token.lower], 1.0)
            continue
        if token.kind != "word":
            continue
        if token.lower.endswith("n't"):
            yield Cue(first, first + 1, "NOT", 0.9)
        words: tuple[str, ...] = ()
        for last in range(first + 1, min(first + _LONGEST, len(tokens)) + 1):
            current = tokens[last - 1]
            if current.kind not in ("word", "possessive"):
                break
            words = (*words, current.lower)
            yield from _adjective(tokens, first, last, words, lexicon)
            mark = lexicon.cues.get(words)
            if mark is not None:
                length = last - first
                plain = _OPERATORS.get(mark, mark)
                gradables = lexicon.adjectives.get(words[:-1], ()) if words[-1] == "than" else ()
                yield Cue(first, last, plain, _WORTH.get(plain, 0.5) + 0.75 * (length - 1), gradables)


def _adjective(
    tokens: Sequence[Token], first: int, last: int, words: tuple[str, ...], lexicon: Lexicon
) -> Iterator[Cue]:
    meanings = lexicon.adjectives.get(words)
    if meanings is None:
        return
    length = last - first
    for upward in (True, False):
        superlative = tuple(m for m in meanings if m.degree in ("most", "least") and m.upward is upward)
        comparative = tuple(m for m in meanings if m.degree in ("more", "less") and m.upward is upward)
        if superlative:
            yield Cue(first, last, "MOST" if upward else "LEAST", 0.85 + 0.75 * (length - 1), superlative)
        if comparative:
            than = last < len(tokens) and tokens[last].lower == "than"
            mark = "GT" if upward else "LT"
            if than:
                yield Cue(first, last + 1, mark, 0.95 + 0.75 * length, comparative)
            else:
                yield Cue(first, last, mark, 0.6 + 0.7 * (length - 1), comparative)
