"""What a look at a table's rows tells about its columns, at the cost of a few statements.

One statement reads a sample. Small tables end there, exactly known. For larger ones a second counts
over all rows (or over a bounded part, when that takes too long), and one more for each column whose
values people may name lists them, most frequent first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sqlglot import exp

from connectors.base import Column, Connector, JsonValue, Limits, QueryResult, Table, TypeFamily
from connectors.errors import ConnectorError, EngineUnavailable, QueryTimedOut, SignInRefused
from connectors.sql.guard import admit
from connectors.sql.policy import EVERYTHING
from knowledge.base import ColumnKind, ColumnProfile
from knowledge.column_figures import (
    Figures,
    aggregates,
    as_integer,
    can_count,
    counted_scalars,
    counted_texts,
    from_aggregates,
    from_cells,
)
from knowledge.column_kinds import Look, PersonalKind, judge_kind, personal_kind
from knowledge.value_index import MAX_LENGTH, MAX_PER_COLUMN, ColumnValues

_LISTED_KINDS = frozenset(
    {ColumnKind.name, ColumnKind.category, ColumnKind.code, ColumnKind.flag, ColumnKind.id}
)
"""Kinds of text columns whose values people name; prose is not among them, and dates are understood as dates."""
_LOOKED_AT = 1_000
_CELL = 200
_COLUMNS_PER_COUNT = 25


class ValuePolicy(StrEnum):
    """Which stored values may be kept outside the source."""

    none = "none"
    """No value at all, not even a smallest and a largest one."""
    impersonal = "impersonal"
    """Nothing from columns that look personal."""
    names = "names"
    """As `impersonal`, but people's names can be looked up (they appear in no list of top values)."""
    all = "all"


@dataclass(frozen=True, slots=True)
class ProfileBudget:
    """How much one table may cost."""

    sample_rows: int = 5_000
    sample_cells: int = 200_000
    statement_seconds: float = 3.0
    """Time of the statement that counts over all rows, and of each that lists values."""
    exact_rows: int = 2_000_000
    """Tables that the engine estimates larger are counted over their first `bounded_rows` only."""
    bounded_rows: int = 200_000
    value_columns: int = 30
    top_values: int = 8


@dataclass(frozen=True, slots=True)
class TableProfile:
    table: str
    rows: int | None
    columns: Mapping[str, ColumnProfile]
    values: tuple[ColumnValues, ...] = ()
    families: Mapping[str, TypeFamily] = field(default_factory=dict)
    """Of columns that the engine declares no type for, as their values show it."""
    problem: str = ""
    """Why the rows could not be read; the columns are then judged by name and type alone."""


@dataclass(slots=True)
class _Seen:
    """What is known of one column so far."""

    column: Column
    cells: list[JsonValue] = field(default_factory=list)
    """Of the sample; empty when the column was not read."""
    figures: Figures = field(default_factory=Figures)
    kind: ColumnKind = ColumnKind.other
    personal: PersonalKind | None = None
    mean_length: float | None = None
    values: ColumnValues | None = None


async def profile_table(
    connector: Connector,
    table: Table,
    *,
    policy: ValuePolicy = ValuePolicy.names,
    budget: ProfileBudget | None = None,
    keys: Collection[str] = (),
) -> TableProfile:
    """Profile one table; `keys` are its columns that take part in foreign keys.

    A table that cannot be read (a broken view, a missing right) gives a profile with a `problem`. Raises
    `EngineUnavailable` and `SignInRefused` only.
    """
    return await _Profiler(connector, table, policy, budget or ProfileBudget(), frozenset(keys)).profile()


