"""SQL texts that people and models write into plans, looked at before anything here parses them."""

from __future__ import annotations

from functools import cache, lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from connectors.base import Capabilities
from connectors.errors import QueryRejected
from connectors.sql import guard
from connectors.sql.grammar import reader
from connectors.sql.policy import EVERYTHING

REMEMBERED = 4096
"""Texts that were looked at: the same plan is compiled several times in a turn."""


class CannotPlan(ValueError):
    """The plan contradicts itself, or a statement does something that no plan can say."""


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


def expression_in(text: str, dialect: str) -> exp.Expr:
    """The one expression that a text is, without its alias. Raises `CannotPlan`."""
    tree = _read(f"SELECT {text}", text, "an expression", dialect)
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1 or tree.args.get("from_") is not None:
        raise CannotPlan(f"“{text[:80]}” is not one expression.")
    found: exp.Expr = tree.expressions[0]
    return found.this if isinstance(found, exp.Alias) else found


def source_in(text: str, dialect: str) -> exp.Expr:
    """The one source of FROM that a text is. Raises `CannotPlan`."""
    tree = _read(f"SELECT * FROM {text}", text, "a table", dialect)  # noqa: S608 - read, not run
    if {key for key, value in tree.args.items() if value} != {"expressions", "from_"}:
        raise CannotPlan(f"“{text[:80]}” is not one table.")
    source: exp.Expr = tree.args["from_"].this
    return source


def clause_in(text: str, parts: set[str], dialect: str) -> exp.Expr:
    """A SELECT that says nothing but the clauses of the text. Raises `CannotPlan`."""
    tree = _read(f"SELECT 1 {text}", text, "a clause", dialect)
    said = {key for key, value in tree.args.items() if value} - {"expressions"}
    if not isinstance(tree, exp.Select) or not said or not said <= parts:
        raise CannotPlan(f"“{text[:80]}” cannot be read.")
    return tree


def _read(sql: str, text: str, what: str, dialect: str) -> exp.Expr:
    try:
        return parsed(sql, dialect)
    except (QueryRejected, SqlglotError, RecursionError) as error:
        raise CannotPlan(f"“{text[:80]}” is not {what} that can be read.") from error


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
