"""What is known about one source, in the shapes that linking, planning and checking read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from connectors.base import JsonValue, Schema

ColumnKey = tuple[str, str]
"""(table full name, column name) as the schema spells them."""


class KnowledgeError(Exception):
    """Root of what goes wrong on this floor."""


class IndexMissing(KnowledgeError):
    """The source has not been indexed yet."""


class ColumnKind(StrEnum):
    """What a column is for, judged from its name, type, keys and values."""

    id = "id"
    name = "name"
    category = "category"
    measure = "measure"
    date = "date"
    flag = "flag"
    code = "code"
    text = "text"
    other = "other"


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """Sampled statistics of one column; `None` where they were not taken or may not be kept."""

    kind: ColumnKind
    rows: int | None = None
    distinct: int | None = None
    nulls: int | None = None
    min: JsonValue = None
    max: JsonValue = None
    top_values: tuple[tuple[JsonValue, int], ...] = ()
    mean_length: float | None = None
    personal: bool = False
    """Looks like personal data (e-mail, phone, …)."""
    sampled: bool = False
    """The figures come from a sample, not from all rows."""


@dataclass(frozen=True, slots=True)
class ValueMatch:
    """A stored value that a phrase may mean."""

    table: str
    column: str
    value: str
    """As stored."""
    score: float
    """0…1; 1 is the very same text."""
    how: Literal["exact", "case", "stem", "part", "fuzzy", "alias"]
    rows: int | None = None


class ValueIndex(Protocol):
    """Literals seen in text-like columns."""

    def find(self, phrase: str, limit: int = 12, *, fuzzy: bool = True) -> Sequence[ValueMatch]:
        """Values that match the whole phrase, best first. `fuzzy` also forgives typing errors when nothing else fits."""
        ...

    def nearest(self, table: str, column: str, value: str, limit: int = 3) -> Sequence[ValueMatch]:
        """Stored values of one column closest to `value`."""
        ...


@dataclass(frozen=True, slots=True)
class JoinEdge:
    """`left_table.left_columns[i] = right_table.right_columns[i]`; the right side is the referenced one."""

    left_table: str
    left_columns: tuple[str, ...]
    right_table: str
    right_columns: tuple[str, ...]
    declared: bool
    weight: float = 1.0
    """1 for declared keys, more for inferred ones, less where past answers used it."""
    role: str = ""
    """What the left column adds to the meaning: "home team" for `match.home_team_id`."""


@dataclass(frozen=True, slots=True)
class JoinTree:
    """Edges that connect the wanted tables, perhaps through others."""

    tables: tuple[str, ...]
    edges: tuple[JoinEdge, ...]
    cost: float


class JoinGraph(Protocol):
    @property
    def edges(self) -> Sequence[JoinEdge]: ...

    def trees(self, tables: Sequence[str], k: int = 3) -> Sequence[JoinTree]:
        """The k cheapest trees that connect all of `tables`, cheapest first; empty when they cannot be."""
        ...

    def between(self, left: str, right: str) -> Sequence[JoinEdge]:
        """Every direct edge between two tables, either way round."""
        ...


@dataclass(frozen=True, slots=True)
class GlossaryTerm:
    """A project's own word: a synonym of schema names, a metric, or a named filter."""

    id: str
    term: str
    synonyms: tuple[str, ...] = ()
    kind: Literal["synonym", "metric", "filter", "definition"] = "definition"
    definition: str = ""
    targets: tuple[str, ...] = ()
    """`table` or `table.column` names it stands for."""
    expression: str = ""
    """SQL of a metric or filter over the target table's columns."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A reviewed question with its SQL."""

    id: str
    question: str
    sql: str
    source_id: str
    status: Literal["candidate", "active", "expired", "rejected"] = "active"
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    """`table.column` names; the reader must be allowed to see all of them."""
    fingerprint: str = ""
    """Of the columns used; the pattern expires when it changes."""
    negative: bool = False
    """What not to do, and why (`note`)."""
    note: str = ""
    wins: int = 0
    losses: int = 0


@dataclass(frozen=True, slots=True)
class PatternMatch:
    pattern: Pattern
    score: float
    """0…1; at or above `knowledge.patterns.SAME_QUESTION` the questions count as the same."""


@dataclass(frozen=True, slots=True)
class SchemaHit:
    """A table or column that retrieval found for a question."""

    table: str
    column: str
    """Empty for a table."""
    score: float
    reason: str


class Retriever(Protocol):
    """Hybrid retrieval over one source, already narrowed to what the reader may see."""

    async def schema(self, question: str, limit: int = 30) -> Sequence[SchemaHit]: ...

    async def patterns(self, question: str, limit: int = 5) -> Sequence[PatternMatch]: ...


@dataclass(frozen=True, slots=True)
class SourceKnowledge:
    """Everything a reasoner may know of one source, cut down to one reader's grants."""

    source_id: str
    source_name: str
    dialect: str
    schema: Schema
    profiles: Mapping[ColumnKey, ColumnProfile]
    values: ValueIndex
    joins: JoinGraph
    retriever: Retriever
    glossary: Sequence[GlossaryTerm] = ()
    instructions: Sequence[str] = ()
    fingerprint: str = ""
    """Of the schema as indexed."""
    indexed_at: str = ""
    descriptions: Mapping[str, str] = field(default_factory=dict)
    """What people wrote about `table` or `table.column`, over the engine's own comments."""
    values_allowed: bool = True
    """Whether stored values may enter a prompt."""
