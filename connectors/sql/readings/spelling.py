"""Expressions and conditions of a reading as SQL, in one dialect."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache

from sqlglot.dialects.dialect import Dialect

from connectors.sql.reading import (
    And,
    Arithmetic,
    Between,
    Case,
    Cast,
    ColumnRef,
    Comparison,
    DateBucket,
    DatePart,
    Exists,
    Expression,
    Function,
    In,
    IsNull,
    Literal,
    Not,
    Or,
    Order,
    Predicate,
    Raw,
    Reading,
    Star,
    Subquery,
    Window,
)
from connectors.sql.readings.date_forms import date_template
from connectors.sql.readings.types import DROPS_REMAINDERS, has_fraction

_PLAIN_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_LOWER_NAME = re.compile(r"^[a-z_][a-z0-9_]*$")
_UPPER_NAME = re.compile(r"^[A-Z_][A-Z0-9_]*$")
_QUOTES = {"mysql": "`", "bigquery": "`"}
_WHOLE_DIVISION = {
    "duckdb": "{} // {}",
    "mysql": "{} DIV {}",
    "bigquery": "DIV({}, {})",
    "snowflake": "TRUNC({} / {})",
}
_STRENGTH = {"+": 1, "-": 1, "||": 1, "*": 2, "/": 2, "//": 2, "%": 2}
_FUNCTIONS = {
    ("postgres", "hex"): "TO_HEX",
    ("sqlite", "length"): "LENGTH", ("mysql", "length"): "CHAR_LENGTH",
    ("mysql", "stddev"): "STDDEV_SAMP", ("mysql", "variance"): "VAR_SAMP", ("sqlite", "group_concat"): "GROUP_CONCAT",
    ("mysql", "group_concat"): "GROUP_CONCAT", ("postgres", "group_concat"): "STRING_AGG", ("duckdb", "group_concat"): "STRING_AGG",
}  # fmt: skip


@lru_cache(maxsize=16)
def _reserved(dialect: str) -> frozenset[str]:
    """Words that the dialect's tokenizer does not take for a name."""
    keywords = Dialect.get_or_raise(dialect).tokenizer_class.KEYWORDS
    more = {
        "order",
        "group",
        "user",
        "table",
        "end",
        "index",
        "key",
        "default",
        "check",
        "references",
        "to",
        "rank",
        "desc",
        "asc",
    }
    return frozenset(word.lower() for word in keywords if word.isalpha()) | frozenset(more)


def _is_one(text: str) -> bool:
    """Whether no operator can get between the parts of a text: it has blanks only in quotes and brackets."""
    depth, quote = 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character.isspace() and not depth:
            return False
    return True


