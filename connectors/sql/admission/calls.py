"""Which functions a text calls, by its words.

sqlglot folds many spellings into one class, so the tree alone cannot tell a built-in function from a
stored one of a similar name. What stands before each parenthesis can.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from connectors.errors import FailureKind, QueryRejected
from connectors.sql.dialects import QUALIFIERS, SCHEMA_WORDS, functions, structure_words


def check_calls(tokens: list[Token], tree: exp.Expr, dialect: str, searched: frozenset[str]) -> None:
    """Every name before a parenthesis is a listed function, a word of the grammar, or an alias with columns.

    `searched` are the full-text tables that are written like functions.
    """
    aliases = searched | {
        alias.name.lower()
        for alias in tree.find_all(exp.TableAlias)
        if alias.args.get("columns") or isinstance(alias.parent, exp.CTE)
    }
    for name, quoted, qualifier in _calls(tokens):
        word = name if quoted else name.lower()
        if qualifier is not None and dialect == "duckdb":
            if SCHEMA_WORDS.intersection(part.lower() for part in qualifier) or word not in functions(
                dialect
            ):
                raise _refuse(f"The function {name} is not allowed.", "qualified-function")
        elif qualifier is not None:
            space = qualifier[-1].lower() if qualifier else ""
            if len(qualifier) != 1 or space not in QUALIFIERS.get(dialect, ()):
                raise _refuse("Functions may not be called with a schema name.", "qualified-function")
            if not {f"{space}.{word}", word} & functions(dialect):
                raise _refuse(f"The function {space}.{word} is not allowed.", "function")
        elif (
            word not in functions(dialect)
            and word.lower() not in aliases
            and (quoted or word not in structure_words())
        ):
            raise _refuse(f"The function {name} is not allowed.", "function")


def _calls(tokens: list[Token]) -> Iterator[tuple[str, bool, list[str] | None]]:
    """(name, whether it is quoted, the names before its dots) of every word before a parenthesis."""
    for place in range(len(tokens) - 1):
        token = tokens[place]
        if tokens[place + 1].token_type != TokenType.L_PAREN or not _is_word(token):
            continue
        quoted = token.token_type == TokenType.IDENTIFIER
        dotted = place > 1 and tokens[place - 1].token_type == TokenType.DOT
        name = token.text if quoted else token.text.split()[-1]  # the tokenizer joins GROUP BY and the like
        yield name, quoted, _before(tokens, place) if dotted else None


def _before(tokens: list[Token], place: int) -> list[str]:
    """The names of the chain `a.b.` before a place; none where a value stands before the dot."""
    names: list[str] = []
    while place > 1 and tokens[place - 1].token_type == TokenType.DOT and _is_word(tokens[place - 2]):
        names.append(tokens[place - 2].text)
        place -= 2
    return names


def _is_word(token: Token) -> bool:
    if token.token_type == TokenType.IDENTIFIER:
        return True
    return token.token_type != TokenType.STRING and (token.text[:1].isalpha() or token.text[:1] == "_")


def _refuse(message: str, rule: str) -> QueryRejected:
    return QueryRejected(message, kind=FailureKind.permission, rule=rule)
