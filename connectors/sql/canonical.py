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
    Between,
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
    Subquery,
)

N = TypeVar("N")
Key = tuple[ColumnRef, ColumnRef]
FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
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
            kept.append(Join(source, join.kind, ordered, _all(extra), join.lateral))
    if not in_place:
        classes += [(c.left, c.right) for c in where if _joins(c)]  # type: ignore[misc,union-attr]
        where = [c for c in where if not _joins(c)]
    first = _source(reading.source, own) if reading.source is not None else None
    first, joins = _attached(first, kept, classes)
    group = {_walk(e, own) for e in reading.group_by}
    having = list(_conjuncts(reading.having, own))
    outputs = tuple(Output(_walk(o.expression, own)) for o in reading.outputs)
    distinct = reading.distinct
    if group and not having and group == {o.expression for o in outputs}:
        group, distinct = set(), True
    return replace(
        reading,
        outputs=outputs,
        source=first,
        joins=joins,
        where=_all(where),
        group_by=tuple(sorted(group, key=repr)),
        having=_all(having),
        qualify=_all(list(_conjuncts(reading.qualify, own))),
        distinct=distinct,
        distinct_on=tuple(_walk(e, own) for e in reading.distinct_on),
        set_operations=tuple(
            SetOperation(s.operator, _reading(s.query, outer), s.all) for s in reading.set_operations
        ),
        order_by=tuple(replace(o, expression=_ordered(o, reading, own)) for o in reading.order_by),
    )


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


def _joins(predicate: Predicate) -> bool:
    return (
        isinstance(predicate, Comparison)
        and predicate.operator == "="
        and isinstance(predicate.left, ColumnRef)
        and isinstance(predicate.right, ColumnRef)
        and predicate.left.table != predicate.right.table
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
        case Between(value=value, low=low, high=high, negated=False):
            yield from _conjuncts(Comparison(value, ">=", low), names)
            yield from _conjuncts(Comparison(value, "<=", high), names)
        case In(value=value, options=(single,), negated=negated):
            yield from _conjuncts(Comparison(value, "!=" if negated else "=", single), names)
        case Comparison():
            yield _comparison(_walk(predicate, names))
        case Or(parts=parts):
            alternatives = [_all(list(_conjuncts(part, names))) for part in parts]
            yield Or(tuple(sorted((a for a in alternatives if a is not None), key=repr)))
        case In(options=tuple()):
            walked = _walk(predicate, names)
            options = tuple(sorted(set(cast(Any, walked.options)), key=repr))
            yield replace(walked, options=options)
        case _:
            yield _walk(predicate, names)


def _comparison(comparison: Comparison) -> Comparison:
    """Literals right; two columns in a fixed order."""
    left, right, operator = comparison.left, comparison.right, comparison.operator
    swap = isinstance(left, Literal | Subquery) and not isinstance(right, Literal | Subquery)
    if not isinstance(left, Literal) and not isinstance(right, Literal | Subquery) and operator in FLIPPED:
        swap = swap or repr(right) < repr(left)
    if swap and operator in FLIPPED:
        return Comparison(right, cast(Any, FLIPPED[operator]), left)
    return comparison


def _all(parts: list[Predicate]) -> Predicate | None:
    distinct = sorted(set(parts), key=repr)
    if not distinct:
        return None
    return distinct[0] if len(distinct) == 1 else And(tuple(distinct))


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
