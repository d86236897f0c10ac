"""How databases are split for training and test: by name, so that none is in both."""

from __future__ import annotations

import hashlib

FOLDS = 5
SEED = 7


def fold_of(db_id: str) -> int:
    """Which fold a database is in; the same for ever."""
    return int(hashlib.sha256(db_id.encode()).hexdigest(), 16) % FOLDS
