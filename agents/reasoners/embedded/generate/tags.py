"""The chunks of a question as tags: what they are, without what they name."""

from __future__ import annotations

from collections.abc import Sequence

from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.resolve import Resolver
from knowledge.base import ColumnKind


def tags(chunks: Sequence[Chunk], resolver: Resolver) -> list[str]:
    """One tag a chunk: columns by their kind, numbers by their size, cues by their mark, other words as they are."""
    return [_tag(chunk, position, resolver) for position, chunk in enumerate(chunks)]


def _tag(chunk: Chunk, position: int, resolver: Resolver) -> str:
    match chunk.kind:
        case "word":
            return chunk.text.lower()
        case "C":
            mention = resolver.best(chunk, position)
            return "C" + kind_of(mention.table, mention.column, resolver)
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


def kind_of(table: str, column: str, resolver: Resolver) -> str:
    """A column as an identifier, a date, a number or a text."""
    profile = resolver.profile(table, column)
    if profile is not None and profile.kind in (ColumnKind.id, ColumnKind.date):
        return profile.kind.value
    return "number" if resolver.is_number(table, column) else ""
