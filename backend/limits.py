"""How often and how much: token buckets in memory, one per caller."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MAX_CALLERS = 10_000


class Buckets:
    """Each key may act `burst` times at once and `per_second` in the long run."""

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = per_second, float(burst), clock
        self._state: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> bool:
        """Whether `key` may act now; counts it when it may."""
        moment = self._clock()
        tokens, at = self._state.pop(key, (self._burst, moment))
        tokens = min(self._burst, tokens + (moment - at) * self._rate)
        allowed = tokens >= 1
        self._state[key] = (tokens - 1 if allowed else tokens, moment)
        while len(self._state) > MAX_CALLERS:
            self._state.popitem(last=False)
        return allowed
