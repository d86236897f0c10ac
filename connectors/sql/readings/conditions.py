"""Conditions, with NOT drawn into what it negates."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal as OneOf

from sqlglot import exp

from connectors.sql.reading import (
    And,
    Between,
    Comparison,
    Exists,
    In,
    IsNull,
    Literal,
    Not,
    Or,
    Output,
    Predicate,
    Subquery,
)
from connectors.sql.readings.calls import Calls
from connectors.sql.readings.text import Aliases

_COMPARISONS: dict[type[exp.Expr], OneOf["=", "!=", "<", "<=", ">", ">=", "like", "ilike"]] = {
    exp.EQ: "=", exp.NEQ: "!=", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=", exp.Like: "like", exp.ILike: "ilike",
}  # fmt: skip
_NEGATED: dict[str, OneOf["!=", "=", "not like", "not ilike"]] = {
    "=": "!=",
    "!=": "=",
    "like": "not like",
    "ilike": "not ilike",
}


class Conditions(Calls):
    def optional_predicate(self, clause: exp.Expr | None, aliases: Aliases | None = None) -> Predicate | None:
        if clause is None:
            return None
        self.aliases = aliases or {}
        found = self.predicate(
            clause.this if isinstance(clause, exp.Where | exp.Having | exp.Qualify) else clause
        )
        self.aliases = {}
        return found

    def predicate(self, node: exp.Expr) -> Predicate:
        if node.args.get("negate"):
            positive = node.copy()
            positive.set("negate", None)
            return _negate(self.predicate(positive))
        if isinstance(node, exp.Paren):
            return self.predicate(node.this)
        if isinstance(node, exp.And | exp.Or):
            parts = [self.predicate(part) for part in node.flatten()]
            flat = tuple(
                p
                for part in parts
                for p in (
                    part.parts if isinstance(part, And if isinstance(node, exp.And) else Or) else (part,)
                )
            )
            return And(flat) if isinstance(node, exp.And) else Or(flat)
        if isinstance(node, exp.Not):
            return _negate(self.predicate(node.this))
        if type(node) in _COMPARISONS and not isinstance(node.expression, exp.Any | exp.All):
            return Comparison(
                self.expression(node.this), _COMPARISONS[type(node)], self.expression(node.expression)
            )
        if isinstance(node, exp.EQ | exp.NEQ) and isinstance(node.expression, exp.Any | exp.All):
            return self._any_or_all(node)
        if isinstance(node, exp.Between) and not node.args.get("symmetric"):
            return Between(
                self.expression(node.this),
                self.expression(node.args["low"]),
                self.expression(node.args["high"]),
            )
        if (
            isinstance(node, exp.In)
            and not node.args.get("unnest")
            and not node.args.get("field")
            and not node.args.get("is_global")
        ):
            return self._in(node)
        if isinstance(node, exp.Is):
            return self._is(node)
        if isinstance(node, exp.Exists) and isinstance(node.this, exp.Query | exp.Subquery):
            inner = self.query(node.this, self.scope, self.ctes)
            return Exists(inner if inner.outputs else replace(inner, outputs=(Output(Literal(1, "number")),)))
        return self.raw(node)

    def _any_or_all(self, node: exp.Expr) -> Predicate:
        """`x = ANY (query)` is `x IN (query)`, `x <> ALL (query)` is `x NOT IN (query)`."""
        inner = node.expression.this
        among = isinstance(node, exp.EQ) and isinstance(node.expression, exp.Any)
        outside = isinstance(node, exp.NEQ) and isinstance(node.expression, exp.All)
        if not isinstance(inner, exp.Query) or not (among or outside):
            return self.raw(node)
        tree = inner.this if isinstance(inner, exp.Subquery) else inner
        return In(self.expression(node.this), Subquery(self.query(tree, self.scope, self.ctes)), outside)

    def _in(self, node: exp.In) -> Predicate:
        value = self.expression(node.this)
        inner = node.args.get("query")
        if inner is not None:
            tree = inner.this if isinstance(inner, exp.Subquery) else inner
            return In(value, Subquery(self.query(tree, self.scope, self.ctes)))
        return In(value, tuple(map(self.expression, node.expressions)))

    def _is(self, node: exp.Is) -> Predicate:
        negated = isinstance(node.expression, exp.Not)
        right = node.expression.this if negated else node.expression
        if isinstance(right, exp.Null):
            return IsNull(self.expression(node.this), negated)
        return Comparison(self.expression(node.this), "is not" if negated else "is", self.expression(right))


def _negate(predicate: Predicate) -> Predicate:
    if isinstance(predicate, Comparison) and predicate.operator in _NEGATED:
        return Comparison(predicate.left, _NEGATED[predicate.operator], predicate.right)
    if isinstance(predicate, Between):
        return Between(predicate.value, predicate.low, predicate.high, not predicate.negated)
    if isinstance(predicate, In):
        return In(predicate.value, predicate.options, not predicate.negated)
    if isinstance(predicate, IsNull):
        return IsNull(predicate.value, not predicate.negated)
    if isinstance(predicate, Exists):
        return Exists(predicate.query, not predicate.negated)
    if isinstance(predicate, Not):
        return predicate.part
    return Not(predicate)
