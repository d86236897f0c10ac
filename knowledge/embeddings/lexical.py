"""Vectors without a model: words, stems and character n-grams hashed into a fixed number of places.

Texts that share words, word stems or pieces of words get close vectors, so it forgives inflection,
spelling and glued names. It knows no synonyms: those come from the glossary.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from knowledge.embeddings.base import Vectors
from knowledge.text import FUNCTION_WORDS, split_identifier, stem

_WORD, _STEM, _PIECE = 0.6, 1.0, 0.35
_FUNCTION_WORD = 0.15
_PIECE_LENGTHS = (3, 4)
_BATCH = 500


class LexicalEmbedder:
    """Deterministic over machines and runs; some 20 µs a text once its words have been seen."""

    def __init__(self, dimension: int = 512, rarity: Mapping[str, float] | None = None) -> None:
        """`rarity` weights stems (an inverse document frequency); part of the identity when given."""
        self._dimension = dimension
        self._rarity = dict(rarity or {})
        mark = crc32(repr(sorted(self._rarity.items())).encode()) if self._rarity else 0
        self._identity = f"lexical-1/{dimension}" + (f"/{mark:08x}" if mark else "")

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def dimension(self) -> int:
        return self._dimension

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Long lists are done in a thread, so that the event loop goes on."""
        if len(texts) <= 16:
            return self.vectors(texts)
        parts = [
            await asyncio.to_thread(self.vectors, texts[first : first + _BATCH])
            for first in range(0, len(texts), _BATCH)
        ]
        return np.concatenate(parts)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in split_identifier(text):
                weight = _FUNCTION_WORD if word in FUNCTION_WORDS else self._rarity.get(stem(word), 1.0)
                places, values = _features(word, self._dimension)
                vectors[row, places] += weight * values
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, lengths, out=vectors, where=lengths > 0)
        return vectors


@lru_cache(maxsize=65_536)
def _features(word: str, dimension: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Places and signed weights of one word. Signs make chance meetings of two features cancel out."""
    found: dict[int, float] = {}
    marked = f"<{word}>"
    pieces = [marked[i : i + n] for n in _PIECE_LENGTHS for i in range(len(marked) - n + 1)]
    share = _PIECE / max(1.0, len(pieces) ** 0.5)
    features = [
        (f"w:{word}", _WORD),
        (f"s:{stem(word)}", _STEM),
        *((f"p:{piece}", share) for piece in pieces),
    ]
    for name, weight in features:
        code = crc32(name.encode())
        place = code % dimension
        found[place] = found.get(place, 0.0) + (weight if code >> 31 else -weight)
    return np.array(list(found), dtype=np.intp), np.array(list(found.values()), dtype=np.float32)
