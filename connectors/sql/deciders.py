"""Processes that decide on statements and can be killed.

Texts of a few dozen words can keep the parser busy for hours (nested casts, JOINs without ON, chains of IF),
and no count of words tells all of them apart; so every statement is parsed in a process of its own kind.
A decision costs about a millisecond; a process that does not answer in time is killed and replaced.
"""

from __future__ import annotations

import atexit
import json
import os
import pickle
import select
import struct
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic
from typing import IO

from connectors.errors import FailureKind, QueryRejected
from connectors.sql.lexical import MAX_CHARACTERS
from connectors.sql.policy import ReadPolicy

DECISION_SECONDS = 1.2
START_SECONDS = 60.0
PROCESSES = 2


def decide(sql: str, dialect: str, policy: ReadPolicy, *, rewrite: bool) -> tuple[str, frozenset[str]]:
    """The text that may run and the tables it reads; raises `QueryRejected`."""
    if len(sql) > MAX_CHARACTERS:
        raise QueryRejected(
            f"The statement is longer than {MAX_CHARACTERS:,} characters.",
            kind=FailureKind.syntax,
            rule="too-long",
        )
    answer = _pool.ask(pickle.dumps((sql, dialect, policy, rewrite)))
    if answer is None:
        raise QueryRejected(
            "The statement takes too long to read. Make it simpler.",
            kind=FailureKind.syntax,
            rule="parse-time",
        )
    if "rule" in answer:
        raise QueryRejected(answer["message"], kind=FailureKind(answer["kind"]), rule=answer["rule"])
    return answer["sql"], frozenset(answer["tables"])


def warm() -> None:
    """Start the first process now, so that the first statement does not wait for it."""
    _pool.warm()


class _Process:
    """One deciding process; not to be shared between threads."""

    def __init__(self) -> None:
        root = str(Path(__file__).parents[2])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "connectors.sql.decider_child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, cwd=root,
            env={"PYTHONPATH": root, "PYTHONUTF8": "1", "PATH": os.environ.get("PATH", "")},
        )  # fmt: skip
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in: IO[bytes] = self._process.stdin
        self._out: IO[bytes] = self._process.stdout
        self._started = False

    def ask(self, request: bytes) -> bytes | None:
        """The answer, or None when none came in time."""
        try:
            if not self._started and self._read(START_SECONDS) is None:
                return None
            self._started = True
            self._in.write(struct.pack("!I", len(request)) + request)
            return self._read(DECISION_SECONDS)
        except OSError:
            return None

    def _read(self, seconds: float) -> bytes | None:
        deadline = monotonic() + seconds
        head = self._exactly(4, deadline)
        return None if head is None else self._exactly(struct.unpack("!I", head)[0], deadline)

    def _exactly(self, size: int, deadline: float) -> bytes | None:
        data = b""
        while len(data) < size:
            ready, _, _ = select.select([self._out], [], [], max(0.0, deadline - monotonic()))
            piece = os.read(self._out.fileno(), size - len(data)) if ready else b""
            if not piece:
                return None
            data += piece
        return data

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._in.close()
        self._out.close()


class _Pool:
    """A few processes, started when first needed, each used by one thread at a time."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(PROCESSES)
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._owner = os.getpid()

    def ask(self, request: bytes) -> dict[str, str] | None:
        with self._free:
            process = self._take()
            answer = process.ask(request)
            if answer is None:
                process.stop()
                process = _Process()
            with self._lock:
                self._idle.append(process)
        if answer is None:
            return None
        decided: dict[str, str] = json.loads(answer)
        return decided

    def _take(self) -> _Process:
        with self._lock:
            if self._owner != os.getpid():  # after a fork the parent's processes are not ours
                self._idle, self._owner = [], os.getpid()
            return self._idle.pop() if self._idle else _Process()

    def warm(self) -> None:
        self.ask(pickle.dumps(("SELECT 1", "sqlite", ReadPolicy(), False)))

    def stop(self) -> None:
        with self._lock:
            if self._owner == os.getpid():
                for process in self._idle:
                    process.stop()
            self._idle = []


_pool = _Pool()
atexit.register(_pool.stop)
