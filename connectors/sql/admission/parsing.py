"""Parsing exactly one statement. Only to be called where it can be killed: see `deciders.py`."""

from __future__ import annotations

import logging

import sqlglot
import sqlglot.parser
from sqlglot import exp
from sqlglot.errors import SqlglotError

from connectors.errors import FailureKind, QueryRejected
from connectors.sql.grammar import reader
from connectors.sql.scopes import resolve

if not sqlglot.parser.__file__.endswith(".py"):
    raise ImportError("The compiled sqlglot crashes on hostile text; install the pure one (no sqlglotc).")

UNREADABLE = (
    SqlglotError, RecursionError, MemoryError, ValueError, TypeError, AttributeError, KeyError, IndexError, AssertionError,
)  # fmt: skip
"""What sqlglot raises on text that it cannot read; every one of them means: refuse."""

logging.getLogger("sqlglot").setLevel(logging.ERROR)


def parse_one(sql: str, dialect: str) -> exp.Expr:
    """The tree of the only statement, its names resolved; raises `QueryRejected`."""
    try:
        parsed = sqlglot.parse(sql, read=reader(dialect))
    except UNREADABLE as error:
        raise _refuse(_reason(error), "parse") from error
    statements = [tree for tree in parsed if tree is not None and not isinstance(tree, exp.Semicolon)]
    if len(statements) != 1:
        raise _refuse(f"Exactly one statement is allowed, not {len(statements)}.", "single")
    resolve(statements[0], dialect)
    return statements[0]


def _refuse(message: str, rule: str) -> QueryRejected:
    return QueryRejected(message, kind=FailureKind.syntax, rule=rule)


def _reason(error: Exception) -> str:
    details = getattr(error, "errors", None)
    if details:
        first = details[0]
        return f"The SQL cannot be read at line {first.get('line')}, column {first.get('col')}: {first.get('description')}"
    return "The SQL cannot be read."
