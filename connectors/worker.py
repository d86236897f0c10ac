"""A child process that runs what must not run in the server: DuckDB statements and the parsing of uploaded files.

Frames both ways are a length of four bytes and JSON. The child knows no secret, may use a bounded
amount of memory, and ends by itself when the server goes away.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import sys
import time
from pathlib import Path
from typing import Any

import orjson

from connectors.errors import EngineUnavailable, QueryTimedOut
from connectors.pool import finish

STOP_SECONDS = 1.0
"""How long an interrupted statement may take to notice before its process is killed."""
START_SECONDS = 30.0
_LENGTH = struct.Struct(">I")
_ROOT = str(Path(__file__).resolve().parents[1])


class WorkerDied(EngineUnavailable):
    """The child ended in the middle of its work, most often for want of memory."""


class Worker:
    """One child and the conversation with it: a request, then its answer."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._broken = False

    @classmethod
    async def start(cls, module: str) -> Worker:
        """Start `python -m module` with an empty environment."""
        environment = {"PATH": os.defpath, "PYTHONPATH": _ROOT, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", module,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=environment, cwd="/", start_new_session=True,
        )  # fmt: skip
        return cls(process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def usable(self) -> bool:
        return not self._broken and self._process.returncode is None

    async def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send `request` and wait for its answer; stop the work when time is up or the awaiting task is cancelled.

        Raises: `QueryTimedOut`, or `WorkerDied`.
        """
        deadline = time.monotonic() + seconds
        answer = asyncio.ensure_future(self._exchange(request))
        try:
            await asyncio.wait((answer,), timeout=max(deadline - time.monotonic(), 0))
        except asyncio.CancelledError:
            await finish(self._stop(answer))
            raise
        if not answer.done():
            await finish(self._stop(answer))
            raise QueryTimedOut("The work ran out of its time.")
        return answer.result()

    async def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._send(request)
            await self._process.stdin.drain()
            (length,) = _LENGTH.unpack(await self._process.stdout.readexactly(_LENGTH.size))
            answer: dict[str, Any] = orjson.loads(await self._process.stdout.readexactly(length))
        except (OSError, EOFError, orjson.JSONDecodeError) as error:
            self._broken = True
            raise WorkerDied(
                "The engine's process ended in the middle of the work, most likely for want of memory."
            ) from error
        return answer

    def _send(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = orjson.dumps(request)
        self._process.stdin.write(_LENGTH.pack(len(body)) + body)

    async def _stop(self, answer: asyncio.Future[dict[str, Any]]) -> None:
        """Interrupt the statement; a child that does not answer soon is killed."""
        with contextlib.suppress(OSError, RuntimeError):
            self._send({"op": "interrupt"})
        await asyncio.wait((answer,), timeout=STOP_SECONDS)
        if not answer.done():
            await self.close()
            await asyncio.wait((answer,))
        answer.exception()

    async def close(self) -> None:
        """Kill the child and wait for its end."""
        self._broken = True
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()
