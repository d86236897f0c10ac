"""When two questions ask the same, and when they differ in a name or a number only.

Wording that carries no meaning ("please show me the …") is dropped; everything else counts, in its
order: "from Paris to Rome" is not "from Rome to Paris", and "in 2023" is not "in 2024".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache, partial

from knowledge.text import fold, stem

SAME_QUESTION = 0.9
"""From this similarity on, two questions ask the same."""
_NEARLY = 0.89
_REORDERED = 0.85

# A mark is not longer than any phrase it stands for, so that places in the text stay what they are.
_PHRASES = (
    (re.compile(r"\b(?:how many|(?:the )?(?:total )?number of|(?:the )?count of)\b"), "#c"),
    (re.compile(r"\bhow much\b"), "#a"),
    (re.compile(r"\b(?:for|of|in|on|by|per|to) (?:each|every)\b|\b(?:each|every|per|grouped by)\b"), "by"),
    (re.compile(r"\b(?:more|greater|higher|larger|bigger) than\b|\b(?:over|above|exceeding)\b"), "#m"),
    (re.compile(r"\b(?:less|fewer|lower|smaller) than\b|\b(?:under|below)\b"), "#l"),
    (
        re.compile(r"\b(?:don't|doesn't|didn't|isn't|aren't|wasn't|weren't|haven't|hasn't|cannot|can't)\b"),
        "not",
    ),
)
_EMPTY = frozenset(
    {"a", "an", "the", "of", "in", "for", "at", "on", "is", "are", "was", "were", "be", "been", "do", "does", "did", "has"}
    | {"have", "had", "there", "please", "show", "list", "give", "tell", "get", "find", "display", "return", "what", "which"}
    | {"me", "us", "i", "we", "you", "can", "could", "would", "will", "want", "need", "know", "see", "like", "let", "s"}
    | {"all", "that", "this", "these", "those", "whose", "its", "it", "their", "our", "my", "exactly", "currently"}
)  # fmt: skip
_TOKEN = re.compile(r"#?\d[\d,]*(?:[.:/-]\d+)*|#?[^\W_]+(?:[-'’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or number of a question that carries meaning."""

    key: str
    """What is compared: the stem, or the plain number."""
    text: str
    """As written."""
    start: int
    end: int
    """Place in the question."""

    @property
    def is_number(self) -> bool:
        return self.key[:1].isdigit()


@lru_cache(maxsize=8_192)
def meaning(question: str) -> tuple[Token, ...]:
    """The tokens of a question that carry meaning, in order."""
    text = question.lower()
    for pattern, stand_in in _PHRASES:
        text = pattern.sub(partial(_marked, stand_in), text)
    tokens = []
    for match in _TOKEN.finditer(text):
        # Lower case can be longer than what it came from (İ); then the lower-case word has to do.
        written = question[match.start() : match.end()] if len(text) == len(question) else match[0]
        word = fold(match[0])
        if word not in _EMPTY:
            tokens.append(Token(_key(word), written, match.start(), match.end()))
    return tuple(tokens)


def similarity(left: str, right: str) -> float:
    """0…1; at `SAME_QUESTION` or above both ask the same."""
    mine, theirs = [token.key for token in meaning(left)], [token.key for token in meaning(right)]
    if not mine or not theirs:
        return 1.0 if fold(left) == fold(right) else 0.0
    if mine == theirs:
        return 1.0 if fold(left) == fold(right) else 0.95
    shared = sum((Counter(mine) & Counter(theirs)).values())
    overlap = 2 * shared / (len(mine) + len(theirs))
    if overlap == 1.0:
        return _REORDERED
    ordered = SequenceMatcher(None, mine, theirs, autojunk=False).ratio()
    return min(_NEARLY, round(0.6 * overlap + 0.4 * ordered, 4))


def differences(left: str, right: str) -> list[tuple[tuple[Token, ...], tuple[Token, ...]]] | None:
    """The stretches in which two otherwise equal questions differ, or None when they differ by more.

    "orders in France in 2023" and "orders in Costa Rica in 2024" differ in (France, Costa Rica) and (2023, 2024).
    """
    mine, theirs = meaning(left), meaning(right)
    matcher = SequenceMatcher(None, [t.key for t in mine], [t.key for t in theirs], autojunk=False)
    found = []
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind == "replace":
            found.extend(_paired(mine[start:end], theirs[other_start:other_end]))
        elif kind != "equal":
            return None
    return found


def _paired(
    mine: tuple[Token, ...], theirs: tuple[Token, ...]
) -> list[tuple[tuple[Token, ...], tuple[Token, ...]]]:
    """A number beside a name is a difference of its own: ("France 2023", "Costa Rica 2024") are two."""
    before: list[tuple[tuple[Token, ...], tuple[Token, ...]]] = []
    after: list[tuple[tuple[Token, ...], tuple[Token, ...]]] = []
    while mine and theirs and mine[0].is_number and theirs[0].is_number:
        before.append((mine[:1], theirs[:1]))
        mine, theirs = mine[1:], theirs[1:]
    while mine and theirs and mine[-1].is_number and theirs[-1].is_number:
        after.insert(0, (mine[-1:], theirs[-1:]))
        mine, theirs = mine[:-1], theirs[:-1]
    return [*before, *([(mine, theirs)] if mine or theirs else []), *after]


def _marked(mark: str, match: re.Match[str]) -> str:
    return mark.ljust(len(match[0]))


def _key(word: str) -> str:
    if word[:1].isdigit():
        return word.replace(",", "")
    return _number_words().get(word) or stem(word)


@cache
def _number_words() -> Mapping[str, str]:
    from knowledge.lexicon import load  # its files are read by questions, which a start does not wait for

    return {word: str(value) for word, value in load().numbers.units.items()}
