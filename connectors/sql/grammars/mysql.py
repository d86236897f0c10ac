"""MySQL and MariaDB: modifiers, hints, date literals of ODBC, VALUES, JSON_TABLE, INTERVAL(…)."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.mysql import MySQL
from sqlglot.generators.mysql import MySQLGenerator
from sqlglot.parsers.mysql import MySQLParser
from sqlglot.tokenizer_core import TokenType

_HARMLESS_MODIFIERS = frozenset(
    {"SQL_NO_CACHE", "SQL_CACHE", "SQL_SMALL_RESULT", "SQL_BIG_RESULT", "SQL_BUFFER_RESULT", "HIGH_PRIORITY", "STRAIGHT_JOIN"}
)  # fmt: skip


class _MySQLParser(MySQLParser):
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        **MySQLParser.FUNCTION_PARSERS, "GET_FORMAT": lambda self: self._parse_get_format(),
    }  # fmt: skip

    def _parse_get_format(self) -> exp.Expr:
        """Its first argument is a word and no column: `GET_FORMAT(DATE, 'EUR')`."""
        word = self._parse_var(any_token=True, upper=True)
        self._match(TokenType.COMMA)
        return self.expression(exp.Anonymous(this="GET_FORMAT", expressions=[word, self._parse_string()]))

    def _parse_interval(self, require_interval: bool = True, parse_function_unit: bool = True) -> Any:
        """`INTERVAL(x, 10, 20)` is a function: how many of the others x reaches."""
        found = super()._parse_interval(require_interval, parse_function_unit)
        if isinstance(found, exp.Interval) and isinstance(found.this, exp.Tuple) and found.unit is None:
            return self.expression(exp.Anonymous(this="INTERVAL", expressions=found.this.expressions))
        return found

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
            column.set("exists", True)
        while self._parse_json_default(column):
            pass
        return column

    def _parse_json_default(self, column: exp.JSONColumnDef) -> bool:
        start = self._index
        value = self._parse_string() if self._match(TokenType.DEFAULT) else None
        if value is None and not (self._match(TokenType.NULL) or self._match_text_seq("ERROR")):
            self._retreat(start)
            return False
        instead = f"DEFAULT {value.sql('mysql')}" if value is not None else self._prev.text.upper()
        if not self._match(TokenType.ON) or not (
            self._match_text_seq("EMPTY") or self._match_text_seq("ERROR")
        ):
            self._retreat(start)
            return False
        column.set("instead", f"{column.args.get('instead', '')} {instead} ON {self._prev.text.upper()}")
        return True


class MySQLGrammar(MySQL):
    Parser = _MySQLParser

    class Tokenizer(MySQL.Tokenizer):
        """Optimizer hints are comments here: which of them may stand is decided on their text."""

        KEYWORDS: ClassVar[dict[str, TokenType]] = {
            word: kind for word, kind in MySQL.Tokenizer.KEYWORDS.items() if word != "/*+"
        }

    class Generator(MySQLGenerator):
        """`x REGEXP y` is understood by MySQL and MariaDB alike, and so is VALUES in parentheses."""

        VALUES_AS_TABLE = True
        WRAP_DERIVED_VALUES = True

        def jsoncolumndef_sql(self, expression: exp.JSONColumnDef) -> str:
            text = super().jsoncolumndef_sql(expression)
            if expression.args.get("exists"):
                text = text.replace(" PATH ", " EXISTS PATH ", 1)
            return f"{text}{expression.args.get('instead', '')}"

        def tuple_sql(self, expression: exp.Tuple) -> str:
            """A row of VALUES is written as it was: `ROW(1, 2)` or `(1, 2)`."""
            only = expression.expressions[0] if len(expression.expressions) == 1 else None
            if (
                isinstance(expression.parent, exp.Values)
                and isinstance(only, exp.Anonymous)
                and only.name.upper() == "ROW"
            ):
                return self.sql(only)
            return super().tuple_sql(expression)

        TRANSFORMS: ClassVar[dict[type[exp.Expr], Any]] = {
            **MySQLGenerator.TRANSFORMS,
            exp.RegexpLike: lambda self, node: (
                self.function_fallback_sql(node) if node.args.get("flag") else self.binary(node, "REGEXP")
            ),
        }
