"""The best ways to cut a question into chunks: schema names, values, numbers, dates, cues and plain words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from agents.reasoners.embedded.cues import Cue, find_cues
from knowledge.lexicon import Gradable, Lexicon
from knowledge.linking import Lattice, Mention
from knowledge.question_words import Token

_STARTERS = frozenset(
    [
        "show",
        "list",
        "find",
        "give",
        "display",
        "return",
        "name",
        "count",
        "report",
        "tell",
        "get",
        "print",
        "output",
        "select",
        "state",
        "provide",
        "what",
        "which",
        "compute",
        "calculate",
    ]
)
_LINKERS = frozenset({"of", "the", "a", "an", "for", "in", "on", "by", "to", "their", "its"})
_LETTERS = {"table": "T", "column": "C", "value": "V", "number": "N", "date": "D"}
_KEPT = 12
_UNKNOWN = -0.35
_VERBAL = ("ed", "ing")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of the question with one meaning, or several meanings of one kind."""

    first: int
    last: int
    kind: str
    """T, C, V, N, D, a cue's mark, or "word"."""
    text: str
    mentions: tuple[Mention, ...] = ()
    gradables: tuple[Gradable, ...] = ()
    worth: float = 0.0


@dataclass(frozen=True, slots=True)
class Segmentation:
    chunks: tuple[Chunk, ...]
    score: float


def segmentations(lattice: Lattice, lexicon: Lexicon, k: int = 4) -> list[Segmentation]:
    """The k best segmentations, best first."""
    tokens = lattice.tokens
    edges = _edges(lattice, lexicon)
    best: list[list[tuple[float, tuple[Chunk, ...]]]] = [[] for _ in range(len(tokens) + 1)]
    best[0] = [(0.0, ())]
    for position in range(len(tokens)):
        for score, path in best[position]:
            for chunk in edges[position]:
                best[chunk.last].append((score + chunk.worth, (*path, chunk)))
        for after in range(position + 1, len(tokens) + 1):
            if len(best[after]) > k:
                best[after] = sorted(best[after], key=lambda item: -item[0])[:k]
    return [
        Segmentation(path, round(score, 4)) for score, path in sorted(best[-1], key=lambda item: -item[0])[:k]
    ]


def _edges(lattice: Lattice, lexicon: Lexicon) -> list[list[Chunk]]:
    tokens = lattice.tokens
    edges: list[list[Chunk]] = [[_word(tokens, position, lexicon)] for position in range(len(tokens))]
    grouped: defaultdict[tuple[int, int, str], list[Mention]] = defaultdict(list)
    for mention in lattice.mentions:
        grouped[mention.first, mention.last, mention.kind].append(mention)
    for (first, last, kind), mentions in grouped.items():
        ranked = sorted(mentions, key=lambda m: -m.score)
        kept = tuple(m for m in ranked if m.score >= 0.45 * ranked[0].score)[:_KEPT]
        worth = _worth(kept[0], tokens, lexicon)
        edges[first].append(Chunk(first, last, _LETTERS[kind], lattice.text(first, last), kept, worth=worth))
    for cue in find_cues(tokens, lexicon):
        if cue.last - cue.first == 1 and edges[cue.first][0].kind == "word":
            del edges[cue.first][0]
        edges[cue.first].append(_cue(cue, lattice))
    return edges


def _cue(cue: Cue, lattice: Lattice) -> Chunk:
    worth = cue.worth
    if cue.mark == "COUNT" and "number" in (token.lower for token in lattice.tokens[cue.first : cue.last]):
        size = cue.last - cue.first
        worth = 0.2 if size == 1 else 0.85 + 0.05 * size
    return Chunk(cue.first, cue.last, cue.mark, lattice.text(cue.first, cue.last), (), cue.gradables, worth)


def _word(tokens: Sequence[Token], position: int, lexicon: Lexicon) -> Chunk:
    token = tokens[position]
    known = token.kind != "word" or token.lower in lexicon.fillers or token.lower in _STARTERS
    worth = 0.0 if known else -0.05 if token.lower.endswith(_VERBAL) else _UNKNOWN
    return Chunk(position, position + 1, "word", token.text, worth=worth)


def _worth(mention: Mention, tokens: Sequence[Token], lexicon: Lexicon) -> float:
    inner = tokens[mention.first : mention.last]
    telling = [
        token for token in inner if token.lower not in lexicon.fillers or mention.how in ("exact", "alias")
    ]
    size = max(len([t for t in telling if t.kind != "possessive" and t.lower not in _LINKERS]), 0.3)
    if mention.kind == "number":
        number = mention.number
        return (
            0.15
            if number is not None and number.spelled and number.value == 1
            else 0.8 * (mention.last - mention.first)
        )
    if mention.kind == "date":
        return 1.2 * (mention.last - mention.first)
    if mention.kind == "value":
        return _value_worth(mention, inner, lexicon)
    worth = mention.score**2 * size + 0.05 * (mention.last - mention.first - 1)
    opening = mention.first == 0 or tokens[mention.first - 1].lower in (".", "?", ";", "and", ",")
    if mention.last - mention.first == 1 and inner[0].lower in _STARTERS and opening:
        worth *= 0.1
    elif mention.how == "synonym" and len(inner) == 1 and inner[0].lower.endswith(_VERBAL):
        worth = -0.1
    elif mention.how in ("synonym", "derived", "typo") and inner[0].lower in lexicon.fillers:
        worth *= 0.2
    return worth + (0.02 if mention.kind == "table" else 0.0)


def _value_worth(mention: Mention, inner: Sequence[Token], lexicon: Lexicon) -> float:
    words = [token for token in inner if token.kind in ("word", "number", "moment", "quoted")]
    if words and words[0].kind == "quoted":
        return 3.0 if mention.how in ("exact", "case") else 2.5
    capital = sum(token.capitalised and token.start > 0 for token in words)
    number = len(words) == 1 and words[0].kind == "number"
    if number:
        return 0.7 if mention.how in ("exact", "case") else -0.36
    by_how = {"exact": 1.1, "case": 0.85, "alias": 0.9, "stem": 0.7, "part": 0.3, "fuzzy": 0.45}[mention.how]
    if mention.how == "case" and not capital and len(words) == 1 and words[0].lower in lexicon.fillers:
        return 0.05
    if mention.how in ("part", "fuzzy") and not capital:
        return -0.36
    return by_how * (len(words) + 0.35 * capital) * (1.0 if mention.how != "part" else mention.score)
