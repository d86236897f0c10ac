"""A reading → a draft, where a draft can say it; the inverse of `compile`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agents.reasoners.embedded.draft import Clause, Col, Condition, Draft, Sort, Term
from connectors.base import Schema
from connectors.sql.reading import (
    And,
    Arithmetic,
    Between,
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
    Predicate,
    Reading,
    Star,
    Subquery,
)


class TooRich(Exception):
    """The reading holds something that a draft has no form for."""


def draft_of(reading: Reading, schema: Schema) -> Draft:
    """Raises `TooRich` when the reading says more than a draft can."""
    scope = _scope(reading, schema)
    if (
        reading.qualify is not None
        or reading.distinct_on
        or reading.offset
        or len(reading.set_operations) > 1
    ):
        raise TooRich
    if any(join.condition is not None or join.kind not in ("inner", "left") for join in reading.joins):
        raise TooRich
    combine = None
    if reading.set_operations:
        operation = reading.set_operations[0]
        combine = (operation.operator, draft_of(operation.query, schema))
    outer = next(
        (scope[reading.source.alias].table for j in reading.joins if j.kind == "left" and reading.source), ""
    )
    draft = Draft(
        select=tuple(_term(output.expression, scope) for output in reading.outputs),
        where=_clauses(reading.where, scope, schema),
        group=tuple(_term(expression, scope) for expression in reading.group_by),
        having=_clauses(reading.having, scope, schema),
        order=tuple(Sort(_term(order.expression, scope), order.descending) for order in reading.order_by),
        limit=reading.limit,
        distinct=reading.distinct,
        combine=combine,
        outer=outer,
    )
    used = {column.table for column in draft.columns}
    idle = {use.table for use in scope.values()} - used
    bridging = {scope[join.source.alias].table for join in reading.joins} & idle
    keep = idle - {table for table in bridging if _bridges(table, reading, scope)}
    return draft.reading_tables(*keep) if keep else draft


def _scope(reading: Reading, schema: Schema) -> dict[str, Col]:
    """Alias → the table it means, with a role where a table is used twice."""
    scope: dict[str, Col] = {}
    taken: set[str] = set()
    for source in reading.sources:
        if source.query is not None or source.raw:
            raise TooRich
        table = schema.table(f"{source.schema}.{source.table}" if source.schema else source.table)
        if table is None:
            raise TooRich
        role = ""
        if table.full_name in taken:
            join = next(j for j in reading.joins if j.source.alias == source.alias)
            if not join.keys:
                raise TooRich
            role = join.keys[0][0].name
        taken.add(table.full_name)
        scope[source.alias] = Col(table.full_name, "", role)
    return scope


def _bridges(table: str, reading: Reading, scope: Mapping[str, Col]) -> bool:
    """Whether a table without used columns stands between two others, so that inference finds it again."""
    ends = 0
    for join in reading.joins:
        tables = {scope[ref.table].table for key in join.keys for ref in key}
        ends += table in tables
    return ends > 1


def _column(ref: ColumnRef, scope: Mapping[str, Col]) -> Col:
    owner = scope.get(ref.table)
    if owner is None:
        raise TooRich
    return Col(owner.table, ref.name, owner.role)


def _term(expression: Expression, scope: Mapping[str, Col]) -> Term:
    match expression:
        case Star():
            return Term()
        case ColumnRef():
            return Term(_column(expression, scope))
        case DateBucket(grain=grain, value=ColumnRef() as ref) if grain != "hour":
            return Term(_column(ref, scope), grain=grain)
        case DatePart(part=part, value=ColumnRef() as ref):
            return Term(_column(ref, scope), part=part)
        case Function(name=name, args=(argument,), distinct=distinct, window=None) if name in (
            "count", "sum", "avg", "min", "max",
        ):  # fmt: skip
            inner = _term(argument, scope)
            if inner.aggregate or inner.distinct:
                raise TooRich
            return replace(inner, aggregate=name, distinct=distinct)  # type: ignore[arg-type]
        case Arithmetic(operator=operator, left=left, right=right) if operator in ("+", "-", "*", "/"):
            first, second = _term(left, scope), _term(right, scope)
            if first.other is not None or first.aggregated != second.aggregated:
                raise TooRich
            return Term(
                first.column, first.aggregate, first.distinct, first.grain, first.part, operator, second
            )
    raise TooRich


def _clauses(predicate: Predicate | None, scope: Mapping[str, Col], schema: Schema) -> tuple[Clause, ...]:
    if predicate is None:
        return ()
    parts = predicate.parts if isinstance(predicate, And) else (predicate,)
    clauses: list[Clause] = []
    for part in parts:
        if isinstance(part, And):
            clauses.extend(_clauses(part, scope, schema))
        elif isinstance(part, Or):
            clauses.append(tuple(_condition(option, scope, schema) for option in part.parts))
        else:
            clauses.append((_condition(part, scope, schema),))
    return tuple(clauses)


def _condition(predicate: Predicate, scope: Mapping[str, Col], schema: Schema) -> Condition:
    match predicate:
        case Comparison(left=left, operator=operator, right=right) if operator in (
            "=", "!=", "<", "<=", ">", ">=", "like", "not like",
        ):  # fmt: skip
            term = _term(left, scope)
            if isinstance(right, Literal):
                return Condition(term, operator, (right,))
            if isinstance(right, Subquery):
                return Condition(term, operator, query=draft_of(right.query, schema))
            return Condition(term, operator, other=_term(right, scope))
        case Between(value=value, low=Literal() as low, high=Literal() as high, negated=negated):
            return Condition(_term(value, scope), "not between" if negated else "between", (low, high))
        case In(value=value, options=Subquery() as options, negated=negated):
            query = draft_of(options.query, schema)
            return Condition(_term(value, scope), "not in" if negated else "in", query=query)
        case In(value=value, options=options, negated=negated) if not isinstance(options, Subquery):
            literals = tuple(option for option in options if isinstance(option, Literal))
            if len(literals) == len(options):
                return Condition(_term(value, scope), "not in" if negated else "in", literals)
        case IsNull(value=value, negated=negated):
            return Condition(_term(value, scope), "is not null" if negated else "is null")
        case Exists(query=query, negated=negated):
            return Condition(Term(), "not exists" if negated else "exists", query=draft_of(query, schema))
        case Not():
            raise TooRich
    raise TooRich
