"""A reading as SQL that a person likes to read, in one dialect."""

from __future__ import annotations

from connectors.sql.reading import (
    And,
    ColumnRef,
    Expression,
    Join,
    Literal,
    Order,
    Output,
    Predicate,
    Reading,
    Source,
)
from connectors.sql.readings.spelling import Spelling


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


class _Renderer(Spelling):
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
        earlier: set[str] = set()
        for operation in reading.set_operations:
            if operation.operator == "intersect" and earlier - {"intersect"} and self.dialect != "sqlite":
                parts = ["(" + line.join(parts) + ")"]
            earlier.add(operation.operator)
            once = " DISTINCT" if self.dialect == "bigquery" else ""
            parts.append(operation.operator.upper() + (" ALL" if operation.all else once))
            parts.append(self._combined(operation.query, indent))
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

    def _combined(self, reading: Reading, indent: str) -> str:
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
        return (
            self.name(expression.name) if isinstance(expression, ColumnRef) else self.expression(expression)
        )
