"""Which of many keys lie within one or two typing errors of a word, without comparing it with each.

Two strings within d edits share a string that both reach by deleting at most d characters, and it is
enough to look at their first characters (the symmetric-delete method of SymSpell). The hashes of
those strings are kept in one sorted array, so a look-up is a few binary searches; what they find is
then measured exactly.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

_PREFIX = 7
_SHORTEST = 4
_TWO_EDITS_FROM = 8
_LONGEST = 60
_MOST_CANDIDATES = 400


def edits_allowed(length: int) -> int:
    """How many typing errors a word of that length may have and still be recognised."""
    if length < _SHORTEST or length > _LONGEST:
        return 0
    return 1 if length < _TWO_EDITS_FROM else 2


class FuzzyKeys:
    """A fixed set of keys that can be looked up with typing errors."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys: Sequence[str] = sorted({key for key in keys if edits_allowed(len(key))})
        hashes, owners = array("q"), array("i")
        for number, key in enumerate(self._keys):
            found = _deletions(key, edits_allowed(len(key)))
            hashes.extend(found)
            owners.extend([number] * len(found))
        order = np.argsort(np.frombuffer(hashes, dtype=np.int64), kind="stable")
        self._hashes: NDArray[np.int64] = np.frombuffer(hashes, dtype=np.int64)[order]
        self._owners: NDArray[np.int32] = np.frombuffer(owners, dtype=np.int32)[order]

    def near(self, word: str) -> list[tuple[str, int]]:
        """Keys within `edits_allowed` of the word, with their distance, nearest first."""
        allowed = edits_allowed(len(word))
        if not allowed or not self._keys:
            return []
        wanted = np.array(_deletions(word, allowed), dtype=np.int64)
        starts = np.searchsorted(self._hashes, wanted, side="left")
        ends = np.searchsorted(self._hashes, wanted, side="right")
        candidates: set[int] = set()
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            if start < end:
                candidates.update(self._owners[start:end].tolist())
        found: list[tuple[str, int]] = []
        for number in sorted(candidates)[:_MOST_CANDIDATES]:
            key = self._keys[number]
            distance = OSA.distance(word, key, score_cutoff=allowed)
            if distance <= min(allowed, edits_allowed(len(key))):
                found.append((key, distance))
        return sorted(found, key=lambda pair: (pair[1], pair[0]))


def _deletions(word: str, edits: int) -> list[int]:
    """Hashes of the word's first characters with up to `edits` of them deleted, each once."""
    prefix = word[:_PREFIX]
    kept = {prefix}
    for deleted in range(1, edits + 1):
        kept.update(map("".join, combinations(prefix, len(prefix) - deleted)))
    return [hash(text) for text in kept]
