"""Names for the computed columns of a statement, so that a result says what it holds: `total_amount`, `number_of_orders`, `month`."""

from __future__ import annotations

from dataclasses import replace

from agents.nouns import things_called
from connectors.base import Schema
from connectors.sql.reading import (
    Arithmetic,
    Cast,
    ColumnRef,
    DateBucket,
    DatePart,
    Expression,
    Function,
    Literal,
    Output,
    Reading,
    Star,
)
from knowledge.text import split_identifier

_SAID = {"sum": "total", "avg": "average", "min": "lowest", "max": "highest"}
_SAID_OF_DATES = {"min": "earliest", "max": "latest"}


def named(reading: Reading, schema: Schema) -> Reading:
    """The reading with an alias for each computed output that has none; none hides a column of its tables."""
    taken = _column_names(reading, schema) | {output.alias.lower() for output in reading.outputs}
    outputs: list[Output] = []
    for output in reading.outputs:
        name = "" if output.alias else _name(output.expression, reading, schema)
        free = (alias for alias in (name, f"{name}_value") if name and alias not in taken)
        alias = next(free, output.alias)
        taken.add(alias)
        outputs.append(replace(output, alias=alias))
    return replace(reading, outputs=tuple(outputs))


def _column_names(reading: Reading, schema: Schema) -> set[str]:
    names: set[str] = set()
    for source in reading.sources:
        table = schema.table(f"{source.schema}.{source.table}" if source.schema else source.table)
        names |= {column.name.lower() for column in table.columns} if table is not None else set()
    return names


def _name(expression: Expression, reading: Reading, schema: Schema) -> str:
    match expression:
        case DateBucket():
            return expression.grain
        case DatePart():
            return expression.part
        case Function(window=None):
            return _function(expression, reading, schema)
        case Arithmetic(operator="/" | "//"):
            return _ratio(expression, reading, schema)
        case Arithmetic(operator="*", left=Literal(value=100), right=Arithmetic(operator="/") as part):
            return f"{_ratio(part, reading, schema)}_percent".strip("_")
        case Arithmetic(operator="*", left=Literal()):
            return _name(expression.right, reading, schema)
        case Arithmetic(operator="*", right=Literal()):
            return _name(expression.left, reading, schema)
        case Cast():
            return _name(expression.value, reading, schema)
        case _:
            return ""


def _function(function: Function, reading: Reading, schema: Schema) -> str:
    argument = function.args[0] if function.args else None
    if function.name == "count":
        return f"number_of_{_counted(function, reading, schema)}"
    if function.name == "round" and argument is not None:
        return _name(argument, reading, schema)
    if function.name not in _SAID:
        return ""
    if not isinstance(argument, ColumnRef):
        return _SAID[function.name]
    dated = _is_date(argument, reading, schema)
    said = _SAID_OF_DATES.get(function.name, _SAID[function.name]) if dated else _SAID[function.name]
    return f"{said}_{_words(argument.name)}"


def _counted(function: Function, reading: Reading, schema: Schema) -> str:
    argument = function.args[0] if function.args else Star()
    if isinstance(argument, ColumnRef) and function.distinct:
        return f"different_{_words(argument.name)}"
    table = _grain(reading, schema) if isinstance(argument, Star) else ""
    return "_".join(things_called(table).split()) if table else "rows"


def _words(name: str) -> str:
    """`UnitPrice` → unit_price."""
    return "_".join(split_identifier(name))


def _grain(reading: Reading, schema: Schema) -> str:
    """The one table whose rows the joins do not repeat: every other table is met by its key. Empty when there is none."""
    tables = {source.alias: source.table for source in reading.sources}
    for join in reading.joins:
        for left, right in join.keys:
            for column, alias in ((right, join.source.alias), (left, left.table)):
                table = schema.table(tables.get(alias, ""))
                if table is not None and table.primary_key == (column.name,):
                    tables.pop(alias, None)
                    break
    return next(iter(tables.values())) if len(tables) == 1 else ""


def _ratio(ratio: Arithmetic, reading: Reading, schema: Schema) -> str:
    """ "total_amount_per_order" where the division is by a number of things."""
    above, below = _name(ratio.left, reading, schema), ratio.right
    if _is_window(below):
        return "share_percent" if _has_hundred(ratio.left) else "share"
    if not above or not isinstance(below, Function) or below.name != "count":
        return ""
    argument = below.args[0] if below.args else Star()
    thing = argument.name if isinstance(argument, ColumnRef) else _grain(reading, schema)
    thing = _words(thing).removesuffix("_id").removesuffix("s")
    return f"{above}_per_{thing}" if thing else ""


def _is_window(expression: Expression) -> bool:
    return isinstance(expression, Function) and expression.window is not None


def _has_hundred(expression: Expression) -> bool:
    if not isinstance(expression, Arithmetic):
        return False
    return any(
        isinstance(side, Literal) and side.value == 100 for side in (expression.left, expression.right)
    )


def _is_date(column: ColumnRef, reading: Reading, schema: Schema) -> bool:
    source = next((source for source in reading.sources if source.alias == column.table), None)
    table = schema.table(source.table) if source is not None else None
    found = table.column(column.name) if table is not None else None
    return found is not None and found.family.is_temporal
