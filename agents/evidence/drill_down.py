"""From a number in an answer back to what it was made of: its expression, its source columns, the rows behind it.

The rows behind a cell are those that the statement counted into it: its filters hold, and the row's grouping
values are met. Nothing here runs; the new statement passes the guard like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.back_translation import Voice
from connectors.base import JsonValue, Schema, TypeFamily
from connectors.sql.lineage import output_lineage
from connectors.sql.reading import (
    AGGREGATES,
    And,
    Arithmetic,
    Case,
    Cast,
    ColumnRef,
    Comparison,
    DateBucket,
    DatePart,
    Expression,
    Function,
    In,
    IsNull,
    Literal,
    Order,
    Output,
    Predicate,
    Raw,
    Reading,
    Source,
    Star,
    Subquery,
)
from connectors.sql.readings.expressions import has_aggregate

MOST_COLUMNS = 60
"""Of the rows that are shown."""


class CannotDrill(ValueError):
    """There is no plain list of rows behind this cell; the message says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """What picks the cell's group out of all rows."""

    name: str
    expression: Expression
    value: JsonValue
    family: TypeFamily


@dataclass(frozen=True, slots=True)
class Origin:
    """How one output came about, in words."""

    expression: str
    columns: tuple[str, ...]
    """`table.column` names; `table.*` where rows are counted."""
    filters: tuple[str, ...]


def origin_of(reading: Reading, schema: Schema, column: int) -> Origin:
    """Where an output column comes from. Raises `CannotDrill` when the statement has no such output of its own."""
    output = _output(reading, column)
    voice = Voice(reading)
    lineage = output_lineage(reading, schema)
    columns = lineage[column] if len(lineage) == len(reading.outputs) else ()
    return Origin(
        voice.expression(output.expression),
        columns or tuple(f"{source.table}.*" for source in reading.sources if source.table),
        tuple(voice.predicate(part) for part in _parts(reading.where)),
    )


def keys_of(
    reading: Reading, cells: Sequence[JsonValue], families: Sequence[TypeFamily], names: Sequence[str]
) -> tuple[Key, ...]:
    """The grouping values that stand in a row of the result; of a plain list, the row's own columns.

    Raises `CannotDrill` when the row does not show what it is grouped by.
    """
    expressions = [output.expression for output in reading.outputs]
    if len(expressions) != len(cells) or any(isinstance(e, Star) for e in expressions):
        raise CannotDrill("The columns of this answer cannot be matched to its statement.")
    places = {expression: place for place, expression in reversed(list(enumerate(expressions)))}
    if reading.group_by:
        missing = [e for e in reading.group_by if e not in places]
        if missing:
            hidden = Voice(reading).expression(missing[0])
            raise CannotDrill(f"The answer is grouped by {hidden}, which is not one of its columns.")
        wanted = list(reading.group_by)
    elif any(has_aggregate(expression) for expression in expressions):
        wanted = []
    else:
        wanted = [e for e in expressions if isinstance(e, ColumnRef) or reading.distinct]
    return tuple(Key(names[p], e, cells[p], families[p]) for e in wanted for p in (places[e],))


def rows_behind(reading: Reading, schema: Schema, dialect: str, column: int, keys: Sequence[Key]) -> Reading:
    """The statement that lists them. Raises `CannotDrill` where there is no such list."""
    expression = _output(reading, column).expression
    if reading.set_operations:
        raise CannotDrill("This answer puts several queries together, so its rows have no single source.")
    if reading.qualify is not None or reading.distinct_on or _has_window(expression):
        raise CannotDrill(
            "This number was worked out over other rows of the answer, not from rows of a table."
        )
    if reading.source is None:
        raise CannotDrill("This number comes from no table.")
    aggregate = _aggregate(expression)
    conditions = [*_parts(reading.where), *(_meets(key, dialect) for key in keys)]
    measured = aggregate.args[0] if aggregate is not None and aggregate.args else None
    if isinstance(measured, ColumnRef):
        conditions.append(IsNull(measured, negated=True))
    return replace(
        reading,
        outputs=_columns(reading, schema),
        where=None if not conditions else conditions[0] if len(conditions) == 1 else And(tuple(conditions)),
        group_by=(),
        having=None,
        distinct=False,
        order_by=_extreme_first(aggregate, measured),
        limit=None,
        offset=None,
    )


