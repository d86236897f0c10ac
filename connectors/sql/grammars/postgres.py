"""PostgreSQL: operators, types before texts, ordering by an operator, VALUES in parentheses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.parser import Parser
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.tokenizer_core import TokenType

TYPES_BY_NAME = frozenset(
    {
        "box", "circle", "line", "lseg", "path", "polygon", "cidr", "macaddr", "macaddr8", "tsquery", "tsvector",
        "jsonpath", "citext", "hstore", "ltree",
    }
)  # fmt: skip
"""PostgreSQL's types that sqlglot does not know before a text, as in `box '((0,0),(1,1))'`."""
OTHER_OPERATORS = frozenset(
    {"<<=", ">>=", "?#", "?-|", "?||", "<<|", "|>>", "&<|", "|&>", "~=", "<^", ">^", "##"}
)  # fmt: skip
"""Of PostgreSQL's networks and shapes, unknown to sqlglot."""
BUILT_IN_OPERATORS = OTHER_OPERATORS | frozenset(
    {
        "+", "-", "*", "/", "%", "=", "<>", "!=", "<", ">", "<=", ">=", "~", "~*", "!~", "!~*", "~~", "~~*", "!~~", "!~~*",
        "||", "&", "|", "#", "<<", ">>", "&&", "@>", "<@", "?", "?|", "?&", "->", "->>", "#>", "#>>", "@@", "@?", "<->",
        "-|-", "&<", "&>", "^@",
    }
)  # fmt: skip
"""What PostgreSQL's `OPERATOR(…)` may name: all but powers, whose size has a bound."""
_OTHER_OPERATOR: TokenType = TokenType.COLON_GT


def prefix(kind: type[exp.Expr]) -> Callable[[Parser], exp.Expr]:
    """An operator before its value: it takes in sums and products, so `~1 + 1` is `~(1 + 1)`."""
    return lambda parser: parser.expression(kind(this=parser._parse_term()))


class _PostgresParser(PostgresParser):
    UNARY_PARSERS: ClassVar[dict[TokenType, Any]] = {
        **PostgresParser.UNARY_PARSERS,
        TokenType.PARAMETER: prefix(exp.Abs),
        TokenType.TILDE: prefix(exp.BitwiseNot),
        TokenType.PIPE_SLASH: prefix(exp.Sqrt),
        TokenType.DPIPE_SLASH: prefix(exp.Cbrt),
    }

    RANGE_PARSERS: ClassVar[dict[TokenType, Any]] = {
        **PostgresParser.RANGE_PARSERS, _OTHER_OPERATOR: lambda self, this: self._parse_other_operator(this),
    }  # fmt: skip

    def _parse_other_operator(self, this: exp.Expr | None) -> exp.Expr:
        """`a <<= b` is kept as `a OPERATOR(<<=) b`, which PostgreSQL takes for the same."""
        operator = self._prev.text
        return self.expression(exp.Operator(this=this, operator=operator, expression=self._parse_bitwise()))

    def _parse_interval(self, require_interval: bool = True, parse_function_unit: bool = True) -> Any:
        """`interval(0) '1 second'` is a text cast to a type that rounds."""
        start = self._index
        kind = self._parse_rounded_interval()
        text = self._parse_string() if kind is not None else None
        if text is not None:
            return self.expression(exp.Cast(this=text, to=kind))
        self._retreat(start)
        return super()._parse_interval(require_interval, parse_function_unit)

    def _parse_types(self, *args: Any, **options: Any) -> exp.Expr | None:
        start = self._index
        kind = self._parse_rounded_interval()
        if kind is None:
            self._retreat(start)
        return kind or super()._parse_types(*args, **options)

    def _parse_rounded_interval(self) -> exp.DataType | None:
        if not self._match_pair(TokenType.INTERVAL, TokenType.L_PAREN):
            return None
        digits = self._parse_number()
        if digits is None or not self._match(TokenType.R_PAREN):
            return None
        size = [exp.DataTypeParam(this=digits)]
        return self.expression(exp.DataType(this=exp.DType.USERDEFINED, kind="interval", expressions=size))

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


class PostgresGrammar(Postgres):
    Parser = _PostgresParser

    class Tokenizer(Postgres.Tokenizer):
        KEYWORDS: ClassVar[dict[str, TokenType]] = {
            **Postgres.Tokenizer.KEYWORDS, **dict.fromkeys(OTHER_OPERATORS, _OTHER_OPERATOR),
        }  # fmt: skip