class _Profiler:
    def __init__(
        self,
        connector: Connector,
        table: Table,
        policy: ValuePolicy,
        budget: ProfileBudget,
        keys: frozenset[str],
    ) -> None:
        self._connector = connector
        self._table = table
        self._policy = policy
        self._budget = budget
        self._keys = keys | frozenset(table.primary_key)
        self._columns = [_Seen(column) for column in table.columns]
        self._read = [seen for seen in self._columns if seen.column.family is not TypeFamily.binary]

    async def profile(self) -> TableProfile:
        problem, rows, complete = "", self._table.row_estimate, False
        try:
            complete = await self._sample()
            self._learn_families()
            rows = await self._count(complete)
        except (EngineUnavailable, SignInRefused):
            raise
        except ConnectorError as error:
            problem = str(error)
        for seen in self._columns:
            self._judge(seen)
        if not problem:
            await self._list_values(complete)
        return TableProfile(
            table=self._table.full_name,
            rows=rows,
            columns={seen.column.name: self._profile_of(seen, complete) for seen in self._columns},
            families={
                seen.column.name: seen.column.family
                for seen, declared in zip(self._columns, self._table.columns, strict=True)
                if seen.column is not declared
            },
            values=tuple(seen.values for seen in self._columns if seen.values is not None),
            problem=problem,
        )

    async def _sample(self) -> bool:
        """Read some rows; whether they are all the rows."""
        if not self._read:
            return False
        wanted = max(50, min(self._budget.sample_rows, self._budget.sample_cells // len(self._read)))
        result = await self._run(self._rows_of_table(wanted), rows=wanted)
        for place, seen in enumerate(self._read):
            seen.cells = [row[place] for row in result.rows]
        return not result.truncated and len(result.rows) < wanted

    def _learn_families(self) -> None:
        """SQLite gives the columns of views and of loose tables no type; their values have one."""
        for seen in self._read:
            present = [cell for cell in seen.cells if cell is not None]
            if seen.column.type or not present:
                continue
            if all(isinstance(cell, int) for cell in present):
                seen.column = replace(seen.column, family=TypeFamily.integer)
            elif all(isinstance(cell, int | float) for cell in present):
                seen.column = replace(seen.column, family=TypeFamily.decimal)

    async def _count(self, complete: bool) -> int | None:
        """Set the figures of all columns and give the number of rows: exact where time and size allow."""
        if complete:
            self._count_sample(sampled=False)
            return len(self._read[0].cells)
        estimate = self._table.row_estimate
        try:
            if estimate is None or estimate <= self._budget.exact_rows:
                return await self._count_in(self._from(), sampled=False)
        except QueryTimedOut:
            pass
        except ConnectorError:
            self._count_sample(sampled=True)
            return estimate
        try:
            bounded = self._rows_of_table(self._budget.bounded_rows).subquery("part")
            counted = await self._count_in(bounded, sampled=True)
        except ConnectorError:
            self._count_sample(sampled=True)
            return estimate
        return estimate if estimate and counted and estimate >= counted else None

    def _count_sample(self, *, sampled: bool) -> None:
        for seen in self._read:
            seen.figures = from_cells(seen.column, seen.cells, sampled=sampled)

    async def _count_in(self, source: exp.Expression, *, sampled: bool) -> int | None:
        rows: int | None = None
        counted = [seen for seen in self._read if can_count(seen.column)]
        for first in range(0, max(1, len(counted)), _COLUMNS_PER_COUNT):
            part = counted[first : first + _COLUMNS_PER_COUNT]
            query = exp.select(exp.Count(this=exp.Star())).from_(source.copy())
            for seen in part:
                query = query.select(*aggregates(seen.column))
            cells = iter((await self._run(query, rows=1)).rows[0])
            rows = as_integer(next(cells))
            for seen in part:
                figures = from_aggregates(cells, seen.column, rows, sampled=sampled)
                seen.figures = replace(figures, rows=None) if sampled else figures
        return rows

    def _judge(self, seen: _Seen) -> None:
        present = [cell for cell in seen.cells if cell is not None][:_LOOKED_AT]
        figures = seen.figures
        look = Look(present, figures.rows, figures.distinct if not figures.sampled else None)
        seen.kind = judge_kind(seen.column, look, is_key=seen.column.name in self._keys)
        seen.personal = personal_kind(self._table, seen.column, look)
        seen.mean_length = look.mean_length

    async def _list_values(self, complete: bool) -> None:
        """Values of the text columns whose values people may name."""
        asked = 0
        for seen in self._read:
            texts = counted_texts(seen.cells)
            if not texts or seen.kind not in _LISTED_KINDS or not self._may_keep(seen.personal):
                continue
            if complete:
                seen.values = self._kept(seen.column, texts, complete=True)
            elif asked < self._budget.value_columns:
                asked += 1
                seen.values = await self._listed(seen.column)

    async def _listed(self, column: Column) -> ColumnValues | None:
        """The distinct texts of one column by frequency: of all rows, or of a bounded part when that takes too long."""
        bounded = exp.select(_name(column)).from_(self._from()).limit(self._budget.bounded_rows)
        too_many = (self._table.row_estimate or 0) > self._budget.exact_rows
        sources = [(self._from(), True), (bounded.subquery("part"), False)]
        for source, whole in sources[too_many:]:
            query = (
                exp.select(_name(column), exp.alias_(exp.Count(this=exp.Star()), "times", quoted=True))
                .from_(source)
                .where(exp.Not(this=exp.Is(this=_name(column), expression=exp.Null())))
                .group_by(_name(column))
                .order_by(exp.Ordered(this=exp.column("times", quoted=True), desc=True, nulls_first=False))
                .limit(MAX_PER_COLUMN + 1)
            )
            try:
                result = await self._run(query, rows=MAX_PER_COLUMN + 1)
            except (EngineUnavailable, SignInRefused):
                raise
            except ConnectorError:
                continue
            pairs = [(text, as_integer(times) or 0) for text, times in result.rows if isinstance(text, str)]
            return self._kept(column, pairs, complete=whole and not result.truncated)
        return None

    def _kept(self, column: Column, pairs: list[tuple[str, int]], *, complete: bool) -> ColumnValues:
        fitting = tuple(pair for pair in pairs if pair[0].strip() and len(pair[0]) <= MAX_LENGTH)
        whole = complete and len(fitting) == len(pairs) <= MAX_PER_COLUMN
        return ColumnValues(self._table.full_name, column.name, fitting[:MAX_PER_COLUMN], whole)

    def _profile_of(self, seen: _Seen, complete: bool) -> ColumnProfile:
        shown = self._may_show(seen.personal)
        top: list[tuple[JsonValue, int]] = []
        if shown and seen.values is not None and seen.kind is not ColumnKind.id:
            top = list(seen.values.values)
        elif shown and complete and seen.kind in (ColumnKind.category, ColumnKind.flag):
            top = counted_scalars(seen.cells)
        return ColumnProfile(
            kind=seen.kind,
            rows=seen.figures.rows,
            distinct=seen.figures.distinct,
            nulls=seen.figures.nulls,
            min=seen.figures.min if shown else None,
            max=seen.figures.max if shown else None,
            top_values=tuple(top[: self._budget.top_values]),
            mean_length=None if seen.mean_length is None else round(seen.mean_length, 1),
            personal=seen.personal is not None,
            sampled=seen.figures.sampled,
        )

    def _may_keep(self, personal: PersonalKind | None) -> bool:
        """Whether values may go to the value index."""
        if personal is PersonalKind.name:
            return self._policy in (ValuePolicy.names, ValuePolicy.all)
        return self._may_show(personal)

    def _may_show(self, personal: PersonalKind | None) -> bool:
        """Whether values may be listed beside the column."""
        return self._policy is ValuePolicy.all or (personal is None and self._policy is not ValuePolicy.none)

    def _rows_of_table(self, limit: int) -> exp.Select:
        names = [_name(seen.column) for seen in self._read]
        return exp.select(*names).from_(self._from()).limit(limit)

    def _from(self) -> exp.Expression:
        return exp.table_(self._table.name, db=self._table.schema, quoted=True)

    async def _run(self, query: exp.Query, rows: int) -> QueryResult:
        capabilities = self._connector.capabilities
        safe = admit(query.sql(dialect=capabilities.dialect), capabilities, EVERYTHING)
        seconds = self._budget.statement_seconds
        return await self._connector.run(
            safe, Limits(rows=rows, bytes=8_000_000, seconds=seconds, cell_bytes=_CELL)
        )


def _name(column: Column) -> exp.Column:
    return exp.column(exp.to_identifier(column.name, quoted=True))
