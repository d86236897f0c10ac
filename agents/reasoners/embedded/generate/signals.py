"""A question without its names as a bag of short word sequences: what the structure models look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.generate.sketch import Sketch
from agents.reasoners.embedded.resolve import Resolver
from knowledge.base import ColumnKind

_LONGEST = 4
_SKIPPED = 6
"""Two telling chunks this far apart still make a pair."""
_PLAIN = {".", "?", ",", ";", "!"}


def tags(chunks: Sequence[Chunk], resolver: Resolver) -> list[str]:
    """One tag a chunk: columns by their kind, numbers by their size, cues by their mark, other words as they are."""
    return [_tag(chunk, position, resolver) for position, chunk in enumerate(chunks)]


def _tag(chunk: Chunk, position: int, resolver: Resolver) -> str:
    match chunk.kind:
        case "word":
            return chunk.text.lower()
        case "C":
            mention = resolver.best(chunk, position)
            return "C" + _kind(mention.table, mention.column, resolver)
        case "N":
            number = chunk.mentions[0].number
            if number is not None and number.year:
                return "Ny"
            return "N1" if number is not None and number.value == 1 else "N"
        case "MOST" | "LEAST":
            word = chunk.gradables[0].word if chunk.gradables else ""
            general = word in ("most", "least", "fewest") or any(g.count for g in chunk.gradables)
            return f"{chunk.kind}:{'count' if any(g.count for g in chunk.gradables) else word if general else ''}"
    return chunk.kind


def _kind(table: str, column: str, resolver: Resolver) -> str:
    profile = resolver.profile(table, column)
    if profile is not None and profile.kind in (ColumnKind.id, ColumnKind.date):
        return profile.kind.value
    return "number" if resolver.is_number(table, column) else ""


def signals(line: Sequence[str], rules: Sketch) -> list[str]:
    """Sequences of up to four tags, pairs at a distance, how often each kind occurs, and what the rules made of it."""
    return list(dict.fromkeys([*_sequences(line), *_pairs(line), *_counts(line), *_read(rules)]))


def _sequences(line: Sequence[str]) -> Iterator[str]:
    padded = ["^", *line, "$"]
    for size in range(1, _LONGEST + 1):
        for first in range(len(padded) - size + 1):
            yield " ".join(padded[first : first + size])


def _pairs(line: Sequence[str]) -> Iterator[str]:
    telling = [tag for tag in line if tag not in _PLAIN]
    for first, tag in enumerate(telling):
        for other in telling[first + 2 : first + 1 + _SKIPPED]:
            if tag[0].isupper() or other[0].isupper():
                yield f"{tag} … {other}"


def _counts(line: Sequence[str]) -> Iterator[str]:
    for letter in ("T", "C", "V", "N"):
        kinds = [tag for tag in line if tag == letter or (tag[:1] == letter and tag[1:].islower())]
        yield f"{letter}×{min(len(kinds), 4)}"
    yield f"sentences×{min(sum(tag in '.?!;' for tag in line[:-1]), 2)}"


def _read(rules: Sketch) -> Iterator[str]:
    parts = list(rules.parts())
    for head, code in parts:
        yield f"{head}={code}"
    for position, (head, code) in enumerate(parts):
        for other, second in parts[position + 1 :]:
            if code and second:
                yield f"{head}={code}&{other}={second}"
