"""What a business question was found to say, before its words are tied to single columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.draft import Aggregate
from knowledge.lexicon import Gradable

What = Literal["rows", "column", "amount", "sales", "pieces", "graded", "metric", "duration", "each"]
Kind = Literal[
    "value",
    "period",
    "number",
    "average",
    "null",
    "absent",
    "groups",
    "columns",
    "reference",
    "late",
    "several",
    "worth",
]
Sign = Literal["", ">", "<", ">=", "<=", "=", "!="]


@dataclass(slots=True)
class Measure:
    """Something to compute."""

    what: What
    """rows of a table, an aggregate of a column, what rows of a table are worth, revenue, pieces sold, what an adjective says, how long
    something takes, how many rows of a table there are for each row of another."""
    chunk: Chunk | None = None
    function: Aggregate = ""
    gradables: tuple[Gradable, ...] = ()
    of: Chunk | None = None
    """The table said beside the column."""


@dataclass(slots=True)
class Split:
    """Something to compute it for: each month, each row of a table, each value of a column."""

    chunk: Chunk | None = None
    grain: str = ""
    within: Chunk | None = None
    """The table said right before it: "customer country"."""


@dataclass(slots=True)
class Limit:
    """Something rows must fulfil."""

    kind: Kind
    chunk: Chunk
    """The value, the period, the column or the table."""
    sign: Sign = ""
    numbers: tuple[Chunk, ...] = ()
    """One, or two for a span."""
    negated: bool = False
    hint: Chunk | None = None
    """The column said beside a value or a period, or compared with."""
    others: tuple[Chunk, ...] = ()
    """Further values of which one may hold."""
    unit: str = ""
    """The unit said after a number."""
    of: Chunk | None = None
    """The table said right before it: "customers in Germany"."""
    gradables: tuple[Gradable, ...] = ()
    within: tuple[Limit, ...] = ()
    """What the rows that are absent would have to fulfil: "without orders in 2025"."""


@dataclass(slots=True)
class Top:
    """The first few by something."""

    descending: bool
    count: int | None = None
    by: Measure | None = None
    shown: bool = False
    """Whether what it is ranked by was asked for by name: "by revenue"."""


@dataclass(slots=True)
class Said:
    subject: Chunk | None = None
    """The table whose rows are asked for."""
    measures: list[Measure] = field(default_factory=list)
    splits: list[Split] = field(default_factory=list)
    shown: list[Chunk] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    filters: list[Chunk] = field(default_factory=list)
    """Filters of the project, by name."""
    top: Top | None = None
    sort: tuple[Measure | Chunk | None, bool] | None = None
    share: bool = False
    running: bool = False
    growth: bool = False
    others: list[Chunk] = field(default_factory=list)
    """Further tables that were named on the way."""
    distinct: bool = False
    stated: bool = False
    """Whether a state was said: "open" tickets."""
    keeping: bool = False
    """Whether rows that have nothing to count are shown as well: "all playlists with the number of tracks"."""
    guesses: list[str] = field(default_factory=list)
    """Words that were passed over; each costs some confidence."""
