"""Cheap looks at the text, before anything parses it.

Short SQL can hang or kill a parser, and characters that one reader skips and another obeys make text
and tree differ. Both are refused here, by counting tokens and naming characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from sqlglot.errors import TokenError
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType

from connectors.errors import FailureKind, QueryRejected
from connectors.sql.admission.tokens import tokenize

MAX_CHARACTERS = 20_000
MAX_TOKENS = 4_000
MAX_NESTING = 40
MAX_BARE_JOINS = 8
"""JOINs without ON or USING; parsing time doubles with each one."""
MAX_TYPES = 6
"""ARRAY[ inside ARRAY[, DATE( inside DATE(; parsing time doubles with each one."""
MAX_SUBSCRIPTS = 40
MAX_NOTS = 60
MAX_CASES = 60
_TYPES = Parser.TYPE_TOKENS
_OPEN = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSE = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
_PARAMETERS = (
    TokenType.PARAMETER, TokenType.BLOCK_START, TokenType.BLOCK_END, TokenType.SESSION_PARAMETER,
)  # fmt: skip
ABSOLUTE = frozenset({"postgres", "duckdb"})
"""Where `@` is an operator."""
_QUOTED = {
    TokenType.STRING, TokenType.IDENTIFIER, TokenType.NATIONAL_STRING, TokenType.RAW_STRING, TokenType.HEREDOC_STRING,
    TokenType.BYTE_STRING,
}  # fmt: skip
HINTS = frozenset(
    {
        "join_order", "join_prefix", "join_suffix", "join_fixed_order", "join_index", "no_join_index", "index", "no_index",
        "group_index", "no_group_index", "order_index", "no_order_index", "index_merge", "no_index_merge", "bka", "no_bka",
        "bnl", "no_bnl", "hash_join", "no_hash_join", "merge", "no_merge", "mrr", "no_mrr", "no_icp", "no_range_optimization",
        "skip_scan", "no_skip_scan", "semijoin", "no_semijoin", "subquery", "qb_name", "derived_condition_pushdown",
        "no_derived_condition_pushdown",
    }
    | {
        "seqscan", "indexscan", "indexonlyscan", "bitmapscan", "tidscan", "noseqscan", "noindexscan", "noindexonlyscan",
        "nobitmapscan", "notidscan", "hashjoin", "mergejoin", "nestloop", "nohashjoin", "nomergejoin", "nonestloop",
        "leading", "memoize", "nomemoize", "rows",
    }
)  # fmt: skip
"""Hints of MySQL, and of PostgreSQL's pg_hint_plan, that only choose a way to the same rows."""
HINTING = frozenset({"mysql", "postgres"})
"""Where the engine, or an extension, obeys `/*+ … */`; elsewhere it is a comment."""
_HINT = re.compile(r"/\*\+(.*?)\*/", re.DOTALL)
_HINT_TEXT = re.compile(r"[\w\s(),.@#-]*", re.ASCII)
_HINT_NAME = re.compile(r"([A-Za-z_]+)\s*\(")
_NUMBER = re.compile(r"\d[\d_]*(\.\d*)?([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?")
_BLANK = {" ", "\t", "\n", "\r"}


def _refuse(message: str, rule: str) -> QueryRejected:
    return QueryRejected(message, kind=FailureKind.syntax, rule=rule)


def screen(sql: str, dialect: str) -> list[Token]:
    """Tokens of a text that may be parsed; raises `QueryRejected` otherwise."""
    if not sql.strip():
        raise _refuse("The statement is empty.", "empty")
    if len(sql) > MAX_CHARACTERS:
        raise _refuse(f"The statement is longer than {MAX_CHARACTERS:,} characters.", "too-long")
    if any((ord(c) < 32 and c not in _BLANK) or c == "\x7f" for c in sql) or sql.startswith("\ufeff"):
        raise _refuse("The statement holds a control character.", "control-character")
    try:
        sql.encode("utf-8")
        tokens = tokenize(sql, dialect)
    except (TokenError, UnicodeEncodeError) as error:
        raise _refuse("The statement cannot be read: a quote or comment is not closed.", "tokens") from error
    _check_gaps(sql, tokens, dialect)
    _check_counts(tokens, dialect)
    return tokens


def _check_gaps(sql: str, tokens: list[Token], dialect: str) -> None:
    """Between tokens there may be blanks and plain comments only."""
    end = 0
    for token in tokens:
        _check_gap(sql[end : token.start], dialect)
        end = token.end + 1
        if token.token_type in _QUOTED:
            if sql[: token.start].endswith(("U&", "u&")) and token.token_type == TokenType.IDENTIFIER:
                raise _refuse("Names are written with their letters, not as U&.", "escaped-name")
            continue
        text = sql[token.start : end]
        if token.token_type == TokenType.NUMBER and not _NUMBER.fullmatch(text):
            raise _refuse(f"{text} is no number that every reader understands.", "number")
        if not text.isascii() and any(_invisible(c) for c in text):
            raise _refuse("The statement holds an invisible character.", "invisible-character")
    _check_gap(sql[end:], dialect)


def _check_gap(gap: str, dialect: str) -> None:
    if not gap.strip(" \t\r\n;"):
        return
    if "/*!" in gap or "/*M!" in gap:
        raise _refuse("Comments that the database would execute are not allowed.", "active-comment")
    if "/*+" in gap and dialect in HINTING and not _are_harmless(gap):
        raise _refuse("Optimizer hints may only choose among ways to the same rows.", "active-comment")
    if "{#" in gap or "{%" in gap or "{{" in gap:
        raise _refuse("Templates are not allowed.", "parameter")
    if "\r" in gap.replace("\r\n", "\n"):
        raise _refuse("A lone carriage return inside a comment can hide SQL.", "comment-return")
    if gap.count("/*") != gap.count("*/"):
        raise _refuse("A comment is not closed.", "open-comment")
    if dialect == "mysql" and any(
        line.lstrip().startswith("--") and not line.lstrip()[2:3].isspace() and line.lstrip() != "--"
        for line in gap.splitlines()
    ):
        raise _refuse("In MySQL a comment needs a blank after its two dashes.", "comment-dashes")
    if any(_invisible(c) for c in gap):
        raise _refuse("The statement holds an invisible character.", "invisible-character")


def _are_harmless(gap: str) -> bool:
    """Whether the hints are all listed, and written so that every reader sees where they end."""
    hints = _HINT.findall(gap)
    return len(hints) == gap.count("/*+") == gap.count("/*") and all(
        _HINT_TEXT.fullmatch(hint) and {name.lower() for name in _HINT_NAME.findall(hint)} <= HINTS
        for hint in hints
    )


def _invisible(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Cf", "Cc", "Zs", "Zl", "Zp", "Cs", "Co")
        and character not in _BLANK
    )


def _check_counts(tokens: list[Token], dialect: str) -> None:
    if len(tokens) > MAX_TOKENS:
        raise _refuse(f"The statement has more than {MAX_TOKENS:,} words.", "too-many-tokens")
    _check_nesting(tokens)
    counts = Counter(token.token_type for token in tokens)
    if any(_is_parameter(place, tokens, dialect) for place in range(len(tokens))):
        raise _refuse("Parameters, variables and templates are not allowed.", "parameter")
    joins = counts[TokenType.JOIN] + counts[TokenType.STRAIGHT_JOIN]
    if joins - counts[TokenType.ON] - counts[TokenType.USING] > MAX_BARE_JOINS:
        raise _refuse("Too many JOINs have no ON or USING.", "bare-joins")
    if counts[TokenType.NOT] > MAX_NOTS or counts[TokenType.CASE] > MAX_CASES:
        raise _refuse("The statement is too complicated.", "too-complex")


def _is_parameter(place: int, tokens: list[Token], dialect: str) -> bool:
    """`@` before a value is its absolute value, `$1` in Snowflake a column by its place."""
    token = tokens[place]
    if token.token_type == TokenType.VAR:
        return token.text.startswith("$")
    if token.token_type not in _PARAMETERS:
        return False
    if token.text == "@":
        return dialect not in ABSOLUTE
    follows = tokens[place + 1] if place + 1 < len(tokens) else None
    plain = follows is not None and follows.token_type == TokenType.NUMBER and follows.text.isdecimal()
    return dialect != "snowflake" or follows is None or not plain or token.end + 1 != follows.start


def _check_nesting(tokens: list[Token]) -> None:
    costly: list[bool] = []  # for each open bracket, whether it is one of ARRAY[ or DATE(
    before: Token | None = None
    subscripts = 0
    for token in tokens:
        kind = token.token_type
        if kind in _OPEN:
            costly.append(before is not None and before.token_type in _TYPES)
            subscripts = subscripts + 1 if before is not None and before.text == "]" else 0
            if len(costly) > MAX_NESTING:
                raise _refuse("The statement is nested too deeply.", "too-deep")
            if sum(costly) > MAX_TYPES or subscripts > MAX_SUBSCRIPTS:
                raise _refuse("The statement is too complicated.", "too-complex")
            if kind == TokenType.L_BRACE and _follows(before, token, kind):
                raise _refuse("Templates are not allowed.", "parameter")
        elif kind in _CLOSE and costly:
            costly.pop()
        before = token


def _follows(before: Token | None, token: Token, kind: TokenType) -> bool:
    return before is not None and before.token_type == kind and before.end + 1 == token.start
