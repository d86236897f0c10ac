"""A reading as a plan: the view of any statement that a person can look at and edit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from agents.plan import (
    ColumnName,
    Combination,
    Dimension,
    Filter,
    Measure,
    MeasureFunction,
    Operator,
    Ordering,
    PlanJoin,
    PlanQuery,
    PlanTable,
    Scalar,
)  # fmt: skip
from agents.plan_compile import CannotPlan, reading_of, snake
from connectors.base import Schema
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
    Or,
    Output,
    Predicate,
    Raw,
    Reading,
    Star,
    Subquery,
)  # fmt: skip
from connectors.sql.reading_expressions import has_aggregate
from connectors.sql.reading_joins import conjuncts
from connectors.sql.reading_render import render_expression, render_predicate
from connectors.sql.reading_scope import star_columns

__all__ = ["CannotPlan", "plan_query_of", "reading_of"]

_MIRROR: dict[str, Operator] = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_FUNCTIONS: dict[str, MeasureFunction] = {
    "count": "count",
    "sum": "sum",
    "avg": "avg",
    "min": "min",
    "max": "max",
}


def plan_query_of(reading: Reading, schema: Schema | None = None, dialect: str = "sqlite") -> PlanQuery:
    """The plan that the statement keeps.

    Args:
        dialect: in which the texts of `expression` fields are written.

    Raises: `CannotPlan` for what no plan can say (recursion, QUALIFY, lateral sources …).
    """
    return _Planner(reading, schema, dialect).query()


class _Planner:
    def __init__(self, reading: Reading, schema: Schema | None, dialect: str) -> None:
        if reading.qualify is not None or reading.distinct_on:
            raise CannotPlan("A plan cannot say QUALIFY or DISTINCT ON.")
        if reading.ending:
            raise CannotPlan("A plan cannot say " + ", ".join(part.sql for part in reading.ending) + ".")
        self.reading = reading
        self.schema = schema
        self.dialect = dialect
        self.dimensions: dict[Expression, Dimension] = {}
        self.measures: dict[Expression, Measure] = {}
        self._numbers = count(1)

    def query(self) -> PlanQuery:
        reading = self.reading
        self._outputs()
        for expression in reading.group_by:
            if expression not in self.dimensions:
                self._dimension(expression, "", shown=False)
        filters = [self._filter(p) for p in conjuncts(reading.where)]
        for join in reading.joins:
            filters += [self._filter(p) for p in conjuncts(self._beyond_keys(join))]
        filters += [self._group_filter(p) for p in conjuncts(reading.having)]
        order = tuple(
            Ordering(by=self._order_id(o.expression), descending=o.descending) for o in reading.order_by
        )
        if reading.group_by and not self.measures and not any(f.measure for f in filters):
            self._measure(Function("count", (Star(),)), "", shown=False)
        return PlanQuery(
            tables=tuple(self._tables()),
            joins=tuple(self._joins()),
            dimensions=tuple(self.dimensions.values()),
            measures=tuple(self.measures.values()),
            filters=tuple(filters),
            order=order,
            limit=reading.limit,
            offset=reading.offset,
            distinct=reading.distinct,
            combine=tuple(
                Combination(
                    operator=s.operator, query=plan_query_of(s.query, self.schema, self.dialect), all=s.all
                )
                for s in reading.set_operations
            ),
        )

    def _id(self, letter: str) -> str:
        return f"{letter}{next(self._numbers)}"

    def _tables(self) -> list[PlanTable]:
        found = []
        for source in self.reading.sources:
            if source.raw is not None:
                raise CannotPlan("A plan reads tables only.")
            inner = (
                plan_query_of(source.query, self.schema, self.dialect) if source.query is not None else None
            )
            found.append(
                PlanTable(alias=source.alias, table=source.table, schema_name=source.schema, query=inner)
            )
        return found

    def _joins(self) -> list[PlanJoin]:
        found = []
        for join in self.reading.joins:
            if join.lateral or join.kind not in ("inner", "left", "cross"):
                raise CannotPlan(f"A plan cannot say a {join.kind} join.")
            for left, right in join.keys:
                kind = "left" if join.kind == "left" else "inner"
                found.append(PlanJoin(left=_name(left), right=_name(right), kind=kind))  # type: ignore[arg-type]
        return found

    def _beyond_keys(self, join: Join) -> Predicate | None:
        if join.condition is not None and join.kind == "left":
            raise CannotPlan("A plan cannot say a condition on an optional partner.")
        return join.condition

    def _outputs(self) -> None:
        grouped = bool(self.reading.group_by)
        plain = aggregated = False
        for output in self._expanded():
            if has_aggregate(output.expression):
                aggregated = True
                self._measure(output.expression, output.alias, shown=True)
            else:
                plain = plain or not isinstance(output.expression, Literal)
                self._dimension(output.expression, output.alias, shown=True)
        if plain and aggregated and not grouped:
            raise CannotPlan("Columns beside totals need a grouping.")

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
        column = inner if isinstance(inner, ColumnRef) else None
        dimension = Dimension(
            id=self._id("d"),
            column=_name(column) if column else None,
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
            if isinstance(argument, ColumnRef):
                return Measure(
                    id=identity, function=function, column=_name(argument), label=label, shown=shown
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
        if has_aggregate(expression):
            return self._measure(expression, "", shown=False).id
        if self.reading.group_by or self.reading.distinct:
            raise CannotPlan("Rows are ordered by something that is not grouped by.")
        return self._dimension(expression, "", shown=False).id

    def _text(self, expression: Expression) -> str:
        return render_expression(expression, self.dialect)

    def _filter(self, predicate: Predicate, on_groups: bool = False) -> Filter:
        identity = self._id("f")
        match predicate:
            case Or():
                return Filter(
                    id=identity,
                    operator="any of",
                    parts=tuple(self._filter(p, on_groups) for p in predicate.parts),
                )
            case And():
                return Filter(
                    id=identity,
                    operator="all of",
                    parts=tuple(self._filter(p, on_groups) for p in predicate.parts),
                )
            case Comparison():
                return self._comparison(predicate, identity, on_groups)
            case Between(low=Literal() as low, high=Literal() as high):
                operator: Operator = "not between" if predicate.negated else "between"
                return self._side(
                    predicate.value, identity, operator, on_groups, values=(low.value, high.value)
                )
            case IsNull():
                return self._side(
                    predicate.value,
                    identity,
                    "is null" if predicate.negated is False else "is not null",
                    on_groups,
                )
            case In(options=Subquery() as inner):
                word: Operator = "not in" if predicate.negated else "in"
                return self._side(predicate.value, identity, word, on_groups, query=self._inner(inner))
            case In() if isinstance(predicate.options, tuple) and all(
                isinstance(o, Literal) for o in predicate.options
            ):
                values = tuple(o.value for o in predicate.options if isinstance(o, Literal))
                return self._side(
                    predicate.value,
                    identity,
                    "not in" if predicate.negated else "in",
                    on_groups,
                    values=values,
                )
            case Exists():
                query = plan_query_of(predicate.query, self.schema, self.dialect)
                return Filter(
                    id=identity, operator="not exists" if predicate.negated else "exists", query=query
                )
        return self._as_text(predicate, identity, on_groups)

    def _group_filter(self, predicate: Predicate) -> Filter:
        return self._filter(predicate, on_groups=True)

    def _comparison(self, predicate: Comparison, identity: str, on_groups: bool) -> Filter:
        left, operator, right = predicate.left, predicate.operator, predicate.right
        if isinstance(left, Literal | Subquery) and operator in _MIRROR and not isinstance(right, Literal):
            left, operator, right = right, _MIRROR[operator], left  # type: ignore[assignment]
        if operator not in (*_MIRROR, "like", "not like"):
            return self._as_text(predicate, identity, on_groups)
        word: Operator = operator  # type: ignore[assignment]
        if isinstance(right, Literal):
            return self._side(left, identity, word, on_groups, values=(right.value,))
        if isinstance(right, Subquery):
            return self._side(left, identity, word, on_groups, query=self._inner(right))
        if isinstance(right, ColumnRef) and not on_groups:
            return self._side(left, identity, word, on_groups, other=_name(right))
        return self._as_text(predicate, identity, on_groups)

    def _side(
        self, left: Expression, identity: str, operator: Operator, on_groups: bool, *,
        values: tuple[Scalar, ...] = (), query: PlanQuery | None = None, other: ColumnName | None = None,
    ) -> Filter:  # fmt: skip
        if on_groups:
            return Filter(
                id=identity, measure=self.measure_of(left), operator=operator, values=values, query=query
            )
        column = _name(left) if isinstance(left, ColumnRef) else None
        text = None if column else self._text(left)
        return Filter(
            id=identity,
            column=column,
            expression=text,
            operator=operator,
            values=values,
            query=query,
            other=other,
        )

    def _as_text(self, predicate: Predicate, identity: str, on_groups: bool) -> Filter:
        text = render_predicate(predicate, self.dialect)
        if on_groups:
            whole = Measure(id=self._id("m"), function="expression", expression=text)
            return Filter(id=identity, measure=whole, operator="expression")
        return Filter(id=identity, expression=text, operator="expression")

    def _inner(self, inner: Subquery) -> PlanQuery:
        return plan_query_of(inner.query, self.schema, self.dialect)


def _name(column: ColumnRef) -> ColumnName:
    if not column.table:
        raise CannotPlan(f"It is not clear which table {column.name} belongs to.")
    return ColumnName(table=column.table, column=column.name)


def words(alias: str) -> str:
    """A column alias as a label; `agents.plan_compile.snake` makes the same alias of it again."""
    return snake(alias).replace("_", " ").strip()


def measure_label(function: MeasureFunction, argument: Expression) -> str:
    """Words for a number: "average price", "number of customers"."""
    what = " ".join(dict.fromkeys(words(name) for name in _column_names((argument,)))) or "value"
    said = {
        "count": "number of",
        "count_distinct": "different",
        "sum": "total",
        "avg": "average",
        "min": "lowest",
        "max": "highest",
    }
    return f"{said.get(function, '')} {what}".strip()


def _column_names(expressions: Sequence[Expression]) -> list[str]:
    names: list[str] = []
    for node in expressions:
        match node:
            case ColumnRef():
                names.append(node.name)
            case Function():
                names += _column_names(node.args)
            case Arithmetic():
                names += _column_names((node.left, node.right))
            case Cast() | DateBucket() | DatePart():
                names += _column_names((node.value,))
            case Case():
                names += _column_names([then for _, then in node.branches])
            case Raw():
                names += [column.name for column in node.columns]
            case _:
                pass
    return names
