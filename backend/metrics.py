"""Counters of this process, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180)


class Metrics:
    def __init__(self, turns_running: Callable[[], float], sockets: Callable[[], float]) -> None:
        self._registry = CollectorRegistry()
        self.turns = Counter("datachat_turns", "Questions that ended", ["status"], registry=self._registry)
        self.turn_seconds = Histogram(
            "datachat_turn_seconds", "Working time of a question", buckets=SECONDS, registry=self._registry
        )
        running = Gauge("datachat_turns_running", "Questions being worked on", registry=self._registry)
        running.set_function(turns_running)
        open_sockets = Gauge("datachat_sockets", "Open sockets", registry=self._registry)
        open_sockets.set_function(sockets)

    def turn_ended(self, status: str, seconds: float) -> None:
        self.turns.labels(status=status).inc()
        self.turn_seconds.observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self._registry)
