"""A reading as SQL that a person likes to read, in one dialect."""

from __future__ import annotations

import re
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
    Join,
    Literal,
    Not,
    Or,
    Order,
    Output,
    Predicate,
    Raw,
    Reading,
    Source,
    Star,
    Subquery,
    Window,
)  # fmt: skip
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


def to_sql(reading: Reading, dialect: str) -> str:
    """The statement, one clause a line."""
    return _Renderer(dialect).query(reading, "")


def render_expression(expression: Expression, dialect: str) -> str:
    """One expression on its own."""
    return _Renderer(dialect).expression(expression)


def render_part(part: Expression | Predicate, dialect: str) -> str:
    """One expression or condition on its own."""
    renderer = _Renderer(dialect)
    return renderer.predicate(part) if isinstance(part, Predicate) else renderer.expression(part)


def render_source(source: Source, dialect: str) -> str:
    """One FROM item on its own, alias included."""
    return _Renderer(dialect).source(source, "")


class _Renderer:
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

    def query(self, reading: Reading, indent: str) -> str:
        line = f"\n{indent}"
        parts = [self._select(reading)]
        if reading.source is not None:
            parts.append("FROM " + self.source(reading.source, indent))
        parts += [self._join(join, indent) for join in reading.joins]
        for keyword, predicate in (
            ("WHERE", reading.where),
            ("HAVING", reading.having),
            ("QUALIFY", reading.qualify),
        ):
            if keyword == "HAVING" and reading.group_by:
                parts.append("GROUP BY " + ", ".join(self._group_key(e, reading) for e in reading.group_by))
            if predicate is not None:
                joint = f"{line}  AND " if isinstance(predicate, And) else " AND "
                parts.append(f"{keyword} " + self._conjunction(predicate, joint))
        for operation in reading.set_operations:
            parts.append(operation.operator.upper() + (" ALL" if operation.all else ""))
            parts.append(self._operand(operation.query, indent))
        if reading.order_by:
            parts.append("ORDER BY " + ", ".join(self._order(order, reading) for order in reading.order_by))
        if reading.limit is not None:
            parts.append(f"LIMIT {reading.limit}")
        if reading.offset:
            if reading.limit is None and self.dialect in ("sqlite", "mysql"):
                parts.append("LIMIT " + ("-1" if self.dialect == "sqlite" else "18446744073709551615"))
            parts.append(f"OFFSET {reading.offset}")
        parts += [self._raw(part) for part in reading.ending]
        return line.join(parts)

    def _operand(self, reading: Reading, indent: str) -> str:
        """A side of a set operation; one with its own order or limit becomes a sub-query, which every engine takes."""
        if (
            reading.order_by
            or reading.limit is not None
            or reading.offset
            or reading.set_operations
            or reading.ending
        ):
            return f"SELECT * FROM ({self.query(reading, indent + '  ')}) AS part"  # noqa: S608 - this is the renderer
        return self.query(reading, indent)

    def _select(self, reading: Reading) -> str:
        word = "SELECT"
        if reading.distinct_on:
            word += f" DISTINCT ON ({', '.join(map(self.expression, reading.distinct_on))})"
        elif reading.distinct:
            word += " DISTINCT"
        return f"{word} " + ", ".join(map(self._output, reading.outputs))

    def _output(self, output: Output) -> str:
        text = self.expression(output.expression)
        same = isinstance(output.expression, ColumnRef) and output.expression.name == output.alias
        return f"{text} AS {self.name(output.alias)}" if output.alias and not same else text

    def source(self, source: Source, indent: str) -> str:
        if source.query is not None:
            inner = self.query(source.query, indent + "  ")
            return f"(\n{indent}  {inner}\n{indent}) AS {self.name(source.alias)}"
        if source.raw is not None:
            return self._raw(source.raw)
        text = ".".join(self.name(n) for n in (source.catalog, source.schema, source.table) if n)
        return text if source.alias in ("", source.table) else f"{text} AS {self.name(source.alias)}"

    def _join(self, join: Join, indent: str) -> str:
        lateral = join.lateral and join.source.query is not None
        source = ("LATERAL " if lateral else "") + self.source(join.source, indent)
        conditions = [f"{self.expression(left)} = {self.expression(right)}" for left, right in join.keys]
        if join.condition is not None:
            conditions.append(self._operand_of_and(join.condition))
        if not conditions and join.kind in ("inner", "cross"):
            return f"CROSS JOIN {source}"
        word = {"inner": "JOIN"}.get(join.kind, f"{join.kind.upper()} JOIN")
        return f"{word} {source} ON " + (" AND ".join(conditions) or "TRUE")

    def _raw(self, raw: Raw) -> str:
        names = (part if isinstance(part, str) else self.column(part) for part in raw.parts)
        return "".join(names)

    def column(self, column: ColumnRef) -> str:
        return ".".join(self.name(name) for name in (column.table, column.name) if name)

    def _group_key(self, key: Expression, reading: Reading) -> str:
        """A constant by its place: written out, a number would be read as the place of another column."""
        places = [place for place, output in enumerate(reading.outputs, 1) if output.expression == key]
        return str(places[0]) if isinstance(key, Literal) and places else self.expression(key)

    def _order(self, order: Order, reading: Reading | None = None) -> str:
        text = self.expression(order.expression)
        if reading is not None and reading.set_operations:
            text = self._combined_order(order.expression, reading)
        text += " DESC" if order.descending else ""
        if order.nulls == "default" or self.dialect == "mysql":
            return text
        return f"{text} NULLS {order.nulls.upper()}"

    def _combined_order(self, expression: Expression, reading: Reading) -> str:
        """Rows of a set operation are ordered by what they show: its name, or its place where it has none."""
        for place, output in enumerate(reading.outputs, 1):
            if output.expression == expression:
                name = output.alias or (expression.name if isinstance(expression, ColumnRef) else "")
                return self.name(name) if name else str(place)
        return self.expression(expression)

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
        text = "'" + str(value).replace("'", "''") + "'"
        if self.dialect in ("mysql", "bigquery"):
            text = text.replace("\\", "\\\\")
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
            left = f"{left} * 1.0" if not isinstance(node.left, Arithmetic) else f"1.0 * {left}"
        return f"{left} {node.operator} {right}"

    def _exact(self, node: Arithmetic) -> bool:
        return has_fraction(node.left, {}, self.dialect) or has_fraction(node.right, {}, self.dialect)

    def _side(self, node: Expression, operator: str, *, right: bool) -> str:
        text = self.expression(node)
        if not isinstance(node, Arithmetic):
            return text
        weaker = _STRENGTH[node.operator] < _STRENGTH[operator]
        return f"({text})" if weaker or (right and _STRENGTH[node.operator] == _STRENGTH[operator]) else text

    def predicate(self, node: Predicate) -> str:
        match node:
            case Comparison():
                return self._comparison(node)
            case Between():
                word = "NOT BETWEEN" if node.negated else "BETWEEN"
                return f"{self.expression(node.value)} {word} {self.expression(node.low)} AND {self.expression(node.high)}"
            case In():
                word = "NOT IN" if node.negated else "IN"
                return f"{self.expression(node.value)} {word} {self._options(node.options)}"
            case IsNull():
                return f"{self.expression(node.value)} IS {'NOT ' if node.negated else ''}NULL"
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
        left, right = self.expression(node.left), self.expression(node.right)
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
