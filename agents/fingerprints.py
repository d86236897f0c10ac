"""Hashes that name statements, results and receipts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def sha256(text: str) -> str:
    """Of the exact bytes, as `SafeSql.sha256`."""
    return hashlib.sha256(text.encode()).hexdigest()


def short_id(*parts: str) -> str:
    """The same parts always make the same id, so a node that runs again writes the same thing again."""
    return sha256("\0".join(parts))[:24]


def canonical(value: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces: one text per value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class RowDigest:
    """Grows with the rows and is the same in whatever order they come: the sum of their hashes.

    It tells whether a statement brings back the same rows again without keeping any of them. (An additive
    multiset hash: Clarke et al., "Incremental Multiset Hash Functions", 2003.)
    """

    _MODULUS = 2**256

    def __init__(self) -> None:
        self._sum = 0
        self._count = 0

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        for row in rows:
            text = json.dumps(row, separators=(",", ":"), ensure_ascii=False)
            self._sum = (self._sum + int(sha256(text), 16)) % self._MODULUS
            self._count += 1

    @property
    def text(self) -> str:
        return sha256(f"{self._count}:{self._sum:x}")
