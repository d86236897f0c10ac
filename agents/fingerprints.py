"""Hashes that name statements, results and receipts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
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
