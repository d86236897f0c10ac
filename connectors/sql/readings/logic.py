"""Rules of logic on conditions: opposites, alternatives, the order of sides, classes of equal columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast
from typing import Literal as OneOf

from connectors.sql.reading import (
    And,
    ColumnRef,
    Comparison,
    Expression,
    In,
    Literal,
    Not,
    Or,
    Predicate,
    Subquery,
)

Key = tuple[ColumnRef, ColumnRef]
FLIPPED: dict[str, OneOf["=", "!=", "<", "<=", ">", ">="]] = {
    "=": "=",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
NEGATED = {
    "=": "!=",
    "!=": "=",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "like": "not like",
    "not like": "like",
}


def opposite(predicate: Predicate) -> Predicate:
    return predicate.part if isinstance(predicate, Not) else Not(predicate)


def either(alternatives: set[Predicate]) -> Predicate:
    """`x = 1 OR x IN (2, 3)` is `x IN (1, 2, 3)`."""
    values: dict[Expression, set[Expression]] = {}
    rest: set[Predicate] = set()
    for part in alternatives:
        match part:
            case Or(parts=parts):
                rest.update(parts)
            case In(value=value, options=(_, *_) as options, negated=False):
                values.setdefault(value, set()).update(options)
            case Comparison(left=value, operator="=", right=Literal() as option):
                values.setdefault(value, set()).add(option)
            case _:
                rest.add(part)
    for value, found in values.items():
        options = tuple(sorted(found, key=repr))
        rest.add(In(value, options) if len(options) > 1 else Comparison(value, "=", options[0]))
    ordered = tuple(sorted(rest, key=repr))
    return ordered[0] if len(ordered) == 1 else Or(ordered)


def in_order(comparison: Comparison) -> Comparison:
    """Literals right; two columns in a fixed order."""
    left, right, operator = comparison.left, comparison.right, comparison.operator
    swap = isinstance(left, Literal | Subquery) and not isinstance(right, Literal | Subquery)
    if not isinstance(left, Literal) and not isinstance(right, Literal | Subquery) and operator in FLIPPED:
        swap = swap or repr(right) < repr(left)
    if swap and operator in FLIPPED:
        return Comparison(right, cast(Any, FLIPPED[operator]), left)
    return comparison


def all_of(parts: list[Predicate]) -> Predicate | None:
    distinct = sorted(set(parts), key=repr)
    if not distinct:
        return None
    return distinct[0] if len(distinct) == 1 else And(tuple(distinct))


def equal_columns(keys: Iterable[Key]) -> list[Key]:
    """Pairs that say the same equalities whichever way they were written: each class around its first column."""
    classes: list[set[ColumnRef]] = []
    for left, right in keys:
        joined = {left, right}
        apart = [c for c in classes if not c & joined]
        for group in (c for c in classes if c & joined):
            joined |= group
        classes = [*apart, joined]
    pairs: list[Key] = []
    for group in classes:
        head, *tail = sorted(group, key=repr)
        pairs += [(head, other) for other in tail]
    return sorted(pairs, key=repr)
