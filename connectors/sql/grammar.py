"""sqlglot's dialects, with the reading statements that its parsers miss or read otherwise than the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.mysql import MySQL
from sqlglot.dialects.postgres import Postgres
from sqlglot.dialects.snowflake import Snowflake
from sqlglot.generators.mysql import MySQLGenerator
from sqlglot.parser import Parser
from sqlglot.parsers.duckdb import DuckDBParser
from sqlglot.parsers.mysql import MySQLParser
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.parsers.snowflake import SnowflakeParser
from sqlglot.tokenizer_core import Token, TokenType

TYPES_BY_NAME = frozenset(
    {
        "box", "circle", "line", "lseg", "path", "polygon", "cidr", "macaddr", "macaddr8", "tsquery", "tsvector",
        "jsonpath", "citext", "hstore", "ltree",
    }
)  # fmt: skip
"""PostgreSQL's types that sqlglot does not know before a text, as in `box '((0,0),(1,1))'`."""
_HARMLESS_MODIFIERS = frozenset(
    {"SQL_NO_CACHE", "SQL_CACHE", "SQL_SMALL_RESULT", "SQL_BIG_RESULT", "SQL_BUFFER_RESULT", "HIGH_PRIORITY", "STRAIGHT_JOIN"}
)  # fmt: skip


def _prefix(kind: type[exp.Expr]) -> Callable[[Parser], exp.Expr]:
    """An operator before its value: it takes in sums and products, so `~1 + 1` is `~(1 + 1)`."""
    return lambda parser: parser.expression(kind(this=parser._parse_term()))


