"""One form for “has a partner”: IN, EXISTS, semi-joins, and joins to tables that are used for nothing else become EXISTS.

So do, where NULLs allow it, NOT IN, LEFT JOIN … IS NULL and anti-joins become NOT EXISTS. What an EXISTS shows, sorts or
repeats means nothing, so it is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from connectors.base import Schema
from connectors.sql.reading import (
    And,
    ColumnRef,
    Comparison,
    Exists,
    Expression,
    In,
    IsNull,
    Join,
    Literal,
    Or,
    Predicate,
    Reading,
    Source,
    Star,
    Subquery,
)  # fmt: skip
from connectors.sql.readings.expressions import has_aggregate
from connectors.sql.readings.joins import conjunction, conjuncts
from connectors.sql.readings.rewriting import columns_of, put_through, with_sources_named

Pair = tuple[ColumnRef, ColumnRef]
Keys = tuple[Pair, ...]


def in_existence_form(reading: Reading, schema: Schema | None) -> Reading:
    """From a reading whose `*` are spelled out; gives equal rows."""
    return put_through(reading, _Existence(schema).change)


class _Existence:
    def __init__(self, schema: Schema | None) -> None:
        self.schema = schema
        self.numbers = count(1)

    def change(self, node: object) -> object:
        if isinstance(node, Exists):
            return replace(node, query=_bare(node.query))
        return self._reading(node) if isinstance(node, Reading) else node

    def _reading(self, reading: Reading) -> Reading:
        parts = [self._partner(part, reading) for part in conjuncts(reading.where)]
        reading = replace(reading, where=conjunction(parts))
        if any(join.kind in ("right", "full") or join.lateral for join in reading.joins):
            return reading
        reading = self._without_absent(self._without_semi(reading))
        return self._without_unused(reading)

    # --- conditions ---------------------------------------------------------------------------------------------

    def _partner(self, part: Predicate, reading: Reading) -> Predicate:
        if isinstance(part, Or | And):
            return replace(part, parts=tuple(self._partner(p, reading) for p in part.parts))
        if not isinstance(part, In) or not isinstance(part.options, Subquery):
            return part
        inner = part.options.query
        if not _plain(inner) or len(inner.outputs) != 1:
            return part
        shown = inner.outputs[0].expression
        if part.negated and not (self._filled(part.value, reading) and self._filled(shown, inner)):
            return part
        fresh = self._fresh(inner)
        equal = Comparison(fresh.outputs[0].expression, "=", part.value)
        where = conjunction([*conjuncts(fresh.where), equal])
        return Exists(_bare(replace(fresh, where=where)), part.negated)

    def _fresh(self, query: Reading) -> Reading:
        """Its sources under names that nothing around it has."""
        number = next(self.numbers)
        names = {source.alias.lower(): f"{source.alias}~{number}" for source in query.sources}
        return with_sources_named(query, names)

    def _filled(self, value: Expression, reading: Reading) -> bool:
        """Whether the value is never NULL, by the schema or because a condition of its query says so."""
        if isinstance(value, Literal):
            return value.value is not None
        if not isinstance(value, ColumnRef):
            return False
        if any(isinstance(p, IsNull) and p.negated and p.value == value for p in conjuncts(reading.where)):
            return True
        if any(join.kind in ("left", "right", "full") for join in reading.joins):
            return False
        if any(value in pair for join in reading.joins for pair in join.keys):
            return True
        return self._never_null(value, reading)

    def _never_null(self, column: ColumnRef, reading: Reading) -> bool:
        source = next((s for s in reading.sources if s.alias.lower() == column.table.lower()), None)
        table = self.schema.table(source.table) if self.schema and source and source.table else None
        found = table.column(column.name) if table is not None else None
        return found is not None and (found.primary_key or not found.nullable)

    # --- joins --------------------------------------------------------------------------------------------------

    def _without_semi(self, reading: Reading) -> Reading:
        partners = [
            join for join in reading.joins if join.kind in ("semi", "anti") and join.source.raw is None
        ]
        where = [*conjuncts(reading.where)]
        where += [
            Exists(_query(join.source, join.keys, join.condition), join.kind == "anti") for join in partners
        ]
        kept = tuple(join for join in reading.joins if join not in partners)
        return replace(reading, joins=kept, where=conjunction(where))

    def _without_absent(self, reading: Reading) -> Reading:
        """LEFT JOIN b … WHERE b.key IS NULL: rows without a partner."""
        for join in reading.joins:
            if join.kind != "left" or join.source.raw is not None:
                continue
            alias = join.source.alias.lower()
            tests = [p for p in conjuncts(reading.where) if self._says_absent(p, join, reading)]
            rest = [p for p in conjuncts(reading.where) if p not in tests]
            others = replace(
                reading, joins=tuple(j for j in reading.joins if j is not join), where=conjunction(rest)
            )
            if tests and not _uses(others, alias):
                absent = Exists(_query(join.source, join.keys, join.condition), True)
                return self._without_absent(replace(others, where=conjunction([*rest, absent])))
        return reading

    def _says_absent(self, part: Predicate, join: Join, reading: Reading) -> bool:
        if not isinstance(part, IsNull) or part.negated or not isinstance(part.value, ColumnRef):
            return False
        own = part.value.table.lower() == join.source.alias.lower()
        key = any(part.value == mine for _, mine in join.keys)
        return own and (key or self._never_null(part.value, reading))

    def _without_unused(self, reading: Reading) -> Reading:
        """Inner-joined tables that only say which rows stay, where they cannot repeat a row or repeats are dropped."""
        if len(reading.sources) < 2 or any(join.kind not in ("inner", "cross") for join in reading.joins):
            return reading
        if any(isinstance(output.expression, Star) for output in reading.outputs):
            return reading
        repeats_go = reading.distinct and not _computes(reading)
        needed = {c.table.lower() for c in columns_of((reading.outputs, reading.group_by, reading.having, reading.qualify, reading.order_by, reading.distinct_on))}  # fmt: skip
        spare = [s for s in reading.sources if s.alias.lower() not in needed and s.raw is None]
        if not repeats_go:
            spare = self._single(reading, spare)
        if not spare or len(spare) == len(reading.sources):
            return reading
        return _split(reading, [s.alias.lower() for s in spare])

    def _single(self, reading: Reading, spare: list[Source]) -> list[Source]:
        """Of these, the ones that have at most one row for each row of the rest: joining them repeats nothing."""
        pairs = list(_equalities(reading))
        single: list[Source] = []
        for source in sorted(spare, key=lambda s: (s.table, s.alias)):
            if self._determined([*single, source], reading, pairs):
                single.append(source)
        return single

    def _determined(self, gone: list[Source], reading: Reading, pairs: list[Pair]) -> bool:
        """Whether the rows of the other tables leave one row, or none, of each of these."""
        known = {s.alias.lower() for s in reading.sources} - {s.alias.lower() for s in gone}
        waiting = list(gone)
        while waiting:
            found = [s for s in waiting if self._has_key(s, known, pairs)]
            if not found:
                return False
            known |= {s.alias.lower() for s in found}
            waiting = [s for s in waiting if s not in found]
        return True

    def _has_key(self, source: Source, known: set[str], pairs: list[Pair]) -> bool:
        alias = source.alias.lower()
        table = self.schema.table(source.table) if self.schema and source.table else None
        key = {name.lower() for name in table.primary_key} if table is not None else set()
        sides = (side for pair in pairs for side in (pair, pair[::-1]))
        fixed = {
            mine.name.lower()
            for mine, other in sides
            if mine.table.lower() == alias and other.table.lower() in known
        }
        return bool(key) and key <= fixed


def _equalities(reading: Reading) -> Iterator[Pair]:
    parts = [*conjuncts(reading.where)]
    for join in reading.joins:
        yield from join.keys
        parts += conjuncts(join.condition)
    for part in parts:
        if not isinstance(part, Comparison) or part.operator != "=":
            continue
        if isinstance(part.left, ColumnRef) and isinstance(part.right, ColumnRef):
            yield part.left, part.right


def _split(reading: Reading, spare: list[str]) -> Reading:
    """The tables that stay, and one EXISTS for each group of the others that hang together."""
    conditions: list[Predicate] = [*conjuncts(reading.where)]
    for join in reading.joins:
        conditions += [Comparison(left, "=", right) for left, right in join.keys]
        conditions += conjuncts(join.condition)
    groups: list[set[str]] = [{alias} for alias in spare]
    own: list[Predicate] = []
    for part in conditions:
        used = {c.table.lower() for c in columns_of(part)} & set(spare)
        if not used:
            own.append(part)
            continue
        touched = [g for g in groups if g & used]
        groups = [g for g in groups if not g & used] + [set().union(*touched)]
    exists: list[Predicate] = []
    for group in groups:
        sources = [s for s in reading.sources if s.alias.lower() in group]
        said = [p for p in conditions if p not in own and {c.table.lower() for c in columns_of(p)} & group]
        joins = tuple(Join(source, "cross") for source in sources[1:])
        exists.append(Exists(_bare(Reading((), sources[0], joins, conjunction(said)))))
    staying = [s for s in reading.sources if s.alias.lower() not in spare]
    return replace(
        reading,
        source=staying[0],
        joins=tuple(Join(source, "cross") for source in staying[1:]),
        where=conjunction([*own, *exists]),
    )


def _query(source: Source, keys: Keys, condition: Predicate | None) -> Reading:
    equal = [Comparison(left, "=", right) for left, right in keys]
    return _bare(Reading((), source, where=conjunction([*equal, *conjuncts(condition)])))


def _computes(reading: Reading) -> bool:
    expressions = [output.expression for output in reading.outputs]
    return bool(reading.group_by) or reading.having is not None or any(map(has_aggregate, expressions))


def _plain(query: Reading) -> bool:
    """Rows of tables under conditions, nothing computed over them."""
    rest = (query.qualify, query.distinct_on, query.set_operations, query.limit, query.offset, query.ending)
    return (
        query.source is not None
        and not _computes(query)
        and not any(part is not None and part != () for part in rest)
    )


def _bare(query: Reading) -> Reading:
    """Inside EXISTS only whether there is a row counts; inner EXISTS are joins."""
    if query.limit and not query.offset:
        query = replace(query, limit=None)
    if not _plain(query):
        return query
    query = replace(query, outputs=(), distinct=False, order_by=())
    return _flat(query)


def _flat(query: Reading) -> Reading:
    """A row with a partner is a row of the join: EXISTS directly inside EXISTS is flattened."""
    joins, where = list(query.joins), list[Predicate]()
    taken = {source.alias.lower() for source in query.sources}
    for part in conjuncts(query.where):
        inner = part.query if isinstance(part, Exists) and not part.negated else None
        aliases = {source.alias.lower() for source in inner.sources} if inner is not None else set()
        if inner is None or inner.source is None or not _plain(inner) or aliases & taken:
            where.append(part)
            continue
        taken |= aliases
        joins += [Join(inner.source, "cross"), *inner.joins]
        where += conjuncts(inner.where)
    return replace(query, joins=tuple(joins), where=conjunction(where))


def _uses(reading: Reading, alias: str) -> bool:
    return any(column.table.lower() == alias for column in columns_of(reading))
