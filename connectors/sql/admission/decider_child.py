"""The mother of the deciding processes, and what each of them does.

She has everything imported and forks a decider for every socket she is sent, so that a decider that was
lost is replaced within milliseconds. Requests and verdicts have their length in front.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import signal
import socket
import struct
import sys
from io import BufferedRWPair

from connectors.errors import QueryRejected
from connectors.sql.admission.decision import decision

MEMORY_BYTES = 1 << 30
RECURSION = 5_000


def main() -> None:
    """Fork a decider for each socket that arrives on standard input, until it is closed."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    sys.setrecursionlimit(RECURSION)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # lost deciders leave no zombies
    control = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    control.sendall(b"r")
    while True:
        _, handed, _, _ = socket.recv_fds(control, 1, 1)
        if not handed:
            return
        if os.fork() == 0:
            control.close()
            os.close(sys.stdin.fileno())
            with socket.socket(fileno=handed[0]).makefile("rwb") as stream:
                _serve(stream)
            os._exit(0)
        os.close(handed[0])


def _serve(stream: BufferedRWPair) -> None:
    while head := stream.read(4):
        cpu_seconds, wall_seconds, question = pickle.loads(stream.read(struct.unpack("!I", head)[0]))
        _limit(cpu_seconds, wall_seconds)
        data = json.dumps(_answer(*question)).encode()
        _limit(0.0, 0.0)
        stream.write(struct.pack("!I", len(data)) + data)
        stream.flush()


def _limit(cpu_seconds: float, wall_seconds: float) -> None:
    """The kernel ends this process then, whatever it is doing; zeros take the limits back."""
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    signal.setitimer(signal.ITIMER_REAL, wall_seconds)


def _answer(*question: object) -> dict[str, object]:
    sql, dialect, policy, rewrite = question
    try:
        text, tables = decision(sql, dialect, policy, rewrite=rewrite)  # type: ignore[arg-type]
    except QueryRejected as refusal:
        return {"message": str(refusal), "kind": refusal.kind.value, "rule": refusal.rule}
    except Exception as error:  # noqa: BLE001 - whatever the guard does not understand is refused
        return {
            "message": "The SQL cannot be read.",
            "kind": "syntax",
            "rule": f"unread-{type(error).__name__}",
        }
    return {"sql": text, "tables": sorted(tables)}


if __name__ == "__main__":
    main()
