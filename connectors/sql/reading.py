"""The one intermediate form of a query.

Everything that reasons about a statement reasons about a `Reading`: conformance to the plan, the
English read-back, lineage, permissions, follow-up edits, and the embedded parser's candidates.
Readings are frozen and hashable, so equal readings are one dictionary key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal as OneOf


@dataclass(frozen=True, slots=True)
class ColumnRef:
    table: str
    """Alias of a source in the same (or an enclosing) reading; empty when the text leaves it out and the schema was not given."""
    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    value: str | int | float | bool | None
    """Exact decimals beyond a float stay text with `kind` "number"."""
    kind: OneOf["text", "number", "boolean", "null", "date", "timestamp", "interval"] = "text"


@dataclass(frozen=True, slots=True)
class Star:
    """`*` or `t.*`; as the argument of `count` it means rows."""

    table: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """An aggregate or scalar call, under one lower-case name for all dialects (`sum`, `count`, `lower`, `date_trunc` …)."""

    name: str
    args: tuple[Expression, ...] = ()
    distinct: bool = False
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Window:
    partition_by: tuple[Expression, ...] = ()
    order_by: tuple[Order, ...] = ()
    frame: str = ""


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`/` divides exactly; `//` is a division between whole numbers that drops the remainder."""

    operator: OneOf["+", "-", "*", "/", "//", "%", "||"]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class DateBucket:
    """A moment cut down to its year, quarter, month, week, day or hour, however the dialect spells that."""

    grain: OneOf["year", "quarter", "month", "week", "day", "hour"]
    value: Expression


@dataclass(frozen=True, slots=True)
class DatePart:
    """One component of a moment as a number: `extract(month from x)`, `strftime('%m', x)` …"""

    part: OneOf["year", "quarter", "month", "week", "day", "weekday", "hour"]
    value: Expression


@dataclass(frozen=True, slots=True)
class Case:
    branches: tuple[tuple[Predicate, Expression], ...]
    otherwise: Expression | None = None


@dataclass(frozen=True, slots=True)
class Cast:
    value: Expression
    type: str


@dataclass(frozen=True, slots=True)
class Subquery:
    """A query that stands for one value or, on the right of `in`, a column of values."""

    query: Reading


@dataclass(frozen=True, slots=True)
class Raw:
    """A piece that has no form of its own: canonical SQL text, cut where it names columns, so that they can be renamed.

    Loses edits and prose, never checks. A `ColumnRef` without a name stands for the alias of its table.
    """

    parts: tuple[str | ColumnRef, ...]
    dialect: str
    has_aggregate: bool = False

    @property
    def sql(self) -> str:
        """The text for a person's eye; names are not quoted."""
        return "".join(
            part if isinstance(part, str) else ".".join(name for name in (part.table, part.name) if name)
            for part in self.parts
        )

    @property
    def columns(self) -> tuple[ColumnRef, ...]:
        used = (part for part in self.parts if isinstance(part, ColumnRef) and part.name)
        return tuple(dict.fromkeys(used))


@dataclass(frozen=True, slots=True)
class Comparison:
    left: Expression
    operator: OneOf["=", "!=", "<", "<=", ">", ">=", "like", "not like", "ilike", "not ilike", "is", "is not"]
    right: Expression


@dataclass(frozen=True, slots=True)
class Between:
    value: Expression
    low: Expression
    high: Expression
    negated: bool = False


@dataclass(frozen=True, slots=True)
class In:
    value: Expression
    options: tuple[Expression, ...] | Subquery
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsNull:
    value: Expression
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Exists:
    query: Reading
    negated: bool = False


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Predicate


@dataclass(frozen=True, slots=True)
class Output:
    expression: Expression
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    expression: Expression
    descending: bool = False
    nulls: OneOf["default", "first", "last"] = "default"


@dataclass(frozen=True, slots=True)
class Source:
    """A table, or a derived table when `query` is set, under the alias that the rest of the reading uses."""

    alias: str
    table: str = ""
    schema: str | None = None
    query: Reading | None = None
    raw: Raw | None = None
    """A table function or another form kept as text, its alias included."""
    columns: tuple[str, ...] = ()
    """What `raw` offers, where it is known."""
    catalog: str | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """How `source` is attached to the sources before it."""

    source: Source
    kind: OneOf["inner", "left", "right", "full", "cross", "semi", "anti"] = "inner"
    keys: tuple[tuple[ColumnRef, ColumnRef], ...] = ()
    """Equalities between an earlier source's column and this source's column."""
    condition: Predicate | None = None
    """What the join condition says beyond `keys`."""
    lateral: bool = False


@dataclass(frozen=True, slots=True)
class SetOperation:
    operator: OneOf["union", "intersect", "except"]
    query: Reading
    all: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One SELECT with its sources, or a set operation whose left side is this SELECT.

    CTEs are read into `Source.query` where they are used, so two ways to write one query read alike.
    """

    outputs: tuple[Output, ...]
    source: Source | None = None
    joins: tuple[Join, ...] = ()
    where: Predicate | None = None
    group_by: tuple[Expression, ...] = ()
    having: Predicate | None = None
    qualify: Predicate | None = None
    distinct: bool = False
    distinct_on: tuple[Expression, ...] = ()
    set_operations: tuple[SetOperation, ...] = ()
    """Applied left to right to this SELECT; `order_by`, `limit` and `offset` then apply to the whole."""
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int | None = None
    ending: tuple[Raw, ...] = ()
    """What else the statement ends with: a computed limit, WITH TIES, FOR UPDATE."""

    @property
    def sources(self) -> tuple[Source, ...]:
        first = (self.source,) if self.source is not None else ()
        return first + tuple(join.source for join in self.joins)


Expression = (
    ColumnRef | Literal | Star | Function | Arithmetic | DateBucket | DatePart | Case | Cast | Subquery | Raw
)
Predicate = Comparison | Between | In | IsNull | Exists | And | Or | Not | Raw

AGGREGATES = frozenset({"count", "sum", "avg", "min", "max", "median", "stddev", "variance", "group_concat"})


def joined(parts: Iterable[str | ColumnRef]) -> tuple[str | ColumnRef, ...]:
    """The parts of a text with neighbouring strings made one."""
    found: list[str | ColumnRef] = []
    for part in parts:
        if found and isinstance(part, str) and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return tuple(found)
