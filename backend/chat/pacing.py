"""The socket protocol of the server: a client that sends more than any page does waits, and nobody else."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from backend.limits import Buckets

SLICE = 8_192
"""Bytes taken at a time; frames may have six, so this is a few milliseconds of work."""
BURST = 64
PER_SECOND = 8
"""Slices: half a megabyte at once, 64 kB a second for as long as it lasts."""
WAIT_SECONDS = 1 / PER_SECOND
MAX_FRAGMENTS = 1_000
"""Of one message. Empty ones never reach the limit of its size."""


class PacedWebSockets(WebSocketsSansIOProtocol):
    """Reads on only when what came was worked off.

    Frames below the application (pings, fragments) cost the event loop microseconds each and the client next
    to nothing; without a pace, one client's megabytes of them keep everybody waiting.
    """

    _waiting = b""
    _timer: asyncio.Handle | None = None
    _pace: Buckets | None = None

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        if self._timer is None:
            self._take()
        else:
            self.transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._waiting = b""
        super().connection_lost(exc)

    def _take(self) -> None:
        self._timer = None
        self._pace = self._pace or Buckets(per_second=PER_SECOND, burst=BURST)
        if not self._pace.take(""):
            self._later(WAIT_SECONDS)
            return
        piece, self._waiting = self._waiting[:SLICE], self._waiting[SLICE:]
        super().data_received(piece)
        if len(self.frames) > MAX_FRAGMENTS:
            self.transport.abort()
        elif self._waiting and not self.transport.is_closing():
            self._later(0)
        elif not self.read_paused:
            self.transport.resume_reading()

    def _later(self, seconds: float) -> None:
        self.transport.pause_reading()
        self._timer = self.loop.call_later(seconds, self._take)
