"""sqlglot's dialects, with the reading statements that its parsers miss."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.mysql import MySQL
from sqlglot.parsers.duckdb import DuckDBParser
from sqlglot.parsers.mysql import MySQLParser
from sqlglot.tokenizer_core import TokenType


class _DuckDBParser(DuckDBParser):
    def _parse_simplified_pivot(self, is_unpivot: bool | None = None) -> exp.Pivot:
        """PIVOT and UNPIVOT may be ordered and limited as any query."""
        pivot = super()._parse_simplified_pivot(is_unpivot)
        for name, clause in (
            ("order", self._parse_order()), ("limit", self._parse_limit()), ("offset", self._parse_offset())
        ):  # fmt: skip
            if clause is not None:
                pivot.set(name, clause)
        return pivot


class _MySQLParser(MySQLParser):
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


class _DuckDBRead(DuckDB):
    Parser = _DuckDBParser


class _MySQLRead(MySQL):
    Parser = _MySQLParser


_EXTENDED: dict[str, type[Dialect]] = {"duckdb": _DuckDBRead, "mysql": _MySQLRead}


def reader(dialect: str) -> str | type[Dialect]:
    """What `sqlglot.parse(…, read=…)` reads a dialect of ours with."""
    return _EXTENDED.get(dialect, dialect)
