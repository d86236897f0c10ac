"""A draft → a reading: which tables it reads, how they join, and what each term is in the one intermediate form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal as OneOf

from agents.reasoners.embedded.draft import Clause, Col, Condition, Draft, Term
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
    Join,
    Literal,
    Or,
    Order,
    Output,
    Predicate,
    Reading,
    SetOperation,
    Source,
    Star,
    Subquery,
)
from knowledge.base import JoinEdge, JoinTree, SourceKnowledge

_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">=", "like", "not like"})
_JoinKind = OneOf["inner", "left"]
_COMPARED = 6
"""Ways to join that are compared by what the question speaks of."""
Spoken = Callable[[JoinEdge], float]
"""How much the question speaks of a reference, 0 for not at all."""


class NoPath(Exception):
    """The tables of a draft cannot be joined."""


@dataclass(frozen=True, slots=True)
class _Use:
    """One use of a table: the table itself, or the table reached through a role."""

    table: str
    role: str = ""


@dataclass(slots=True)
class _Scope:
    knowledge: SourceKnowledge
    spoken: Spoken | None = None
    aliases: dict[_Use, str] = field(default_factory=dict)

    def alias(self, use: _Use) -> str:
        if use not in self.aliases:
            bare = use.table.rpartition(".")[2]
            wanted = f"{bare}_{use.role}" if use.role and _Use(use.table) in self.aliases else bare
            if use.role and wanted in self.aliases.values():
                wanted = f"{bare}_{use.role}"
            taken = {alias.lower() for alias in self.aliases.values()}
            name, number = wanted, 2
            while name.lower() in taken:
                name, number = f"{wanted}_{number}", number + 1
            self.aliases[use] = name
        return self.aliases[use]


def to_reading(
    draft: Draft, knowledge: SourceKnowledge, route: int = 0, spoken: Spoken | None = None
) -> Reading:
    """The reading of a draft over the `route`-th cheapest way to join its tables.

    With `spoken`, ways over references that the question speaks of come first, here and in every part.

    Raises `NoPath` when they cannot be joined, or there are not so many ways.
    """
    scope = _Scope(knowledge, spoken)
    source, joins = _sources(draft, scope, route)
    return Reading(
        outputs=tuple(Output(_expression(term, scope)) for term in draft.select),
        source=source,
        joins=joins,
        where=_predicate(draft.where, scope),
        group_by=tuple(_expression(term, scope) for term in draft.group),
        having=_predicate(draft.having, scope),
        distinct=draft.distinct,
        set_operations=_combination(draft, scope),
        order_by=tuple(Order(_expression(sort.term, scope), sort.descending) for sort in draft.order),
        limit=draft.limit,
    )


def _combination(draft: Draft, scope: _Scope) -> tuple[SetOperation, ...]:
    if draft.combine is None:
        return ()
    operator, other = draft.combine
    return (SetOperation(operator, _inner(other, scope)),)


def _inner(draft: Draft, scope: _Scope) -> Reading:
    return to_reading(draft, scope.knowledge, spoken=scope.spoken)


def _sources(draft: Draft, scope: _Scope, route: int) -> tuple[Source, tuple[Join, ...]]:
    uses = list(
        dict.fromkeys([*(_Use(c.table, c.role) for c in draft.columns), *(_Use(t) for t in draft.tables)])
    )
    if not uses:
        raise NoPath("The query reads no table.")
    roles = {use: _role_edge(use, scope.knowledge) for use in uses if use.role}
    base = [use for use in uses if not use.role]
    base += [_Use(edge.left_table) for edge in roles.values()]
    base = list(dict.fromkeys(base))
    tree = _tree([use.table for use in base], scope, route, taken=roles.values())
    return _attach(draft, base, tree.edges, roles, scope)


def _role_edge(use: _Use, knowledge: SourceKnowledge) -> JoinEdge:
    for edge in knowledge.joins.edges:
        if edge.right_table == use.table and edge.left_columns[0].lower() == use.role.lower():
            return edge
    raise NoPath(f"Nothing refers to {use.table} as {use.role}.")


def _tree(tables: Sequence[str], scope: _Scope, route: int, taken: Iterable[JoinEdge]) -> JoinTree:
    """The cheapest tree; edges that already lead to a role are not used for the plain table as well."""
    if len(tables) == 1:
        if route:
            raise NoPath("There is one way only.")
        return JoinTree((tables[0],), (), 0.0)
    used = set(taken)
    spoken = scope.spoken
    wanted = route + 1 + (2 if used else 0) if spoken is None else _COMPARED
    trees = scope.knowledge.joins.trees(tables, k=wanted)
    if spoken is not None:
        trees = sorted(trees, key=lambda tree: -sum(spoken(edge) for edge in tree.edges))
    free = [tree for tree in trees if used.isdisjoint(tree.edges)] or list(trees)
    if route >= len(free):
        raise NoPath("The tables cannot be joined.")
    return free[route]


def _attach(
    draft: Draft, base: Sequence[_Use], edges: Sequence[JoinEdge], roles: dict[_Use, JoinEdge], scope: _Scope
) -> tuple[Source, tuple[Join, ...]]:
    first = next((use for use in base if use.table == draft.outer), base[0])
    source = _source(first, scope)
    placed = {first.table}
    joins: list[Join] = []
    kind: _JoinKind = "left" if draft.outer else "inner"
    waiting = list(edges)
    while waiting:
        edge = next((e for e in waiting if e.left_table in placed or e.right_table in placed), None)
        if edge is None:
            raise NoPath("The tables cannot be joined.")
        waiting.remove(edge)
        new = edge.right_table if edge.left_table in placed else edge.left_table
        joins.append(_join(edge, _Use(edge.left_table), _Use(edge.right_table), _Use(new), scope, kind))
        placed.add(new)
    for use, edge in roles.items():
        joins.append(_join(edge, _Use(edge.left_table), use, use, scope, kind))
    return source, tuple(joins)


def _source(use: _Use, scope: _Scope) -> Source:
    schema, _, table = use.table.rpartition(".")
    return Source(scope.alias(use), table, schema or None)


def _join(edge: JoinEdge, left: _Use, right: _Use, new: _Use, scope: _Scope, kind: _JoinKind) -> Join:
    source = _source(new, scope)
    keys = []
    for left_column, right_column in zip(edge.left_columns, edge.right_columns, strict=True):
        ends = ColumnRef(scope.alias(left), left_column), ColumnRef(scope.alias(right), right_column)
        keys.append(ends if new == right else (ends[1], ends[0]))
    return Join(source, kind, tuple(keys))


def _column(column: Col, scope: _Scope) -> ColumnRef:
    return ColumnRef(scope.alias(_Use(column.table, column.role)), column.name)


def _expression(term: Term, scope: _Scope) -> Expression:
    value: Expression
    if term.column is None:
        value = Star()
    else:
        value = _column(term.column, scope)
        if term.grain:
            value = DateBucket(term.grain, value)  # type: ignore[arg-type]
        elif term.part:
            value = DatePart(term.part, value)  # type: ignore[arg-type]
    if term.other is not None and term.operator != "share" and not term.other.aggregated:
        value = Arithmetic(term.operator or "+", value, _expression(term.other, scope))
        return Function(term.aggregate, (value,), term.distinct) if term.aggregate else value
    if term.aggregate:
        value = Function(term.aggregate, (value,), term.distinct)
    if term.other is None:
        return value
    other = _expression(term.other, scope)
    if term.operator == "share":
        return Arithmetic("/", Arithmetic("*", Literal(100.0, "number"), value), other)
    return Arithmetic(term.operator or "-", value, other)


def _predicate(clauses: Sequence[Clause], scope: _Scope) -> Predicate | None:
    parts: list[Predicate] = []
    for clause in clauses:
        options = tuple(_condition(condition, scope) for condition in clause)
        parts.append(options[0] if len(options) == 1 else Or(options))
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _condition(condition: Condition, scope: _Scope) -> Predicate:
    operator = condition.operator
    if operator in ("exists", "not exists"):
        assert condition.query is not None
        return Exists(_inner(condition.query, scope), operator == "not exists")
    left = _expression(condition.term, scope)
    if operator in ("is null", "is not null"):
        return IsNull(left, operator == "is not null")
    if operator in ("between", "not between"):
        return Between(left, condition.values[0], condition.values[1], operator == "not between")
    if operator in ("in", "not in"):
        negated = operator == "not in"
        if condition.query is not None:
            return In(left, Subquery(_inner(condition.query, scope)), negated)
        return In(left, condition.values, negated)
    right: Expression
    if condition.query is not None:
        right = Subquery(_inner(condition.query, scope))
    elif condition.other is not None:
        right = _expression(condition.other, scope)
    else:
        right = condition.values[0]
    assert operator in _COMPARISONS
    return Comparison(left, operator, right)  # type: ignore[arg-type]