def _output(reading: Reading, column: int) -> Output:
    if column >= len(reading.outputs) or any(isinstance(o.expression, Star) for o in reading.outputs):
        raise CannotDrill("The columns of this answer cannot be matched to its statement.")
    return reading.outputs[column]


def _parts(predicate: Predicate | None) -> tuple[Predicate, ...]:
    if predicate is None:
        return ()
    return predicate.parts if isinstance(predicate, And) else (predicate,)


def _meets(key: Key, dialect: str) -> Predicate:
    if key.value is None:
        return IsNull(key.expression)
    if key.family is TypeFamily.timestamp and dialect == "sqlite":
        # SQLite keeps moments as text in either spelling; results spell them one way.
        text = str(key.value)
        return In(key.expression, (Literal(text), Literal(text.replace("T", " "))))
    return Comparison(key.expression, "=", _literal(key, dialect))


def _literal(key: Key, dialect: str) -> Literal:
    value = key.value
    if isinstance(value, bool):
        return Literal(value, "boolean")
    if isinstance(value, int | float):
        return Literal(value, "number")
    if not isinstance(value, str):
        raise CannotDrill(f"Rows cannot be found by their {key.name}.")
    if key.family.is_number:
        return Literal(value, "number")
    if key.family in (TypeFamily.date, TypeFamily.timestamp) and dialect != "sqlite":
        return Literal(value, "date" if key.family is TypeFamily.date else "timestamp")
    return Literal(value)


def _extreme_first(aggregate: Function | None, measured: Expression | None) -> tuple[Order, ...]:
    if aggregate is None or measured is None or aggregate.name not in ("min", "max"):
        return ()
    return (Order(measured, descending=aggregate.name == "max"),)


def _columns(reading: Reading, schema: Schema) -> tuple[Output, ...]:
    """Every column of every source, under names that do not collide."""
    outputs: list[Output] = []
    alone = len(reading.sources) == 1
    tables = Voice(reading).tables
    for source in reading.sources:
        for name in _names(source, schema):
            alias = name if alone else f"{tables[source.alias]}.{name}"
            outputs.append(Output(ColumnRef(source.alias, name), "" if alone else alias))
    if not outputs:
        raise CannotDrill("The columns of the tables behind this number are not known.")
    return tuple(outputs[:MOST_COLUMNS])


def _names(source: Source, schema: Schema) -> tuple[str, ...]:
    if source.query is not None:
        names = [
            o.alias or (o.expression.name if isinstance(o.expression, ColumnRef) else "")
            for o in source.query.outputs
        ]
        return tuple(name for name in names if name)
    table = schema.table(f"{source.schema}.{source.table}" if source.schema else source.table)
    return tuple(column.name for column in table.columns) if table is not None else ()


def _aggregate(expression: Expression) -> Function | None:
    """The one aggregate that an output is, whatever it is wrapped in."""
    match expression:
        case Function() if expression.name in AGGREGATES:
            return expression
        case Cast():
            return _aggregate(expression.value)
        case Function(name="round" | "coalesce"):
            return _aggregate(expression.args[0]) if expression.args else None
        case _:
            return None


def _children(expression: Expression) -> tuple[Expression, ...]:
    match expression:
        case Function():
            return expression.args
        case Arithmetic():
            return (expression.left, expression.right)
        case DateBucket() | DatePart() | Cast():
            return (expression.value,)
        case Case():
            otherwise = () if expression.otherwise is None else (expression.otherwise,)
            return (*(value for _, value in expression.branches), *otherwise)
        case _:
            return ()


def _has_window(expression: Expression) -> bool:
    if isinstance(expression, Subquery | Raw) or (isinstance(expression, Function) and expression.window):
        return True
    return any(_has_window(child) for child in _children(expression))
