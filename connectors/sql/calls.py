"""Which functions a text calls, by its words.

sqlglot folds many spellings into one class, so the tree alone cannot tell a built-in function from a
stored one of a similar name. What stands before each parenthesis can.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from connectors.errors import FailureKind, QueryRejected
from connectors.sql.dialects import QUALIFIERS, functions, structure_words


def check_calls(tokens: list[Token], tree: exp.Expr, dialect: str) -> None:
    """Every name before a parenthesis is a listed function, a word of the grammar, or an alias with columns."""
    aliases = {
        alias.name.lower()
        for alias in tree.find_all(exp.TableAlias)
        if alias.args.get("columns") or isinstance(alias.parent, exp.CTE)
    }
    for name, quoted, qualifier in _calls(tokens):
        word = name if quoted else name.lower()
        if qualifier is not None:
            if qualifier.lower() not in QUALIFIERS.get(dialect, ()):
                raise _refuse("Functions may not be called with a schema name.", "qualified-function")
            word = f"{qualifier}.{name}".lower()
            if word not in functions(dialect) and name.lower() not in functions(dialect):
                raise _refuse(f"The function {word} is not allowed.", "function")
        elif (
            word not in functions(dialect)
            and word.lower() not in aliases
            and (quoted or word not in structure_words())
        ):
            raise _refuse(f"The function {name} is not allowed.", "function")


def _calls(tokens: list[Token]) -> Iterator[tuple[str, bool, str | None]]:
    """(name, whether it is quoted, what stands before its dot) of every word before a parenthesis."""
    for place in range(len(tokens) - 1):
        token = tokens[place]
        if tokens[place + 1].token_type != TokenType.L_PAREN:
            continue
        quoted = token.token_type == TokenType.IDENTIFIER
        if not quoted and not (token.text[:1].isalpha() or token.text[:1] == "_"):
            continue
        if token.token_type == TokenType.STRING:
            continue
        dotted = place > 1 and tokens[place - 1].token_type == TokenType.DOT
        name = token.text if quoted else token.text.split()[-1]  # the tokenizer joins GROUP BY and the like
        yield name, quoted, tokens[place - 2].text if dotted else None


def _refuse(message: str, rule: str) -> QueryRejected:
    return QueryRejected(message, kind=FailureKind.permission, rule=rule)
