"""sqlglot's dialects, with the reading statements that its parsers miss or read otherwise than the engine."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.snowflake import Snowflake
from sqlglot.parsers.duckdb import DuckDBParser
from sqlglot.parsers.snowflake import SnowflakeParser
from sqlglot.tokenizer_core import Token, TokenType

from connectors.sql.grammars.mysql import MySQLGrammar
from connectors.sql.grammars.postgres import PostgresGrammar, prefix


class _DuckDBParser(DuckDBParser):
    UNARY_PARSERS: ClassVar[dict[TokenType, Any]] = {
        **DuckDBParser.UNARY_PARSERS, TokenType.TILDE: prefix(exp.BitwiseNot),
    }  # fmt: skip

    def _parse_simplified_pivot(self, is_unpivot: bool | None = None) -> exp.Pivot:
        """PIVOT and UNPIVOT may be ordered and limited as any query."""
        pivot = super()._parse_simplified_pivot(is_unpivot)
        for name, clause in (
            ("order", self._parse_order()), ("limit", self._parse_limit()), ("offset", self._parse_offset())
        ):  # fmt: skip
            if clause is not None:
                pivot.set(name, clause)
        return pivot


class _SnowflakeParser(SnowflakeParser):
    def parse(self, raw_tokens: list[Token], sql: str) -> list[exp.Expr | None]:
        """`$1` is the first column of what is read; a variable's name cannot start with a digit."""
        trees: list[exp.Expr | None] = super().parse(raw_tokens, sql)
        for tree in trees:
            for parameter in list(tree.find_all(exp.Parameter)) if tree is not None else ():
                if isinstance(parameter.this, exp.Literal) and parameter.this.name.isdigit():
                    name = exp.to_identifier(f"${parameter.this.name}", quoted=False)
                    inside = isinstance(parameter.parent, exp.Column)
                    parameter.replace(name if inside else exp.Column(this=name))
        return trees


class _DuckDBRead(DuckDB):
    Parser = _DuckDBParser


class _SnowflakeRead(Snowflake):
    Parser = _SnowflakeParser


_EXTENDED: dict[str, type[Dialect]] = {
    "duckdb": _DuckDBRead, "mysql": MySQLGrammar, "postgres": PostgresGrammar, "snowflake": _SnowflakeRead,
}  # fmt: skip


def reader(dialect: str) -> str | type[Dialect]:
    """What `sqlglot.parse(…, read=…)` reads a dialect of ours with."""
    return _EXTENDED.get(dialect, dialect)
