"""The loop of a deciding process: requests in, verdicts out, each with its length in front."""

from __future__ import annotations

import json
import pickle
import resource
import struct
import sys

from connectors.errors import QueryRejected
from connectors.sql.decision import decision

MEMORY_BYTES = 1 << 30
RECURSION = 5_000


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    sys.setrecursionlimit(RECURSION)
    source, sink = sys.stdin.buffer, sys.stdout.buffer

    def answer(value: object) -> None:
        data = json.dumps(value).encode()
        sink.write(struct.pack("!I", len(data)) + data)
        sink.flush()

    answer("ready")
    while head := source.read(4):
        sql, dialect, policy, rewrite = pickle.loads(source.read(struct.unpack("!I", head)[0]))
        try:
            text, tables = decision(sql, dialect, policy, rewrite=rewrite)
        except QueryRejected as refusal:
            answer({"message": str(refusal), "kind": refusal.kind.value, "rule": refusal.rule})
        except Exception as error:  # noqa: BLE001 - whatever the guard does not understand is refused
            answer(
                {
                    "message": "The SQL cannot be read.",
                    "kind": "syntax",
                    "rule": f"unread-{type(error).__name__}",
                }
            )
        else:
            answer({"sql": text, "tables": sorted(tables)})


if __name__ == "__main__":
    main()