class _DuckDBParser(DuckDBParser):
    UNARY_PARSERS: ClassVar[dict[TokenType, Any]] = {
        **DuckDBParser.UNARY_PARSERS, TokenType.TILDE: _prefix(exp.BitwiseNot),
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


class _PostgresParser(PostgresParser):
    UNARY_PARSERS: ClassVar[dict[TokenType, Any]] = {
        **PostgresParser.UNARY_PARSERS,
        TokenType.PARAMETER: _prefix(exp.Abs),
        TokenType.TILDE: _prefix(exp.BitwiseNot),
        TokenType.PIPE_SLASH: _prefix(exp.Sqrt),
        TokenType.DPIPE_SLASH: _prefix(exp.Cbrt),
    }

    def _parse_unary(self) -> exp.Expr | None:
        if self._match(TokenType.PARAMETER, advance=False) and self._curr.text != "@":
            self.raise_error("Parameters are not read")
        return super()._parse_unary()

    def _parse_type(
        self, parse_interval: bool = True, fallback_to_identifier: bool = False
    ) -> exp.Expr | None:
        """A type's name before a text makes a value of the type."""
        named = self._curr and self._curr.text.lower() in TYPES_BY_NAME
        if not named or not self._next or self._next.token_type != TokenType.STRING:
            return super()._parse_type(parse_interval, fallback_to_identifier)
        name = self._curr.text
        self._advance()
        kind = exp.DataType.build(name, dialect="postgres", udt=True)
        cast = self.expression(exp.Cast(this=self._parse_primary(), to=kind))
        return self._parse_column_ops(cast)

    def _parse_ordered(self, parse_method: Callable[[], exp.Expr | None] | None = None) -> exp.Ordered | None:
        """`USING <` is ASC, `USING >` is DESC."""
        ordered = super()._parse_ordered(parse_method)
        if ordered is None or not self._match(TokenType.USING):
            return ordered
        if not self._match_set((TokenType.LT, TokenType.GT)):
            self.raise_error("Expected < or >")
        descends = self._prev.token_type == TokenType.GT
        first = self._match_text_seq("NULLS", "FIRST")
        last = self._match_text_seq("NULLS", "LAST")
        ordered.set("desc", descends)
        ordered.set("nulls_first", bool(first) or (descends and not last))
        return ordered

    def _parse_derived_table_values(self, allow_value_synonym: bool = False) -> Any:
        """VALUES in parentheses may be ordered and limited as any query."""
        start = self._index
        if not self._match_pair(TokenType.L_PAREN, TokenType.VALUES):
            return super()._parse_derived_table_values(allow_value_synonym)
        rows = self._parse_csv(self._parse_value)
        ends = {"order": self._parse_order(), "limit": self._parse_limit(), "offset": self._parse_offset()}
        if not self._match(TokenType.R_PAREN):
            self._retreat(start)
            return super()._parse_derived_table_values(allow_value_synonym)
        if not any(ends.values()):
            return self.expression(exp.Values(expressions=rows, alias=self._parse_table_alias()))
        values = self.expression(exp.Values(expressions=rows, **ends))
        return self.expression(exp.Subquery(this=values, alias=self._parse_table_alias()))


class _MySQLParser(MySQLParser):
    ODBC_DATETIME_LITERALS: ClassVar[dict[str, type[exp.Expr]]] = {
        "d": exp.Date, "t": exp.Time, "ts": exp.Timestamp,
    }  # fmt: skip
    _ODBC_TYPES: ClassVar[dict[str, str]] = {"d": "DATE", "t": "TIME", "ts": "DATETIME"}

    def _parse_odbc_datetime_literal(self) -> exp.Expr:
        self._advance()
        kind = exp.DataType.build(self._ODBC_TYPES[self._prev.text.lower()], dialect="mysql")
        literal = self.expression(exp.Cast(this=self._parse_string(), to=kind))
        if not self._match(TokenType.R_BRACE):
            self.raise_error("Expected }")
        return literal

    def _parse_hint(self) -> exp.Hint | None:
        """What only tells how to fetch may also stand before DISTINCT."""
        start = self._index
        while self._match_texts(_HARMLESS_MODIFIERS):
            pass
        if not self._match_set((*self.DISTINCT_TOKENS, TokenType.ALL), advance=False):
            self._retreat(start)
        return None

    def _parse_statement(self) -> exp.Expr | None:
        """VALUES (1, 'a') and VALUES ROW(1, 'a') are statements of their own."""
        if self._match(TokenType.VALUES, advance=False) and self._index == 0:
            return self._parse_query_modifiers(self._parse_set_operations(self._parse_derived_table_values()))
        return super()._parse_statement()

    def _parse_json_column_def(self) -> exp.JSONColumnDef:
        """Columns of JSON_TABLE: EXISTS PATH, and what stands for missing or wrong values."""
        column: exp.JSONColumnDef = super()._parse_json_column_def()
        if self._match(TokenType.EXISTS) and self._match_text_seq("PATH"):
            column.set("path", self._parse_string())
        while self._parse_json_default(column):
            pass
        return column

    def _parse_json_default(self, column: exp.JSONColumnDef) -> bool:
        start = self._index
        value = self._parse_string() if self._match(TokenType.DEFAULT) else None
        if value is None and not (self._match(TokenType.NULL) or self._match_text_seq("ERROR")):
            self._retreat(start)
            return False
        if not self._match(TokenType.ON) or not (
            self._match_text_seq("EMPTY") or self._match_text_seq("ERROR")
        ):
            self._retreat(start)
            return False
        return True


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


class _PostgresRead(Postgres):
    Parser = _PostgresParser


class _MySQLRead(MySQL):
    Parser = _MySQLParser

    class Tokenizer(MySQL.Tokenizer):
        """Optimizer hints are comments here: which of them may stand is decided on their text."""

        KEYWORDS: ClassVar[dict[str, TokenType]] = {
            word: kind for word, kind in MySQL.Tokenizer.KEYWORDS.items() if word != "/*+"
        }

    class Generator(MySQLGenerator):
        """`x REGEXP y` is understood by MySQL and MariaDB alike."""

        TRANSFORMS: ClassVar[dict[type[exp.Expr], Any]] = {
            **MySQLGenerator.TRANSFORMS,
            exp.RegexpLike: lambda self, node: (
                self.function_fallback_sql(node) if node.args.get("flag") else self.binary(node, "REGEXP")
            ),
        }


class _SnowflakeRead(Snowflake):
    Parser = _SnowflakeParser


_EXTENDED: dict[str, type[Dialect]] = {
    "duckdb": _DuckDBRead, "mysql": _MySQLRead, "postgres": _PostgresRead, "snowflake": _SnowflakeRead,
}  # fmt: skip


def reader(dialect: str) -> str | type[Dialect]:
    """What `sqlglot.parse(…, read=…)` reads a dialect of ours with."""
    return _EXTENDED.get(dialect, dialect)
