"""SQL texts that people and models write into plans, looked at before anything here parses them."""

from __future__ import annotations

from functools import cache, lru_cache

import sqlglot
from sqlglot import exp

from connectors.base import Capabilities
from connectors.sql import guard
from connectors.sql.grammar import reader
from connectors.sql.policy import EVERYTHING

REMEMBERED = 4096
"""Texts that were looked at: the same plan is compiled several times in a turn."""


@lru_cache(maxsize=REMEMBERED)
def look_first(sql: str, dialect: str) -> None:
    """A short text can keep a parser busy for hours, and only the guard's parser can be stopped.

    This is no permission to run it; that is decided with the reader's own policy later. Raises `QueryRejected`.
    """
    guard.admit(sql, _parser_of(dialect), EVERYTHING)


def parsed(sql: str, dialect: str) -> exp.Expr:
    """The tree of a text that a plan holds. Raises `QueryRejected` or a `SqlglotError`."""
    look_first(sql, dialect)
    return sqlglot.parse_one(sql, read=reader(dialect))


@cache
def _parser_of(dialect: str) -> Capabilities:
    return Capabilities(
        engine=dialect,
        dialect=dialect,
        read_only_enforced=True,
        can_cancel=False,
        can_explain=False,
        lists_read_tables=False,
    )
