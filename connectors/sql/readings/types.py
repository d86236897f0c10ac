"""Which expressions surely have a fraction: a division between others drops remainders in some dialects."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from connectors.base import Column, Schema, TypeFamily
from connectors.sql.reading import (
    Arithmetic,
    Case,
    Cast,
    ColumnRef,
    Expression,
    Function,
    Literal,
    Reading,
    Source,
    Star,
    Subquery,
)  # fmt: skip
from connectors.sql.readings.scope import output_names, star_columns

DROPS_REMAINDERS = frozenset({"sqlite", "postgres", "trino"})
"""Dialects whose `/` between whole numbers gives a whole number."""
Fractions = Mapping[str, frozenset[str]]
"""Lower-case alias → lower-case names of its columns that surely have a fraction."""
_ALWAYS = frozenset({"avg", "stddev", "variance", "median", "sqrt", "exp", "ln", "power", "pow", "total", "julianday"})  # fmt: skip
_AS_ARGUMENT = frozenset({"sum", "min", "max", "abs", "nullif", "lag", "lead", "first_value", "last_value", "mod"})  # fmt: skip
_FLOATING = ("real", "floa", "doub")
_EXACT = ("decimal", "numeric", "dec(")


def has_fraction(node: Expression, columns: Fractions, dialect: str) -> bool:
    """False also means "not known": SQLite's NUMERIC columns hold whole numbers as whole numbers."""

    def of(part: Expression) -> bool:
        return has_fraction(part, columns, dialect)

    match node:
        case Literal(value=value, kind=kind):
            return isinstance(value, float) or (kind == "number" and isinstance(value, str))
        case ColumnRef(table=table, name=name):
            return name.lower() in columns.get(table.lower(), frozenset())
        case Function(name="round"):
            return dialect in ("sqlite", "postgres") or of(node.args[0])
        case Function(name=name, args=args):
            if name in ("coalesce", "ifnull", "greatest", "least"):
                return all(map(of, args)) if dialect == "sqlite" else any(map(of, args))
            return name in _ALWAYS or (name in _AS_ARGUMENT and bool(args) and of(args[0]))
        case Arithmetic(operator=operator, left=left, right=right):
            return operator == "/" or (operator != "||" and (of(left) or of(right)))
        case Cast(type=kind):
            return _is_fractional(kind, dialect)
        case Case(branches=branches, otherwise=otherwise):
            values = [then for _, then in branches] + ([otherwise] if otherwise is not None else [])
            return all(map(of, values)) if dialect == "sqlite" else any(map(of, values))
        case Subquery(query=query):
            outputs = query.outputs
            return len(outputs) == 1 and has_fraction(
                outputs[0].expression, {**columns, **_known(query, None, dialect)}, dialect
            )
    return False


def fractions_of(source: Source, schema: Schema | None, dialect: str) -> frozenset[str]:
    """Lower-case names of a source's columns that surely have a fraction."""
    if source.query is not None:
        return _outputs_with_fraction(source.query, schema, dialect)
    if schema is None or source.raw is not None:
        return frozenset()
    table = schema.table(f"{source.schema}.{source.table}" if source.schema else source.table)
    columns = table.columns if table is not None else ()
    return frozenset(column.name.lower() for column in columns if _column_has_fraction(column, dialect))


def _outputs_with_fraction(reading: Reading, schema: Schema | None, dialect: str) -> frozenset[str]:
    columns = _known(reading, schema, dialect)
    expressions: list[Expression] = []
    for output in reading.outputs:
        starred = (
            star_columns(output.expression, reading, schema) if isinstance(output.expression, Star) else None
        )
        expressions += starred if starred is not None else [output.expression]
    names = output_names(reading, schema) or ()
    if len(names) != len(expressions):
        return frozenset()
    pairs = zip(names, expressions, strict=True)
    return frozenset(name.lower() for name, e in pairs if has_fraction(e, columns, dialect))


def _known(reading: Reading, schema: Schema | None, dialect: str) -> Fractions:
    return {source.alias.lower(): fractions_of(source, schema, dialect) for source in reading.sources}


def _column_has_fraction(column: Column, dialect: str) -> bool:
    if dialect == "sqlite":
        return _is_fractional(column.type, dialect)
    return column.family is TypeFamily.decimal


@cache
def _is_fractional(type_name: str, dialect: str) -> bool:
    """SQLite goes by affinity: only REAL keeps 2.0 a fraction, DECIMAL makes it the whole number 2."""
    name = type_name.lower()
    if dialect == "sqlite" and "int" in name:
        return False
    return any(word in name for word in _FLOATING) or (dialect != "sqlite" and name.startswith(_EXACT))
