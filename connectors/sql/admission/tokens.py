"""sqlglot's tokenizers, one per dialect, made once."""

from __future__ import annotations

from functools import cache

from sqlglot.dialects.dialect import Dialect
from sqlglot.tokenizer_core import Token

from connectors.sql.grammar import reader


@cache
def _dialect(name: str) -> Dialect:
    return Dialect.get_or_raise(reader(name))


def tokenize(sql: str, dialect: str) -> list[Token]:
    """Raises `sqlglot.errors.TokenError`."""
    return _dialect(dialect).tokenize(sql)
