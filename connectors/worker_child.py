"""The child's side of `connectors.worker`: bounded memory, frames on standard input and output, interruption."""

from __future__ import annotations

import contextlib
import os
import queue
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import orjson

_LENGTH = struct.Struct(">I")
Handler = Callable[[dict[str, Any]], dict[str, Any]]


def bound_memory(size: int) -> None:
    """No more address space than `size` bytes, so an allocation fails here and not in the server's machine."""
    try:
        import resource
    except ImportError:
        return  # Windows has no such limit
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serve(handle: Handler, interrupt: Callable[[], None]) -> None:
    """Answer requests one after the other until standard input ends."""
    requests: queue.Queue[dict[str, Any]] = queue.Queue()
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests, interrupt), daemon=True).start()
    while True:
        answer = handle(requests.get())
        body = orjson.dumps(answer)
        sink.write(_LENGTH.pack(len(body)) + body)
        sink.flush()


def _listen(source: BinaryIO, requests: queue.Queue[dict[str, Any]], interrupt: Callable[[], None]) -> None:
    """Runs beside the statement, so that an interrupt and the server's end are noticed while it works."""
    while head := source.read(_LENGTH.size):
        (length,) = _LENGTH.unpack(head)
        request: Mapping[str, Any] = orjson.loads(source.read(length))
        if request.get("op") == "interrupt":
            interrupt()
        else:
            requests.put(dict(request))
    os._exit(0)
