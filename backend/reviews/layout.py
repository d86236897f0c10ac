"""Two statements laid out alike, so that a comparison shows what was changed and not how it was typed.

Only blanks, line breaks and the case of SQL's own words and functions change: a reviewer decides about the text that will run,
so nothing is parsed and written anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

_T = TokenType
_CLAUSES = frozenset(
    (_T.SELECT, _T.FROM, _T.WHERE, _T.GROUP_BY, _T.HAVING, _T.ORDER_BY, _T.LIMIT, _T.OFFSET, _T.FETCH, _T.QUALIFY,
     _T.WINDOW, _T.UNION, _T.EXCEPT, _T.INTERSECT, _T.WITH)
)  # fmt: skip
_JOINS = frozenset((_T.JOIN, _T.LEFT, _T.RIGHT, _T.FULL, _T.INNER, _T.OUTER, _T.CROSS, _T.NATURAL))
_WORDS = _CLAUSES | _JOINS | frozenset(
    (_T.AND, _T.OR, _T.NOT, _T.IN, _T.IS, _T.NULL, _T.LIKE, _T.BETWEEN, _T.ALIAS, _T.ON, _T.USING, _T.CASE, _T.WHEN,
     _T.THEN, _T.ELSE, _T.END, _T.DISTINCT, _T.ASC, _T.DESC, _T.EXISTS, _T.OVER, _T.PARTITION_BY, _T.ALL)
)  # fmt: skip
_BINARY = frozenset(
    (_T.EQ, _T.NEQ, _T.LT, _T.LTE, _T.GT, _T.GTE, _T.PLUS, _T.DASH, _T.STAR, _T.SLASH, _T.PERCENT, _T.DPIPE)
)
_NO_BLANK_BEFORE = frozenset((_T.COMMA, _T.R_PAREN, _T.R_BRACKET, _T.DOT, _T.DCOLON, _T.SEMICOLON))
_NO_BLANK_AFTER = frozenset((_T.L_PAREN, _T.L_BRACKET, _T.DOT, _T.DCOLON))
_OPERAND_ENDS = frozenset(
    (_T.VAR, _T.IDENTIFIER, _T.NUMBER, _T.STRING, _T.R_PAREN, _T.R_BRACKET, _T.END, _T.NULL)
)
_INDENT = "  "


def laid_out(sql: str, dialect: str) -> str:
    """The statement itself where it cannot be split into words."""
    try:
        tokens = Dialect.get_or_raise(dialect).tokenize(sql)
    except (SqlglotError, RecursionError):
        return sql
    lines: list[str] = [""]
    for text, indent in _pieces(sql, tokens):
        if indent is not None:
            lines.append(_INDENT * indent)
        lines[-1] += text
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _pieces(sql: str, tokens: list[Token]) -> Iterator[tuple[str, int | None]]:
    """Each word with the blank before it, and the depth of the line that it begins, if it begins one."""
    blocks = [True]
    """Of each open parenthesis, the statement itself first: whether it holds a query and so has lines."""
    between, before = False, None
    for place, token in enumerate(tokens):
        kind = token.token_type
        gap = sql[before.end + 1 if before is not None else 0 : token.start]
        if note := gap.strip():
            yield f" {note}" if before is not None else note, None
        if kind == _T.R_PAREN and len(blocks) > 1 and blocks.pop():
            yield _text(sql, token), _depth(blocks) + 1
        elif (note and gap.rstrip(" \t").endswith("\n")) or (
            blocks[-1] and _begins_line(token, before, between)
        ):
            inner = kind in (_T.AND, _T.OR) or (before is not None and before.token_type == _T.COMMA)
            yield _text(sql, token), _depth(blocks) + inner
        else:
            yield (_text(sql, token) if _joined(tokens, place, gap) else f" {_text(sql, token)}"), None
        if kind == _T.L_PAREN:
            after = tokens[place + 1].token_type if place + 1 < len(tokens) else None
            blocks.append(after in (_T.SELECT, _T.WITH, _T.FROM))
        between = kind == _T.BETWEEN or (between and kind != _T.AND)
        before = token
    yield sql[before.end + 1 if before is not None else 0 :].rstrip(), None


def _begins_line(token: Token, before: Token | None, between: bool) -> bool:
    if before is None:
        return True
    kind, last = token.token_type, before.token_type
    if kind in _JOINS:
        return last not in _JOINS
    if kind in (_T.AND, _T.OR):
        return not between
    return kind in _CLAUSES or last == _T.COMMA


def _joined(tokens: list[Token], place: int, gap: str) -> bool:
    """Whether no blank stands before this word."""
    if place == 0:
        return True
    kind, last = tokens[place].token_type, tokens[place - 1].token_type
    if kind in _NO_BLANK_BEFORE or last in _NO_BLANK_AFTER:
        return True
    if last in (_T.DASH, _T.PLUS) and (place < 2 or tokens[place - 2].token_type not in _OPERAND_ENDS):
        return True  # a sign
    return not gap and not {kind, last} & _BINARY


def _depth(blocks: list[bool]) -> int:
    return 2 * (sum(blocks) - 1)


def _text(sql: str, token: Token) -> str:
    text = sql[token.start : token.end + 1]
    called = token.token_type == _T.VAR and sql[token.end + 1 : token.end + 2] == "("
    return " ".join(text.upper().split()) if called or token.token_type in _WORDS else text