class Spelling(ABC):
    """Spells names, expressions and conditions; how a query is written its subclass knows."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.quote = _QUOTES.get(dialect, '"')
        self.reserved = _reserved(dialect)

    def name(self, name: str) -> str:
        """Quoted only where the bare name would mean something else."""
        plain = {"postgres": _LOWER_NAME, "snowflake": _UPPER_NAME}.get(self.dialect, _PLAIN_NAME)
        if plain.match(name) and name.lower() not in self.reserved:
            return name
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote

    @abstractmethod
    def query(self, reading: Reading, indent: str) -> str: ...

    @abstractmethod
    def _order(self, order: Order) -> str: ...

    def _raw(self, raw: Raw) -> str:
        names = (part if isinstance(part, str) else self.column(part) for part in raw.parts)
        return "".join(names)

    def column(self, column: ColumnRef) -> str:
        return ".".join(self.name(name) for name in (column.table, column.name) if name)

    def expression(self, node: Expression) -> str:
        match node:
            case ColumnRef():
                return self.column(node)
            case Literal():
                return self._literal(node)
            case Star():
                return f"{self.name(node.table)}.*" if node.table else "*"
            case Function():
                return self._function(node)
            case Arithmetic():
                return self._arithmetic(node)
            case DateBucket():
                return date_template(self.dialect, ("bucket", node.grain)).format(
                    x=self.expression(node.value)
                )
            case DatePart():
                return date_template(self.dialect, ("part", node.part)).format(x=self.expression(node.value))
            case Case():
                branches = "".join(
                    f" WHEN {self.predicate(when)} THEN {self.expression(then)}"
                    for when, then in node.branches
                )
                otherwise = f" ELSE {self.expression(node.otherwise)}" if node.otherwise is not None else ""
                return f"CASE{branches}{otherwise} END"
            case Cast():
                return f"CAST({self.expression(node.value)} AS {node.type})"
            case Subquery():
                return f"({self.query(node.query, '  ')})"
            case Raw():
                return self._raw(node)

    def _literal(self, literal: Literal) -> str:
        value = literal.value
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return str(value).upper()
        if literal.kind == "number" or isinstance(value, int | float):
            return str(value)
        text = str(value)
        if self.dialect in ("mysql", "bigquery"):
            text = text.replace("\\", "\\\\")
        text = "'" + text.replace("'", "\\'" if self.dialect == "bigquery" else "''") + "'"
        if literal.kind in ("date", "timestamp") and self.dialect not in ("sqlite", "mysql"):
            return f"{literal.kind.upper()} {text}"
        return f"INTERVAL {text}" if literal.kind == "interval" else text

    def _function(self, call: Function) -> str:
        name = _FUNCTIONS.get((self.dialect, call.name), call.name.upper())
        arguments = ", ".join(map(self.expression, call.args))
        text = f"{name}({'DISTINCT ' if call.distinct else ''}{arguments})"
        return text if call.window is None else f"{text} OVER ({self._window(call.window)})"

    def _window(self, window: Window) -> str:
        parts = []
        if window.partition_by:
            parts.append("PARTITION BY " + ", ".join(map(self.expression, window.partition_by)))
        if window.order_by:
            parts.append("ORDER BY " + ", ".join(map(self._order, window.order_by)))
        return " ".join([*parts, *([window.frame] if window.frame else [])])

    def _arithmetic(self, node: Arithmetic) -> str:
        if node.operator == "||" and self.dialect == "mysql":
            return f"CONCAT({self.expression(node.left)}, {self.expression(node.right)})"
        left = self._side(node.left, node.operator, right=False)
        right = self._side(node.right, node.operator, right=True)
        if node.operator == "//":
            return _WHOLE_DIVISION.get(self.dialect, "{} / {}").format(left, right)
        if node.operator == "/" and self.dialect in DROPS_REMAINDERS and not self._exact(node):
            if isinstance(node.left, Arithmetic):
                whole = node.left.operator in ("//", "%")
                left = f"1.0 * ({left})" if whole else f"1.0 * {left}"
            else:
                left = f"{left} * 1.0"
        return f"{left} {node.operator} {right}"

    def _exact(self, node: Arithmetic) -> bool:
        return has_fraction(node.left, {}, self.dialect) or has_fraction(node.right, {}, self.dialect)

    def _side(self, node: Expression, operator: str, *, right: bool) -> str:
        if not isinstance(node, Arithmetic):
            return self._operand(node)
        text = self.expression(node)
        if (node.operator == "||") != (operator == "||"):
            return f"({text})"  # engines do not agree which of the two comes first
        weaker = _STRENGTH[node.operator] < _STRENGTH[operator]
        return f"({text})" if weaker or (right and _STRENGTH[node.operator] == _STRENGTH[operator]) else text

    def _operand(self, node: Expression) -> str:
        """One side of an operator; what is made of several words stands in parentheses there."""
        text = self.expression(node)
        if not isinstance(node, Raw | DatePart | DateBucket) or text.startswith("INTERVAL") or _is_one(text):
            return text
        return f"({text})"

    def predicate(self, node: Predicate) -> str:
        match node:
            case Comparison():
                return self._comparison(node)
            case Between():
                word = "NOT BETWEEN" if node.negated else "BETWEEN"
                return f"{self._operand(node.value)} {word} {self._operand(node.low)} AND {self._operand(node.high)}"
            case In():
                word = "NOT IN" if node.negated else "IN"
                return f"{self._operand(node.value)} {word} {self._options(node.options)}"
            case IsNull():
                return f"{self._operand(node.value)} IS {'NOT ' if node.negated else ''}NULL"
            case Exists():
                return f"{'NOT ' if node.negated else ''}EXISTS ({self.query(node.query, '  ')})"
            case And():
                return " AND ".join(map(self._operand_of_and, node.parts))
            case Or():
                return " OR ".join(map(self.predicate, node.parts))
            case Not():
                return f"NOT ({self.predicate(node.part)})"
            case Raw():
                return self._raw(node)

    def _conjunction(self, node: Predicate, joint: str) -> str:
        if isinstance(node, And):
            return joint.join(map(self._operand_of_and, node.parts))
        return self.predicate(node)

    def _operand_of_and(self, node: Predicate) -> str:
        text = self.predicate(node)
        return f"({text})" if isinstance(node, Or | Raw) else text

    def _comparison(self, node: Comparison) -> str:
        operator = node.operator
        pattern = operator.endswith(("like", "glob", "regexp"))
        left, right = self._operand(node.left), (self.expression if pattern else self._operand)(node.right)
        if operator in ("ilike", "not ilike") and self.dialect not in ("postgres", "duckdb", "snowflake"):
            operator = "like" if operator == "ilike" else "not like"
            if self.dialect in ("bigquery", "trino"):
                left, right = f"LOWER({left})", f"LOWER({right})"
        sign = {"!=": "<>"}.get(operator, operator.upper())
        return f"{left} {sign} {right}"

    def _options(self, options: tuple[Expression, ...] | Subquery) -> str:
        return self.expression(options) if isinstance(options, Subquery) else f"({self._list(options)})"

    def _list(self, nodes: Sequence[Expression]) -> str:
        return ", ".join(map(self.expression, nodes))
