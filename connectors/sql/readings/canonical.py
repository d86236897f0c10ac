"""One form for readings that mean the same: equal canonical readings give equal rows (up to column names).

Aliases become table names, conjunctions become sorted lists, literals stand on the right, a BETWEEN is two
comparisons, inner-join keys and WHERE equalities between sources are the same thing, GROUP BY without
aggregates is DISTINCT, and names are compared without case. Output order and sort order are kept: they show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar, cast

from connectors.sql.reading import (
    And,
    Arithmetic,
    Between,
    Cast,
    ColumnRef,
    Comparison,
    Expression,
    Function,
    In,
    Join,
    Literal,
    Not,
    Or,
    Order,
    Output,
    Predicate,
    Reading,
    SetOperation,
    Source,
    Star,
)
from connectors.sql.readings.logic import NEGATED, Key, all_of, either, equal_columns, in_order, opposite
from connectors.sql.readings.rewriting import asks_more, columns_of

N = TypeVar("N")
_FLOATING = frozenset({"real", "float", "double", "double precision", "decimal", "numeric"})


def canonical(reading: Reading, names: Mapping[str, str] | None = None) -> Reading:
    """`names` fixes what each alias of the outermost reading is called; by default its table, numbered when repeated."""
    return _reading(reading, {}, names)


def default_names(reading: Reading, taken: frozenset[str] = frozenset()) -> dict[str, str]:
    """What `canonical` calls each alias: the table, with "#2" and so on for its further uses, "^" inside a sub-query
    of a query that has the name already."""
    counts: dict[str, int] = {}
    names: dict[str, str] = {}
    for source in reading.sources:
        base = source.table.lower() or "?"
        counts[base] = counts.get(base, 0) + 1
        name = base if counts[base] == 1 else f"{base}#{counts[base]}"
        while name in taken:
            name += "^"
        names[source.alias.lower()] = name
    return names


def _reading(reading: Reading, outer: Mapping[str, str], names: Mapping[str, str] | None = None) -> Reading:
    own = _names(reading, outer, names or default_names(reading, frozenset(outer.values())))
    in_place = any(join.kind in ("right", "full") for join in reading.joins)
    where = list(_conjuncts(reading.where, own))
    classes: list[Key] = []
    kept: list[Join] = []
    for join in reading.joins:
        keys = [_key(pair, own) for pair in join.keys]
        extra = list(_conjuncts(join.condition, own))
        source = _source(join.source, own)
        if join.kind in ("inner", "cross") and not join.lateral and not in_place:
            classes += keys
            where += extra
            kept.append(Join(source=source))
        else:
            ordered = tuple(sorted(keys, key=repr))
            kept.append(Join(source, join.kind, ordered, all_of(extra), join.lateral))
    if not in_place:
        here = {own.get(source.alias.lower(), "") for source in reading.sources}
        classes += [(c.left, c.right) for c in where if _joins(c, here)]  # type: ignore[misc,union-attr]
        where = [c for c in where if not _joins(c, here)]
    first = _source(reading.source, own) if reading.source is not None else None
    first, joins = _attached(first, kept, classes)
    group = {_walk(e, own) for e in reading.group_by}
    having = list(_conjuncts(reading.having, own))
    early = [part for part in having if _of_groups(part, group)]
    where += early
    having = [part for part in having if part not in early]
    outputs = tuple(Output(_walk(o.expression, own)) for o in reading.outputs)
    distinct = reading.distinct
    order_by = tuple(replace(o, expression=_ordered(o, reading, own)) for o in reading.order_by)
    if group and not having and not asks_more(order_by) and group == {o.expression for o in outputs}:
        group, distinct = set(), True
    return replace(
        reading,
        outputs=outputs,
        source=first,
        joins=joins,
        where=all_of(where),
        group_by=tuple(sorted(group, key=repr)),
        having=all_of(having),
        qualify=all_of(list(_conjuncts(reading.qualify, own))),
        distinct=distinct,
        distinct_on=tuple(_walk(e, own) for e in reading.distinct_on),
        set_operations=tuple(
            SetOperation(s.operator, _reading(s.query, outer), s.all) for s in reading.set_operations
        ),
        order_by=order_by,
    )


def _of_groups(part: Predicate, group: set[Expression]) -> bool:
    """Whether a condition on groups holds for all rows of a group or none, so that it may come before grouping."""
    return bool(group) and set(columns_of(part)) <= group and not asks_more(part)


def _ordered(order: Order, reading: Reading, names: Mapping[str, str]) -> Expression:
    """An ORDER BY of an output's alias or position means its expression."""
    expression = order.expression
    if isinstance(expression, ColumnRef) and not expression.table:
        for output in reading.outputs:
            if output.alias and output.alias.lower() == expression.name.lower():
                return _walk(output.expression, names)
    if (
        isinstance(expression, Literal)
        and isinstance(expression.value, int)
        and not isinstance(expression.value, bool)
    ):
        position = expression.value - 1
        if 0 <= position < len(reading.outputs):
            return _walk(reading.outputs[position].expression, names)
    return _walk(expression, names)


