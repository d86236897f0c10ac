"""A statement against a plan, point by point: everything promised is kept, and nothing else is done.

Both are brought into the same canonical reading first, so it does not matter how the SQL is spelled.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import islice, permutations
from typing import Literal as OneOf

from sqlglot.errors import SqlglotError

from agents.back_translation import Voice
from agents.events import ConformancePoint
from agents.plan import PlanQuery
from agents.plans.compile import CannotPlan, reading_of
from agents.plans.texts import parsed
from connectors.base import Schema
from connectors.errors import QueryRejected
from connectors.sql.reading import And, Join, Predicate, Reading, Source
from connectors.sql.readings.canonical import canonical, default_names
from connectors.sql.readings.expressions import has_aggregate
from connectors.sql.readings.parse import from_sqlglot
from connectors.sql.readings.render import to_sql
from connectors.sql.readings.scope import NotReadable
from connectors.sql.readings.settled import prepared, settled, settled_form

Part = OneOf[
    "tables", "joins", "filters", "grain", "measures", "columns", "order", "limit", "distinct", "combine"
]
ROLE_ASSIGNMENTS = 64
"""Ways tried to match the roles of a table that is used several times."""


def conform(
    query: PlanQuery, reading: Reading, dialect: str, schema: Schema | None = None
) -> tuple[ConformancePoint, ...]:
    """All points kept means: the statement gives the rows that the plan describes, and no others."""
    try:
        planned = reading_of(query, dialect, schema)
    except CannotPlan as error:
        return (
            ConformancePoint(
                part="columns", promise="The plan can be compared.", verdict="different", detail=str(error)
            ),
        )
    best = _closest(planned, reading, schema)
    if _broken(best):
        # A plan's texts were written and read once more than the statement's, which may have spelled them otherwise.
        again = [_spelled_again(each, dialect, schema) for each in (planned, reading)]
        for ours, theirs in ((planned, again[1]), (again[0], again[1])):
            if ours is not None and theirs is not None and _broken(best):
                best = min(best, _closest(ours, theirs, schema), key=_broken)
    return best


def _spelled_again(reading: Reading, dialect: str, schema: Schema | None) -> Reading | None:
    try:
        return from_sqlglot(parsed(to_sql(reading, dialect), dialect), dialect, schema)
    except (QueryRejected, SqlglotError, NotReadable):
        return None


def _closest(plan: Reading, statement: Reading, schema: Schema | None) -> tuple[ConformancePoint, ...]:
    """The points of the naming of repeated tables that keeps most of the plan."""
    promised = settled_form(plan, schema)
    best: tuple[ConformancePoint, ...] = ()
    ready = prepared(statement, schema)
    for names in _namings(ready):
        points = tuple(compare(promised, settled(canonical(ready, names), schema)))
        if not best or _broken(points) < _broken(best):
            best = points
        if not _broken(best):
            break
    return best


def compare(plan: Reading, statement: Reading) -> Iterator[ConformancePoint]:
    """Points of two canonical readings."""
    words, other = Voice(plan), Voice(statement)
    yield from _sets("tables", _sources(plan), _sources(statement))
    yield from _sets("joins", _joins(plan, words), _joins(statement, other))
    yield from _sets("filters", _filters(plan, words), _filters(statement, other))
    if plan.group_by or statement.group_by:
        promise = ", ".join(map(words.expression, plan.group_by)) or "all rows together"
        found = ", ".join(map(other.expression, statement.group_by)) or "all rows together"
        yield _same("grain", f"One row for each {promise}", plan.group_by, statement.group_by, found)
    yield from _outputs(plan, statement, words, other)
    yield from _order(plan, statement, words, other)
    if plan.limit is not None or statement.limit is not None or plan.offset or statement.offset:
        yield _same(
            "limit",
            _limit(plan),
            (plan.limit, plan.offset or 0),
            (statement.limit, statement.offset or 0),
            _limit(statement),
        )
    if plan.distinct or statement.distinct:
        promise = "Every row once" if plan.distinct else "Repeated rows stay"
        yield _same("distinct", promise, plan.distinct, statement.distinct, "the other")
    if plan.set_operations or statement.set_operations:
        promise = " ".join(s.operator for s in plan.set_operations) or "No other query is combined"
        found = " ".join(s.operator for s in statement.set_operations) or "nothing is combined"
        yield _same("combine", promise, plan.set_operations, statement.set_operations, found)
    if plan.distinct_on or statement.distinct_on:
        promise = "The first row for each " + (", ".join(map(words.expression, plan.distinct_on)) or "row")
        found = ", ".join(map(other.expression, statement.distinct_on)) or "nothing"
        yield _same(
            "distinct", promise, plan.distinct_on, statement.distinct_on, f"the first for each {found}"
        )
    if plan.ending or statement.ending:
        promise, found = (
            " ".join(part.sql for part in each.ending) or "All rows" for each in (plan, statement)
        )
        yield _same("limit", promise, plan.ending, statement.ending, found)


def _outputs(plan: Reading, statement: Reading, words: Voice, other: Voice) -> Iterator[ConformancePoint]:
    """Column by column, in order."""
    ours = [output.expression for output in plan.outputs]
    theirs = [output.expression for output in statement.outputs]
    for index, expression in enumerate(ours):
        part: Part = "measures" if has_aggregate(expression) else "columns"
        promise = f"Column {index + 1}: {words.expression(expression)}"
        if index < len(theirs) and theirs[index] == expression:
            yield ConformancePoint(part=part, promise=promise, verdict="kept")
        elif expression in theirs:
            yield ConformancePoint(
                part=part, promise=promise, verdict="different", detail=f"{promise} stands at another place."
            )
        else:
            yield ConformancePoint(
                part=part, promise=promise, verdict="missing", detail=f"{promise} is missing."
            )
    for expression in theirs:
        if expression not in ours:
            said = other.expression(expression)
            extra: Part = "measures" if has_aggregate(expression) else "columns"
            yield ConformancePoint(part=extra, promise="", verdict="extra", detail=f"It also shows {said}.")
    if len(theirs) != len(ours) and all(expression in ours for expression in theirs):
        yield ConformancePoint(
            part="columns",
            promise=f"{len(ours)} columns",
            verdict="different",
            detail=f"It shows {len(theirs)} columns instead of {len(ours)}.",
        )


def _order(plan: Reading, statement: Reading, words: Voice, other: Voice) -> Iterator[ConformancePoint]:
    """A promised order must lead; without a promise, and without a limit, any order will do."""
    ours = [(order.expression, order.descending, order.nulls) for order in plan.order_by]
    theirs = [(order.expression, order.descending, order.nulls) for order in statement.order_by]
    cut = statement.limit is not None or bool(statement.ending)
    if not ours and not (theirs and cut):
        return
    promise = "Sorted by " + (", ".join(map(words.order, plan.order_by)) or "nothing")
    found = ", ".join(map(other.order, statement.order_by)) or "nothing"
    kept = theirs[: len(ours)] == ours and bool(ours)
    yield _same("order", promise, True, kept, f"sorted by {found}")


def _same(part: Part, promise: str, ours: Hashable, theirs: Hashable, found: str) -> ConformancePoint:
    if ours == theirs:
        return ConformancePoint(part=part, promise=promise, verdict="kept")
    return ConformancePoint(
        part=part, promise=promise, verdict="different", detail=f"{promise}; but: {found}."
    )


def _sets(part: Part, ours: dict[Hashable, str], theirs: dict[Hashable, str]) -> Iterator[ConformancePoint]:
    for thing, said in ours.items():
        if thing in theirs:
            yield ConformancePoint(part=part, promise=said, verdict="kept")
        else:
            yield ConformancePoint(part=part, promise=said, verdict="missing", detail=f"Missing: {said}.")
    for thing, said in theirs.items():
        if thing not in ours:
            yield ConformancePoint(part=part, promise="", verdict="extra", detail=f"Not in the plan: {said}.")


def _sources(reading: Reading) -> dict[Hashable, str]:
    return {_identity(source): f"Reads {source.table or source.alias}" for source in reading.sources}


def _identity(source: Source) -> Hashable:
    """A derived table is what its query is; its name means nothing."""
    return (source.alias, source.table, source.query, source.raw)


def _joins(reading: Reading, words: Voice) -> dict[Hashable, str]:
    found: dict[Hashable, str] = {}
    for join in reading.joins:
        kind = "" if join.kind == "inner" else f", {join.kind} join"
        for pair in join.keys:
            said = f"{words.expression(pair[0])} = {words.expression(pair[1])}{kind}"
            found[(_kind(join), pair)] = said
        if join.kind != "inner" or join.condition is not None:
            found[(join.kind, join.source.alias, join.condition)] = words.join(join)
    return found


def _kind(join: Join) -> str:
    return join.kind


def _filters(reading: Reading, words: Voice) -> dict[Hashable, str]:
    parts: list[tuple[str, Predicate]] = [("rows", p) for p in _parts(reading.where)]
    parts += [("groups", p) for p in _parts(reading.having)]
    parts += [("computed rows", p) for p in _parts(reading.qualify)]
    return {(of, part): f"Only {of} where {words.predicate(part)}" for of, part in parts}


def _parts(predicate: Predicate | None) -> Sequence[Predicate]:
    if predicate is None:
        return ()
    return predicate.parts if isinstance(predicate, And) else (predicate,)


def _limit(reading: Reading) -> str:
    if reading.limit is None:
        return "All rows"
    skipped = f" after {reading.offset}" if reading.offset else ""
    return f"The first {reading.limit} rows{skipped}"


def _broken(points: Sequence[ConformancePoint]) -> int:
    return sum(point.verdict != "kept" for point in points)


def _namings(reading: Reading) -> Iterator[dict[str, str]]:
    """Every way to number the uses of a repeated table; the order in the text carries no meaning."""
    names = default_names(reading)
    groups: dict[str, list[str]] = {}
    for alias, name in names.items():
        groups.setdefault(name.partition("#")[0], []).append(alias)
    repeated = [aliases for aliases in groups.values() if len(aliases) > 1]
    for choice in islice(_orders(repeated), ROLE_ASSIGNMENTS):
        renamed = dict(names)
        for aliases, chosen in zip(repeated, choice, strict=True):
            renamed.update({alias: names[original] for alias, original in zip(chosen, aliases, strict=True)})
        yield renamed


def _orders(groups: Sequence[Sequence[str]]) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Every order of every group, made only as far as it is asked for: a table used twelve times has 479 million."""
    if not groups:
        yield ()
        return
    for first in permutations(groups[0]):
        for rest in _orders(groups[1:]):
            yield (first, *rest)
