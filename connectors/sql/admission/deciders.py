"""Processes that decide on statements and can be lost.

Texts of a few dozen words can keep the parser busy for hours (nested casts, JOINs without ON, chains of IF),
and no count of words tells all of them apart; so every statement is parsed in a process of its own kind.
A decision costs about a millisecond. One that takes longer than a few hundred is begun again in a second
lane, so that slow statements wait for each other and the usual ones do not wait for them.
"""

from __future__ import annotations

import atexit
import json
import os
import pickle
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

from connectors.errors import FailureKind, QueryRejected
from connectors.sql.admission.lexical import MAX_CHARACTERS
from connectors.sql.policy import ReadPolicy

START_SECONDS = 60.0
FIRST_CPU_SECONDS, FIRST_WALL_SECONDS = 0.15, 0.4
SECOND_CPU_SECONDS, SECOND_WALL_SECONDS = 0.8, 1.2
SECOND_WAIT_SECONDS = 0.2
"""How long a slow statement waits for a place in the second lane."""
FIRST_PROCESSES, SECOND_PROCESSES = 4, 2


def decide(sql: str, dialect: str, policy: ReadPolicy, *, rewrite: bool) -> tuple[str, frozenset[str]]:
    """The text that may run and the tables it reads; raises `QueryRejected`."""
    if len(sql) > MAX_CHARACTERS:
        raise QueryRejected(
            f"The statement is longer than {MAX_CHARACTERS:,} characters.",
            kind=FailureKind.syntax,
            rule="too-long",
        )
    answer = _deciders.ask((sql, dialect, policy, rewrite))
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
    """Start the processes now, so that the first statement does not wait for them."""
    _deciders.ask(("SELECT 1", "sqlite", ReadPolicy(), False))


class _Mother:
    """The process that forks deciders; started anew when it is gone, and in a fork of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._owner = os.getpid()

    def decider(self) -> socket.socket:
        """A connection to a fresh decider; raises OSError."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            try:
                socket.send_fds(self._running(), [b"f"], [theirs.fileno()])
            except OSError:
                self._stop()
                socket.send_fds(self._running(), [b"f"], [theirs.fileno()])
        return ours

    def _running(self) -> socket.socket:
        if self._control is None or self._owner != os.getpid():
            self._owner = os.getpid()
            self._control = self._start()
        return self._control

    def _start(self) -> socket.socket:
        root = str(Path(__file__).parents[3])
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "connectors.sql.admission.decider_child"],
                stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=root,
                env={"PYTHONPATH": root, "PYTHONUTF8": "1", "PATH": os.environ.get("PATH", "")},
            )  # fmt: skip
        ours.settimeout(START_SECONDS)
        if not ours.recv(1):
            raise OSError("The process that decides on statements does not start.")
        return ours

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        self._control = self._process = None

    def stop(self) -> None:
        with self._lock:
            self._stop()


class _Lane:
    """A few deciders, each used by one thread at a time, with the time they have for a statement."""

    def __init__(self, mother: _Mother, processes: int, cpu_seconds: float, wall_seconds: float) -> None:
        self._mother = mother
        self._seconds = (cpu_seconds, wall_seconds)
        self._free = threading.BoundedSemaphore(processes)
        self._lock = threading.Lock()
        self._idle: list[socket.socket] = []
        self._owner = os.getpid()

    def ask(self, question: tuple[object, ...], wait: float | None = None) -> bytes | None:
        """The answer, or None when there was no place or no answer in time."""
        if not self._free.acquire(timeout=wait):
            return None
        try:
            decider = self._take()
            answer = _exchange(decider, pickle.dumps((*self._seconds, question)), self._seconds[1])
            if answer is None:
                decider.close()
            else:
                with self._lock:
                    self._idle.append(decider)
            return answer
        finally:
            self._free.release()

    def _take(self) -> socket.socket:
        with self._lock:
            if self._owner != os.getpid():  # after a fork the parent's deciders are not ours
                self._idle, self._owner = [], os.getpid()
            if self._idle:
                return self._idle.pop()
        return self._mother.decider()

    def stop(self) -> None:
        with self._lock:
            for decider in self._idle:
                decider.close()
            self._idle = []


def _exchange(decider: socket.socket, request: bytes, seconds: float) -> bytes | None:
    """The answer; None when the decider was lost. It limits itself: waiting longer is for a stalled machine."""
    decider.settimeout(2 * seconds)
    try:
        decider.sendall(struct.pack("!I", len(request)) + request)
        head = _exactly(decider, 4)
        return None if head is None else _exactly(decider, struct.unpack("!I", head)[0])
    except OSError:
        return None


def _exactly(decider: socket.socket, size: int) -> bytes | None:
    data = b""
    while len(data) < size:
        piece = decider.recv(size - len(data))
        if not piece:
            return None
        data += piece
    return data


class _Deciders:
    def __init__(self) -> None:
        self._mother = _Mother()
        self._first = _Lane(self._mother, FIRST_PROCESSES, FIRST_CPU_SECONDS, FIRST_WALL_SECONDS)
        self._second = _Lane(self._mother, SECOND_PROCESSES, SECOND_CPU_SECONDS, SECOND_WALL_SECONDS)

    def ask(self, question: tuple[object, ...]) -> dict[str, str] | None:
        answer = self._first.ask(question)
        if answer is None:
            answer = self._second.ask(question, SECOND_WAIT_SECONDS)
        if answer is None:
            return None
        decided: dict[str, str] = json.loads(answer)
        return decided

    def stop(self) -> None:
        self._first.stop()
        self._second.stop()
        self._mother.stop()


_deciders = _Deciders()
atexit.register(_deciders.stop)
