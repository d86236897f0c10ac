"""The parser's own short form of a query: columns, conditions and grouping, with FROM and JOIN left to inference.

A draft is small, frozen and hashable, so that hundreds of candidates are cheap to make, compare and edit.
`compile.to_reading` gives it its tables and joins; `decompile.draft_of` reads it back out of a reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal as OneOf

from connectors.sql.reading import Literal

Aggregate = OneOf["", "count", "sum", "avg", "min", "max"]
Operator = OneOf[
    "=", "!=", "<", "<=", ">", ">=", "like", "not like", "between", "not between",
    "in", "not in", "is null", "is not null", "exists", "not exists",
]  # fmt: skip
AGGREGATES: Mapping[str, Aggregate] = {"AVG": "avg", "SUM": "sum", "MAX": "max", "MIN": "min"}
"""The mark of a cue → its function."""
SetOperator = OneOf["intersect", "except", "union"]


@dataclass(frozen=True, slots=True)
class Col:
    table: str
    """Full name as the schema spells it."""
    name: str
    role: str = ""
    """The referring column through which this use of the table is reached, when the table is used twice."""


@dataclass(frozen=True, slots=True)
class Term:
    """A value: a column, an aggregate of one, a date cut to its period, or an arithmetic of two."""

    column: Col | None = None
    """None: rows below `count`, otherwise every column (`*`)."""
    aggregate: Aggregate = ""
    distinct: bool = False
    grain: str = ""
    """Cuts a date: year, quarter, month, week, day."""
    part: str = ""
    """One component of a date as a number."""
    operator: OneOf["", "+", "-", "*", "/", "share"] = ""
    """With `other`; "share" is 100 × this ÷ other."""
    other: Term | None = None

    @property
    def columns(self) -> Iterator[Col]:
        if self.column is not None:
            yield self.column
        if self.other is not None:
            yield from self.other.columns

    @property
    def aggregated(self) -> bool:
        return bool(self.aggregate) or (self.other is not None and self.other.aggregated)


ROWS = Term(aggregate="count")
STAR = Term()


@dataclass(frozen=True, slots=True)
class Condition:
    term: Term
    operator: Operator
    values: tuple[Literal, ...] = ()
    other: Term | None = None
    """Another term of the same query on the right side."""
    query: Draft | None = None

    @property
    def columns(self) -> Iterator[Col]:
        yield from self.term.columns
        if self.other is not None:
            yield from self.other.columns


Clause = tuple[Condition, ...]
"""At least one of them holds."""


@dataclass(frozen=True, slots=True)
class Sort:
    term: Term
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    select: tuple[Term, ...] = ()
    where: tuple[Clause, ...] = ()
    """All clauses hold."""
    group: tuple[Term, ...] = ()
    having: tuple[Clause, ...] = ()
    order: tuple[Sort, ...] = ()
    limit: int | None = None
    distinct: bool = False
    combine: tuple[SetOperator, Draft] | None = None
    tables: tuple[str, ...] = ()
    """Tables that must be read though no column of theirs is used, in name order."""
    outer: str = ""
    """The table whose rows stay even without partners in the others."""

    @property
    def terms(self) -> Iterator[Term]:
        """Every term of this query itself, sub-queries aside."""
        yield from self.select
        yield from self.group
        for clause in (*self.where, *self.having):
            for condition in clause:
                yield condition.term
                if condition.other is not None:
                    yield condition.other
        for sort in self.order:
            yield sort.term

    @property
    def columns(self) -> Iterator[Col]:
        for term in self.terms:
            yield from term.columns

    @property
    def own_tables(self) -> tuple[str, ...]:
        """Tables that this query itself reads, without those that only join them, in order of use."""
        return tuple(dict.fromkeys([*(column.table for column in self.columns), *self.tables]))

    @property
    def conditions(self) -> Iterator[Condition]:
        for clause in (*self.where, *self.having):
            yield from clause

    @property
    def inner(self) -> Iterator[Draft]:
        """Direct sub-queries and set-operation partners."""
        for condition in self.conditions:
            if condition.query is not None:
                yield condition.query
        if self.combine is not None:
            yield self.combine[1]

    def everywhere(self) -> Iterator[Draft]:
        """This draft and all drafts inside it."""
        yield self
        for inner in self.inner:
            yield from inner.everywhere()

    def reading_tables(self, *names: str) -> Draft:
        """The same draft that also reads `names`."""
        return replace(self, tables=tuple(sorted({*self.tables, *names})))
