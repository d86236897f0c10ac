"""A plan into the reading of the one statement that keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agents.plan import ColumnName, Dimension, Filter, Measure, PlanQuery, PlanTable, Scalar
from agents.plans.joins import attached
from agents.plans.texts import CannotPlan as CannotPlan
from agents.plans.texts import clause_in, expression_in, source_in
from agents.plans.words import snake, told_apart
from connectors.base import Schema
from connectors.sql.reading import (
    And,
    Between,
    ColumnRef,
    Comparison,
    DateBucket,
    Exists,
    Expression,
    Function,
    In,
    IsNull,
    Literal,
    Or,
    Order,
    Output,
    Predicate,
    Raw,
    Reading,
    SetOperation,
    Source,
    Star,
    Subquery,
)  # fmt: skip
from connectors.sql.readings.expressions import Expressions
from connectors.sql.readings.joins import conjunction
from connectors.sql.readings.parse import query_reader, source_of
from connectors.sql.readings.scope import NoForm, NotReadable, Scope, columns_of_source
from connectors.sql.readings.types import fractions_of

_AGGREGATES = {
    "count": "count",
    "count_distinct": "count",
    "sum": "sum",
    "avg": "avg",
    "min": "min",
    "max": "max",
}


def reading_of(
    query: PlanQuery, dialect: str, schema: Schema | None = None, outer: Scope | None = None
) -> Reading:
    """Compile a plan's query.

    Args:
        dialect: of the plan's `expression` texts.
        outer: the enclosing query's sources, for a correlated sub-query.

    Raises: `CannotPlan` when it names tables or ids that it does not have, or an expression cannot be read.
    """
    return _Compiler(query, dialect, schema, outer).reading()


class _Compiler:
    def __init__(self, query: PlanQuery, dialect: str, schema: Schema | None, outer: Scope | None) -> None:
        self.query = query
        self.dialect = dialect
        self.schema = schema
        self.scope = Scope(outer)
        self.sources: dict[str, Source] = {}
        for table in query.tables:
            if table.alias in self.sources:
                raise CannotPlan("Two tables of the plan have the same name: give one a role.")
            source = self._source(table)
            self.sources[table.alias] = source
            self.scope.columns[table.alias] = columns_of_source(source, schema)
            self.scope.fractions[table.alias.lower()] = fractions_of(source, schema, dialect)

    def _source(self, table: PlanTable) -> Source:
        if table.query is not None:
            outer = self.scope if table.lateral else self.scope.parent
            return Source(table.alias, query=reading_of(table.query, self.dialect, self.schema, outer))
        if table.expression is not None:
            return self._from_text(table.expression)
        return Source(table.alias, table.table, table.schema_name, catalog=table.catalog)

    def _from_text(self, text: str) -> Source:
        try:
            return source_of(source_in(text, self.dialect), self.dialect, self.schema, self.scope)
        except NotReadable as error:
            raise CannotPlan(f"“{text[:80]}” is not a table that can be read.") from error

    def reading(self) -> Reading:
        query = self.query
        first, joins = attached(query, self.sources, self.column, self._filter)
        outputs = self._outputs()
        rows = [self._filter(f) for f in query.filters if not _on_groups(f)]
        groups = [self._filter(f) for f in query.filters if _on_groups(f)]
        return Reading(
            outputs=outputs,
            source=first,
            joins=joins,
            where=conjunction(rows),
            group_by=self._group_by(outputs) if query.grouped else (),
            having=conjunction(groups),
            qualify=conjunction([self._filter(f) for f in query.qualify]),
            distinct=query.distinct,
            distinct_on=tuple(map(self._by_id, query.distinct_on)),
            set_operations=tuple(
                SetOperation(
                    c.operator, reading_of(c.query, self.dialect, self.schema, self.scope.parent), c.all
                )
                for c in query.combine
            ),
            order_by=tuple(Order(self._by_id(o.by), o.descending, o.nulls) for o in query.order),
            limit=query.limit,
            offset=query.offset,
            ending=self._ending(),
        )

    def _ending(self) -> tuple[Raw, ...]:
        if not self.query.ending:
            return ()
        tree = clause_in(" ".join(self.query.ending), {"limit", "offset"}, self.dialect)
        return tuple(
            self._reader().raw(tree.args[part]) for part in ("limit", "offset") if tree.args.get(part)
        )

    def _groupings(self, aliases: Mapping[str, Expression]) -> tuple[Expression, ...]:
        if self.query.groupings == ("ALL",):
            return (Raw(("ALL",), self.dialect),)
        tree = clause_in("GROUP BY " + ", ".join(self.query.groupings), {"group"}, self.dialect)
        try:
            return self._reader().group_by(tree.args["group"], (), aliases)
        except (NotReadable, NoForm) as error:
            raise CannotPlan("The grouping cannot be read.") from error

    def _outputs(self) -> tuple[Output, ...]:
        found: dict[str, tuple[Expression, str]] = {}
        for dimension in self.query.dimensions:
            if dimension.shown:
                expression = self.dimension(dimension)
                plain = isinstance(expression, ColumnRef | Star)
                name = "" if plain and not dimension.label else snake(dimension.label)
                found[dimension.id] = (expression, name)
        found |= {m.id: (self.measure(m), snake(m.label)) for m in self.query.measures if m.shown}
        places = {identity: place for place, identity in enumerate(self.query.layout)}
        shown = [found[identity] for identity in sorted(found, key=lambda i: places.get(i, len(places)))]
        if not shown:
            raise CannotPlan("The plan shows nothing: add a column or a number.")
        natural = [
            wanted or (expression.name if isinstance(expression, ColumnRef) else "")
            for expression, wanted in shown
        ]
        outputs = []
        for (expression, _), name in zip(shown, told_apart(natural), strict=True):
            same = isinstance(expression, ColumnRef) and name.lower() == expression.name.lower()
            outputs.append(Output(expression, "" if same else name))
        return tuple(outputs)

    def _group_by(self, outputs: tuple[Output, ...]) -> tuple[Expression, ...]:
        """Hidden dimensions first: they are the keys, so ties fall as they do when grouped by the key alone."""
        if self.query.groupings:
            return self._groupings({o.alias.lower(): o.expression for o in outputs if o.alias})
        keys_first = sorted(self.query.dimensions, key=lambda dimension: dimension.shown)
        return tuple(dict.fromkeys(map(self.dimension, keys_first)))

    def column(self, name: ColumnName) -> ColumnRef:
        if self.scope.alias(name.table) is None:
            raise CannotPlan(f"The plan uses {name.table}.{name.column} but does not read {name.table}.")
        return self.scope.qualified(name.table, name.column)

    def dimension(self, dimension: Dimension) -> Expression:
        value = self._value(dimension.column, dimension.expression, f"The column {dimension.id}")
        return DateBucket(dimension.grain, value) if dimension.grain else value

    def measure(self, measure: Measure) -> Expression:
        if measure.function == "expression":
            return self._value(None, measure.expression, f"The number {measure.id}")
        if measure.column is None and measure.expression is None:
            if measure.function != "count":
                raise CannotPlan(f"Choose a column for {measure.function}.")
            return Function("count", (Star(),))
        argument = self._value(measure.column, measure.expression, f"The number {measure.id}")
        return Function(_AGGREGATES[measure.function], (argument,), measure.function == "count_distinct")

    def _value(self, column: ColumnName | None, expression: str | None, what: str) -> Expression:
        if column is not None:
            return self.column(column)
        if expression is None:
            raise CannotPlan(f"{what} is empty.")
        try:
            return self._reader().expression(expression_in(expression, self.dialect))
        except (NotReadable, NoForm) as error:
            raise CannotPlan(f"“{expression[:80]}” cannot be read.") from error

    def _reader(self) -> Expressions:
        return Expressions(self.dialect, self.scope, query_reader(self.dialect, self.schema), {})

    def _predicate(self, text: str) -> Predicate:
        try:
            return self._reader().predicate(expression_in(text, self.dialect))
        except (NotReadable, NoForm) as error:
            raise CannotPlan(f"“{text[:80]}” cannot be read.") from error

    def _by_id(self, wanted: str) -> Expression:
        for dimension in self.query.dimensions:
            if dimension.id == wanted:
                return self.dimension(dimension)
        for measure in self.query.measures:
            if measure.id == wanted:
                return self.measure(measure)
        raise CannotPlan(f"The plan is ordered by {wanted}, which it does not have.")

    def _filter(self, f: Filter) -> Predicate:
        if f.operator in ("any of", "all of"):
            parts = tuple(map(self._filter, f.parts))
            if not parts:
                raise CannotPlan("A group of conditions is empty.")
            return parts[0] if len(parts) == 1 else (Or(parts) if f.operator == "any of" else And(parts))
        if f.operator == "expression":
            return self._predicate((f.measure.expression if f.measure else f.expression) or "")
        if f.operator in ("exists", "not exists"):
            return Exists(self._inner(f), f.operator == "not exists")
        left = (
            self.measure(f.measure)
            if f.measure
            else self._value(f.column, f.expression, f"The condition {f.id}")
        )
        if f.operator in ("is null", "is not null"):
            return IsNull(left, f.operator == "is not null")
        if f.operator in ("in", "not in"):
            options = Subquery(self._inner(f)) if f.query else tuple(map(literal, f.values))
            return In(left, options, f.operator == "not in")
        if f.operator in ("between", "not between"):
            if len(f.values) != 2:
                raise CannotPlan("“Between” needs two values.")
            return Between(left, literal(f.values[0]), literal(f.values[1]), f.operator == "not between")
        return Comparison(left, f.operator, self._right(f))  # type: ignore[arg-type]

    def _right(self, f: Filter) -> Expression:
        if f.query is not None:
            return Subquery(self._inner(f))
        if f.other is not None:
            return self.column(f.other)
        if len(f.values) != 1:
            raise CannotPlan(f"The condition {f.id} needs one value.")
        return literal(f.values[0])

    def _inner(self, f: Filter) -> Reading:
        if f.query is None:
            raise CannotPlan(f"The condition {f.id} has no sub-query.")
        inner = reading_of(f.query, self.dialect, self.schema, self.scope)
        return replace(inner, outputs=tuple(replace(o, alias="") for o in inner.outputs))


def _on_groups(f: Filter) -> bool:
    return f.measure is not None or any(map(_on_groups, f.parts))


def literal(value: Scalar) -> Literal:
    if value is None:
        return Literal(None, "null")
    if isinstance(value, bool):
        return Literal(value, "boolean")
    return Literal(value, "number" if isinstance(value, int | float) else "text")
