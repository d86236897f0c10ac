"""Leaves a failing provider alone for a while, so that turns do not queue up behind it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Breaker:
    failures: int
    """In a row, until it opens."""
    seconds: float
    """It stays open for."""
    clock: Callable[[], float] = time.monotonic
    _failed: int = field(default=0, init=False)
    _open_until: float = field(default=float("-inf"), init=False)

    @property
    def open(self) -> bool:
        """Whether calls should not even be tried. After its time one call may try; its failure opens it again."""
        return self.clock() < self._open_until

    def succeeded(self) -> None:
        self._failed = 0
        self._open_until = float("-inf")

    def failed(self) -> None:
        self._failed += 1
        if self._failed >= self.failures:
            self._open_until = self.clock() + self.seconds
