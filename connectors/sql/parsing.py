"""Parsing one statement where it cannot hang the server.

Statements whose token counts are small parse in well under a millisecond, whatever they say. Larger
ones are first parsed by a worker process that can be killed; what it finished, this process can too.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import select
import subprocess
import sys
import threading
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from connectors.errors import FailureKind, QueryRejected

HARMLESS_TOKENS = 400
HARMLESS_NESTING = 14
KILL_SECONDS = 2.0
UNREADABLE = (SqlglotError, RecursionError, ValueError, TypeError, AttributeError, KeyError, IndexError)
"""What sqlglot raises on text that it cannot read; every one of them means: refuse."""

logging.getLogger("sqlglot").setLevel(logging.ERROR)


def parse_one(sql: str, tokens: list[Token], dialect: str) -> exp.Expression:
    """The tree of the only statement; raises `QueryRejected`."""
    if len(tokens) > HARMLESS_TOKENS or _nesting(tokens) > HARMLESS_NESTING:
        _worker.prove(sql, dialect)
    try:
        statements = [tree for tree in sqlglot.parse(sql, read=dialect) if tree is not None]
    except (
        SqlglotError,
        RecursionError,
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
        IndexError,
    ) as error:
        raise QueryRejected(_reason(error), kind=FailureKind.syntax, rule="parse") from error
    if len(statements) != 1:
        raise QueryRejected(
            f"Exactly one statement is allowed, not {len(statements)}.",
            kind=FailureKind.syntax,
            rule="single",
        )
    tree = statements[0]
    if not isinstance(tree, exp.Expression):
        raise QueryRejected("The statement cannot be read.", kind=FailureKind.syntax, rule="parse")
    return tree


def _nesting(tokens: list[Token]) -> int:
    depth = deepest = 0
    for token in tokens:
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        deepest = max(deepest, depth)
    return deepest


def _reason(error: Exception) -> str:
    details = getattr(error, "errors", None)
    if details:
        first = details[0]
        return f"The SQL cannot be read at line {first.get('line')}, column {first.get('col')}: {first.get('description')}"
    return "The SQL cannot be read."


class _Worker:
    """A process that parses and says whether it came to an end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def prove(self, sql: str, dialect: str) -> None:
        with self._lock:
            process = self._running()
            assert process.stdin is not None and process.stdout is not None
            try:
                process.stdin.write(json.dumps([sql, dialect]).encode() + b"\n")
                process.stdin.flush()
                ready, _, _ = select.select([process.stdout], [], [], KILL_SECONDS)
                if ready and process.stdout.readline():
                    return
            except OSError:
                pass
            self.stop()
        raise QueryRejected(
            "The statement takes too long to read. Make it simpler.",
            kind=FailureKind.syntax,
            rule="parse-time",
        )

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "connectors.sql.parsing"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[2],
            )  # fmt: skip
            assert self._process.stdout is not None
            self._process.stdout.readline()
        return self._process

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process = None


_worker = _Worker()
atexit.register(_worker.stop)


def _serve() -> None:
    """The worker's loop: a line in, a line out when the parser came back."""
    print("ready", flush=True)
    for line in sys.stdin:
        sql, dialect = json.loads(line)
        with contextlib.suppress(*UNREADABLE):
            sqlglot.parse(sql, read=dialect)
        print("done", flush=True)


if __name__ == "__main__":
    _serve()