def _attached(
    first: Source | None, joins: list[Join], keys: list[Key]
) -> tuple[Source | None, tuple[Join, ...]]:
    """Inner joins in any order are the same join: sources sorted, keys as classes of equal columns."""
    if first is None or any(join.kind not in ("inner",) for join in joins):
        pairs = tuple(equal_columns(keys))
        if pairs and joins:
            joins = [*joins[:-1], replace(joins[-1], keys=tuple(sorted((*joins[-1].keys, *pairs), key=repr)))]
        return first, tuple(joins)
    ordered = sorted([first, *(join.source for join in joins)], key=lambda s: (s.alias, repr(s.query)))
    rest = [Join(source) for source in ordered[1:]]
    if rest:
        rest[-1] = replace(rest[-1], keys=tuple(equal_columns(keys)))
    return ordered[0], tuple(rest)


def _source(source: Source, names: Mapping[str, str]) -> Source:
    query = _reading(source.query, names) if source.query is not None else None
    alias = names.get(source.alias.lower(), source.alias.lower())
    columns = tuple(column.lower() for column in source.columns)
    if query is not None and source.query is not None:
        query = replace(query, outputs=tuple(_placed(source.query, query)))
    return Source(alias, source.table.lower(), None, query, _walk(source.raw, names), columns)


