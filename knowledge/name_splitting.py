"""Names of a schema taken apart into words, also those written in one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from knowledge.base import SourceKnowledge
from knowledge.lexicon import Lexicon
from knowledge.text import split_identifier

_SHORT_PREFIX = 2
"""Letters before the first underscore that stand for the table: c_custkey, o_totalprice."""


class NameSplitter:
    """Takes identifiers apart, also those written in one ("lifeexpectancy"), with the words of the language and the schema."""

    def __init__(self, knowledge: SourceKnowledge, lexicon: Lexicon) -> None:
        self._known = {word for word in lexicon.vocabulary if len(word) > 1}
        self._abbreviations = lexicon.abbreviations
        self._cache: dict[str, tuple[str, ...]] = {}
        plain: set[str] = set()
        prefixed: set[str] = set()
        for table in knowledge.schema.tables:
            plain.update(part for part in split_identifier(table.name) if len(part) > 2 and part.isalpha())
            for name in (table.name, *(column.name for column in table.columns)):
                parts = split_identifier(name)
                telling = {part for part in parts if len(part) > 2 and part.isalpha()}
                if len(parts) == 2 and len(parts[0]) <= _SHORT_PREFIX:
                    prefixed |= telling
                elif len(parts) > 1:
                    plain |= telling
        self._known |= plain
        self._known.update(word for word in prefixed if not self._is_compound(word))

    def _is_compound(self, word: str) -> bool:
        """Whether a part of a name is itself words written in one: the custkey of c_custkey, the shipmode of l_shipmode."""
        parts = self._apart(word)
        return len(parts) > 1 and all(len(part) > 2 or part == "id" for part in parts)

    def words(self, name: str) -> tuple[str, ...]:
        if name not in self._cache:
            parts: list[str] = []
            for part in self._initials(split_identifier(name)):
                parts.extend(self._apart(part))
            self._cache[name] = tuple(parts)
        return self._cache[name]

    def _initials(self, parts: Sequence[str]) -> Iterator[str]:
        """Parts with an initial put back to the short form that it belongs to: L, Name → lname."""
        position = 0
        while position < len(parts):
            pair = "".join(parts[position : position + 2])
            if len(parts[position]) == 1 and position + 1 < len(parts) and pair in self._abbreviations:
                yield pair
                position += 2
            else:
                yield parts[position]
                position += 1

    def _apart(self, word: str) -> Sequence[str]:
        if len(word) < 5 or word in self._known or _singular(word) in self._known or not word.isalpha():
            return (word,)
        best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ())] + [None] * len(word)
        for end in range(2, len(word) + 1):
            for start in range(max(0, end - 16), end - 1):
                before = best[start]
                part = word[start:end]
                if before is None or not (part in self._known or _singular(part) in self._known):
                    continue
                cost = before[0] + 1 + (2.0 if len(part) < 3 and part not in ("id", "no") else 0.0)
                current = best[end]
                if current is None or cost < current[0]:
                    best[end] = cost, (*before[1], part)
        whole = best[len(word)]
        return whole[1] if whole is not None and whole[0] <= len(word) / 2.5 else (word,)


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 3 else word
