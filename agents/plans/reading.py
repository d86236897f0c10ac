"""A reading as a plan: the view of any statement that a person can look at and edit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import TypeVar

from pydantic import ValidationError

from agents.plan import (
    Combination,
    Dimension,
    JoinCondition,
    JoinKind,
    Measure,
    MeasureFunction,
    Ordering,
    PlanQuery,
    PlanTable,
)  # fmt: skip
from agents.plans.compile import CannotPlan, reading_of
from agents.plans.filters import FilterReader
from agents.plans.joins import as_attached, column_name, joins_of
from agents.plans.words import measure_label, snake, told_apart, words
from connectors.base import Schema
from connectors.sql.reading import (
    ColumnRef,
    DateBucket,
    Expression,
    Function,
    Output,
    Predicate,
    Raw,
    Reading,
    Star,
)  # fmt: skip
from connectors.sql.readings.expressions import has_aggregate, has_subtotals
from connectors.sql.readings.joins import conjuncts
from connectors.sql.readings.render import render_part, render_source
from connectors.sql.readings.rewriting import columns_of
from connectors.sql.readings.scope import star_columns
from connectors.sql.readings.settled import decided_by

__all__ = ["CannotPlan", "plan_query_of", "reading_of"]

_FUNCTIONS: dict[str, MeasureFunction] = {
    "count": "count",
    "sum": "sum",
    "avg": "avg",
    "min": "min",
    "max": "max",
}


Part = TypeVar("Part", Dimension, Measure)


def plan_query_of(reading: Reading, schema: Schema | None = None, dialect: str = "sqlite") -> PlanQuery:
    """The plan that the statement keeps.

    Args:
        dialect: in which the texts of `expression` fields are written.

    Raises: `CannotPlan` for what no plan can say, such as a join on a column of no known table.
    """
    try:
        return _Planner(reading, schema, dialect).query()
    except ValidationError as error:
        raise CannotPlan("A number in the statement is larger than a plan can hold.") from error


class _Planner:
    def __init__(self, reading: Reading, schema: Schema | None, dialect: str) -> None:
        self.reading = reading
        self.schema = schema
        self.dialect = dialect
        self.dimensions: dict[Expression, Dimension] = {}
        self.measures: dict[Expression, Measure] = {}
        self.groups = decided_by(reading, schema) if reading.group_by else None
        """What has one value in each group; None where rows are not grouped."""
        self.subtotals = any(map(has_subtotals, reading.group_by))
        if self.subtotals and self.groups is not None:
            self.groups |= {column for e in reading.group_by for column in columns_of(e)}
        self.computed = any(has_aggregate(output.expression) for output in reading.outputs)
        self._numbers = count(1)
        self.filters = FilterReader(self._id, self._text, self.measure_of, self._nested)

    def query(self) -> PlanQuery:
        reading = self.reading
        layout = self._outputs()
        for expression in () if self.subtotals else reading.group_by:
            if expression not in self.dimensions:
                self._dimension(expression, "", shown=False)
        rows = [self.filters.read(p) for p in conjuncts(reading.where)]
        if not self._order_matters:
            rows += [
                self.filters.read(p)
                for j in reading.joins
                if j.kind == "inner"
                for p in conjuncts(j.condition)
            ]
        filters = [*rows, *(self.filters.read(p, on_groups=True) for p in conjuncts(reading.having))]
        qualify = tuple(self.filters.read(p) for p in conjuncts(reading.qualify))
        order = tuple(
            Ordering(by=self._order_id(o.expression), descending=o.descending, nulls=o.nulls)
            for o in reading.order_by
        )
        distinct_on = tuple(self._order_id(expression) for expression in reading.distinct_on)
        if (
            reading.group_by
            and not self.subtotals
            and not self.measures
            and not any(f.measure for f in filters)
        ):
            self._measure(Function("count", (Star(),)), "", shown=False)
        natural = [d.id for d in self.dimensions.values() if d.shown]
        natural += [m.id for m in self.measures.values() if m.shown]
        tables, joins, conditions = self._tables(), joins_of(self.reading), tuple(self._conditions())
        if tables and not conditions and not any(table.lateral for table in tables):
            tables, joins = as_attached(tables, joins)
        self._tell_apart(layout)
        return PlanQuery(
            tables=tuple(tables),
            joins=tuple(joins),
            conditions=conditions,
            dimensions=tuple(self.dimensions.values()),
            measures=tuple(self.measures.values()),
            filters=tuple(filters),
            qualify=qualify,
            layout=() if layout == natural else tuple(layout),
            order=order,
            limit=reading.limit,
            offset=reading.offset,
            distinct=reading.distinct,
            distinct_on=distinct_on,
            combine=tuple(
                Combination(operator=s.operator, query=self._nested(s.query), all=s.all)
                for s in reading.set_operations
            ),
            groupings=tuple(map(self._text, reading.group_by)) if self.subtotals else (),
            ending=tuple(map(self._text, reading.ending)),
        )

    def _nested(self, reading: Reading) -> PlanQuery:
        return plan_query_of(reading, self.schema, self.dialect)

    def _id(self, letter: str) -> str:
        return f"{letter}{next(self._numbers)}"

    def _tables(self) -> list[PlanTable]:
        lateral = {join.source.alias for join in self.reading.joins if join.lateral}
        found = []
        for source in self.reading.sources:
            text = render_source(source, self.dialect) if source.raw is not None else None
            query = self._nested(source.query) if source.query is not None else None
            table = PlanTable(
                alias=source.alias,
                table=source.table,
                schema_name=source.schema,
                catalog=source.catalog,
                query=query,
                expression=text,
                lateral=source.alias in lateral,
            )
            found.append(table)
        return found

    @property
    def _order_matters(self) -> bool:
        """A right or full join brings back rows that a condition of an earlier join left out."""
        return any(join.kind in ("right", "full") for join in self.reading.joins)

    def _conditions(self) -> Iterator[JoinCondition]:
        """Of joins whose condition is no filter on the rows."""
        for join in self.reading.joins:
            inner = join.kind in ("inner", "cross")
            if inner and (join.condition is None or not self._order_matters):
                continue
            if inner or join.condition is not None or not join.keys:
                filters = tuple(self.filters.read(p) for p in conjuncts(join.condition))
                kind: JoinKind = "inner" if join.kind == "cross" else join.kind
                yield JoinCondition(table=join.source.alias, kind=kind, filters=filters)

    def _outputs(self) -> list[str]:
        """Ids in the order of the statement's columns.

        SQLite also shows columns beside totals that no group decides; they are numbers of the group like any other.
        """
        shown: list[str] = []
        for output in self._expanded():
            expression = output.expression
            loose = self.computed if self.groups is None else not self._decided(expression)
            if has_aggregate(expression) or loose:
                shown.append(self._measure(expression, output.alias, shown=True).id)
            else:
                shown.append(self._dimension(expression, output.alias, shown=True).id)
        return shown

    def _tell_apart(self, layout: list[str]) -> None:
        """Columns that would share a name get labels that differ, as they will have in the result."""
        shown = {part.id: part for parts in (self.dimensions, self.measures) for part in parts.values()}
        natural = [
            snake(part.label) or (part.column.column if isinstance(part, Dimension) and part.column else "")
            for part in map(shown.__getitem__, layout)
        ]
        labels = {
            identity: words(name)
            for identity, old, name in zip(layout, natural, told_apart(natural), strict=True)
            if name != old
        }
        self.dimensions = {key: _relabelled(part, labels) for key, part in self.dimensions.items()}
        self.measures = {key: _relabelled(part, labels) for key, part in self.measures.items()}

    def _decided(self, expression: Expression) -> bool:
        return self.groups is not None and expression in self.groups

    def _expanded(self) -> list[Output]:
        found: list[Output] = []
        for output in self.reading.outputs:
            columns = (
                star_columns(output.expression, self.reading, self.schema)
                if isinstance(output.expression, Star)
                else None
            )
            found += [Output(column) for column in columns] if columns is not None else [output]
        return found

    def _dimension(self, expression: Expression, alias: str, *, shown: bool) -> Dimension:
        grain = expression.grain if isinstance(expression, DateBucket) else None
        inner = expression.value if isinstance(expression, DateBucket) else expression
        column = inner if isinstance(inner, ColumnRef) and inner.table else None
        dimension = Dimension(
            id=self._id("d"),
            column=column_name(column) if column else None,
            expression=None if column else self._text(inner),
            grain=grain,
            label=words(alias) or (grain or ""),
            shown=shown,
        )
        key: Expression = (
            expression if expression not in self.dimensions else Raw((dimension.id,), self.dialect)
        )
        self.dimensions[key] = dimension
        return dimension

    def _measure(self, expression: Expression, alias: str, *, shown: bool) -> Measure:
        measure = self.measure_of(expression, alias, shown=shown)
        key: Expression = expression if expression not in self.measures else Raw((measure.id,), self.dialect)
        self.measures[key] = measure
        return measure

    def measure_of(self, expression: Expression, alias: str = "", *, shown: bool = True) -> Measure:
        identity, alias = self._id("m"), words(alias)
        if (
            isinstance(expression, Function)
            and expression.name in _FUNCTIONS
            and len(expression.args) == 1
            and expression.window is None
        ):
            function, argument = _FUNCTIONS[expression.name], expression.args[0]
            if expression.distinct and function != "count":
                return Measure(
                    id=identity,
                    function="expression",
                    expression=self._text(expression),
                    label=alias,
                    shown=shown,
                )
            if expression.distinct:
                function = "count_distinct"
            if isinstance(argument, Star):
                return Measure(id=identity, function="count", label=alias or "count", shown=shown)
            label = alias or measure_label(function, argument)
            if isinstance(argument, ColumnRef) and argument.table:
                return Measure(
                    id=identity, function=function, column=column_name(argument), label=label, shown=shown
                )
            return Measure(
                id=identity, function=function, expression=self._text(argument), label=label, shown=shown
            )
        return Measure(
            id=identity, function="expression", expression=self._text(expression), label=alias, shown=shown
        )

    def _order_id(self, expression: Expression) -> str:
        known = self.dimensions.get(expression) or self.measures.get(expression)
        if known is not None:
            return known.id
        grouped = self.groups is not None or self.computed
        if has_aggregate(expression) or (grouped and not self._decided(expression)):
            return self._measure(expression, "", shown=False).id
        return self._dimension(expression, "", shown=False).id

    def _text(self, part: Expression | Predicate) -> str:
        return render_part(part, self.dialect)


def _relabelled(part: Part, labels: Mapping[str, str]) -> Part:
    return part.model_copy(update={"label": labels[part.id]}) if part.id in labels else part