def _names(reading: Reading, outer: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Canonical aliases, and "alias.column" → the place of a derived table's column: its name there means nothing."""
    aliases = {source.alias.lower() for source in reading.sources}
    found = {name: value for name, value in outer.items() if name.partition(".")[0] not in aliases}
    found.update(own)
    for source in reading.sources:
        for place, name in enumerate(_column_names(source.query) if source.query is not None else (), 1):
            found.setdefault(f"{source.alias.lower()}.{name}", f"#{place}")
    return found


def _column_names(reading: Reading) -> tuple[str, ...]:
    """Lower-case; none where a `*` leaves them open."""
    if any(isinstance(output.expression, Star) for output in reading.outputs):
        return ()
    return tuple(
        (o.alias or (o.expression.name if isinstance(o.expression, ColumnRef) else "")).lower()
        for o in reading.outputs
    )


def _placed(written: Reading, query: Reading) -> Iterable[Output]:
    places = len(_column_names(written))
    for place, (output, original) in enumerate(zip(query.outputs, written.outputs, strict=True), 1):
        yield Output(output.expression, f"#{place}" if places else original.alias.lower())


def _key(pair: Key, names: Mapping[str, str]) -> Key:
    return _walk(pair[0], names), _walk(pair[1], names)


def _joins(predicate: Predicate, here: set[str]) -> bool:
    """Whether it equates two of this query's own sources."""
    return (
        isinstance(predicate, Comparison)
        and predicate.operator == "="
        and isinstance(predicate.left, ColumnRef)
        and isinstance(predicate.right, ColumnRef)
        and predicate.left.table != predicate.right.table
        and {predicate.left.table, predicate.right.table} <= here
    )


def _conjuncts(predicate: Predicate | None, names: Mapping[str, str]) -> Iterable[Predicate]:
    """The parts that must all hold, each in its canonical form."""
    match predicate:
        case None:
            return
        case And(parts=parts):
            for part in parts:
                yield from _conjuncts(part, names)
        case Not(part=Comparison(operator=operator) as inner) if operator in NEGATED:
            yield from _conjuncts(replace(inner, operator=cast(Any, NEGATED[operator])), names)
        case Not(part=Or(parts=parts)):
            for part in parts:
                yield from _conjuncts(opposite(part), names)
        case Not(part=And(parts=parts)):
            yield from _conjuncts(Or(tuple(map(opposite, parts))), names)
        case Not(part=Between() as inner):
            yield from _conjuncts(replace(inner, negated=not inner.negated), names)
        case Between(value=value, low=low, high=high, negated=True):
            yield from _conjuncts(Or((Comparison(value, "<", low), Comparison(value, ">", high))), names)
        case Between(value=value, low=low, high=high):
            yield from _conjuncts(Comparison(value, ">=", low), names)
            yield from _conjuncts(Comparison(value, "<=", high), names)
        case In(value=value, options=(single,), negated=negated):
            yield from _conjuncts(Comparison(value, "!=" if negated else "=", single), names)
        case Comparison():
            yield in_order(_walk(predicate, names))
        case Or(parts=parts):
            alternatives = {all_of(list(_conjuncts(part, names))) for part in parts} - {None}
            yield either(cast(set[Predicate], alternatives))
        case In(value=value, options=(_, *_) as options, negated=True):
            for option in options:
                yield from _conjuncts(Comparison(value, "!=", option), names)
        case In(options=tuple()):
            walked = _walk(predicate, names)
            options = tuple(sorted(set(cast(Any, walked.options)), key=repr))
            yield replace(walked, options=options)
        case _:
            yield _walk(predicate, names)


def _walk(node: N, names: Mapping[str, str]) -> N:
    """A copy with canonical names and literals all the way down."""
    match node:
        case ColumnRef(table=table, name=name):
            column = names.get(f"{table}.{name}".lower(), name.lower())
            return cast(N, ColumnRef(names.get(table.lower(), table.lower()), column))
        case Star(table=table):
            return cast(N, Star(names.get(table.lower(), table.lower())))
        case Literal():
            return cast(N, _literal(node))
        case Reading():
            return cast(N, _reading(node, names))
        case Arithmetic(operator="/", left=Cast() as inner) if inner.type.lower() in _FLOATING:
            return cast(N, _walk(replace(node, left=inner.value), names))
        case Arithmetic(operator="/", right=Cast() as inner) if inner.type.lower() in _FLOATING:
            return cast(N, _walk(replace(node, right=inner.value), names))
        case Arithmetic(operator="+" | "*" as operator, left=left, right=right):
            sides = sorted((_walk(left, names), _walk(right, names)), key=repr)
            return cast(N, Arithmetic(operator, sides[0], sides[1]))
        case Function(name="count", args=(Literal(),), distinct=False):
            return cast(N, replace(node, args=(Star(),)))
        case tuple():
            return cast(N, tuple(_walk(part, names) for part in node))
    if is_dataclass(node) and not isinstance(node, type):
        changed = {f.name: _walk(getattr(node, f.name), names) for f in fields(node)}
        return cast(N, replace(node, **changed))
    return node


def _literal(literal: Literal) -> Literal:
    """Numbers by value, so that 1, 1.0 and the text of a number in a number's place are one."""
    value = literal.value
    if isinstance(value, bool) or value is None:
        return literal
    if isinstance(value, int | float) or literal.kind == "number":
        try:
            exact = Decimal(str(value)).normalize()
        except InvalidOperation:
            return literal
        return Literal(f"{exact:f}", "number")
    return Literal(value, "text") if literal.kind in ("date", "timestamp") else literal
