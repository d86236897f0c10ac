"""The vocabulary of a data source: its schema, its statements, its rows, and the connector contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
"""A cell after `connectors.values.to_json`: safe to store and to send."""


class TypeFamily(StrEnum):
    """What a column's values are like, whatever the engine calls the type."""

    integer = "integer"
    decimal = "decimal"
    """Any number that can have a fraction, exact or floating."""
    text = "text"
    boolean = "boolean"
    date = "date"
    time = "time"
    timestamp = "timestamp"
    interval = "interval"
    binary = "binary"
    json = "json"
    """Structured values: JSON, arrays, structs, maps."""
    other = "other"

    @property
    def is_number(self) -> bool:
        return self in (TypeFamily.integer, TypeFamily.decimal)

    @property
    def is_temporal(self) -> bool:
        return self in (TypeFamily.date, TypeFamily.timestamp)


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    """The type as the engine spells it."""
    family: TypeFamily
    nullable: bool = True
    primary_key: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns[i]` of the owning table refers to `ref_columns[i]` of `ref_table`."""

    columns: tuple[str, ...]
    ref_table: str
    ref_columns: tuple[str, ...]
    ref_schema: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    schema: str | None = None
    """None when the table lives in the engine's default schema."""
    is_view: bool = False
    comment: str = ""
    foreign_keys: tuple[ForeignKey, ...] = ()
    row_estimate: int | None = None
    """The engine's own guess, free to read; None when it has none."""

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name

    @property
    def primary_key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.primary_key)

    def column(self, name: str) -> Column | None:
        """The column of that name, compared without case."""
        wanted = name.lower()
        return next((column for column in self.columns if column.name.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Schema:
    tables: tuple[Table, ...]
    home: tuple[str, ...] = ()
    """What may stand before the tables without a schema, outermost first: ("shop", "public"). The last one is their schema."""

    def table(self, full_name: str) -> Table | None:
        """The table of that (schema-qualified or bare) name, compared without case."""
        wanted = full_name.lower()
        for table in self.tables:
            if table.full_name.lower() == wanted:
                return table
        return next((table for table in self.tables if table.name.lower() == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an engine can do. Agents and the guard read this; they never ask which engine it is."""

    engine: str
    """Name for people: "PostgreSQL"."""
    dialect: str
    """sqlglot dialect: postgres, mysql, sqlite, duckdb, …"""
    read_only_enforced: bool
    """The engine itself refuses writes on our connection."""
    can_cancel: bool
    can_explain: bool
    lists_read_tables: bool
    """The engine can say which tables a statement reads (`Connector.tables_read`)."""
    default_schema: str | None = None
    """The schema that unqualified names mean."""
    catalog: str | None = None
    """The name of the connection's own database, where it may stand before a schema."""

    @property
    def home(self) -> tuple[str, ...]:
        """What may stand before an unqualified name, outermost first."""
        return tuple(name for name in (self.catalog, self.default_schema) if name)


class SafeSql:
    """SQL that `connectors.sql.guard.admit` has parsed and allowed: the exact text and its SHA-256.

    Only the guard can make one; the constructor refuses everybody else.
    """

    __slots__ = ("dialect", "sha256", "tables", "text")

    text: str
    sha256: str
    dialect: str
    tables: frozenset[str]
    """Lower-case names of the base tables it reads, schema-qualified where the text is."""

    def __init__(
        self, text: str, sha256: str, dialect: str, tables: frozenset[str], *, _key: object = None
    ) -> None:
        if _key is not _GUARD_KEY:
            raise TypeError("SafeSql is made by connectors.sql.guard.admit only")
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "sha256", sha256)
        object.__setattr__(self, "dialect", dialect)
        object.__setattr__(self, "tables", tables)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("SafeSql cannot change")

    def __repr__(self) -> str:
        return f"SafeSql({self.sha256[:12]}, {self.dialect})"


_GUARD_KEY = object()
"""Imported by the guard alone (held by a test)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one statement may take and bring back."""

    rows: int = 10_000
    """Rows kept; one more is fetched, to know that there were more."""
    bytes: int = 20_000_000
    """Bytes of cell text kept."""
    seconds: float = 15.0
    cell_bytes: int = 1_000_000
    """A longer cell is cut and marked."""


@dataclass(frozen=True, slots=True)
class ResultColumn:
    name: str
    type: str
    family: TypeFamily


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Rows of one statement, cells already JSON-safe."""

    columns: tuple[ResultColumn, ...]
    rows: Sequence[Sequence[JsonValue]]
    truncated: bool
    """More rows existed than the limits let through."""
    cut_by: str | None = None
    """"rows" or "bytes" when truncated."""
    elapsed: timedelta = field(default_factory=timedelta)


@dataclass(frozen=True, slots=True)
class RowBatch:
    """A piece of a streaming result; the first batch may be empty and only carry the columns."""

    columns: tuple[ResultColumn, ...]
    rows: Sequence[Sequence[JsonValue]]
    cut_by: str | None = None
    """Set on the last batch when a limit ended the stream: "rows" or "bytes"."""


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """What EXPLAIN or a dry run foretells, right to a power of ten at best; None where the engine does not say."""

    rows: float | None = None
    """Rows of the widest step: those looked at, or those that a join makes of them."""
    bytes: float | None = None
    """Read from storage."""
    seconds: float | None = None
    """Out of the engine's own cost, on ordinary hardware."""
    engine_cost: float | None = None
    """In the engine's own unit."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What `Connector.test` found, step by step, for the page that adds a source."""

    steps: tuple[ProbeStep, ...]

    @property
    def ok(self) -> bool:
        return all(step.ok for step in self.steps)


@dataclass(frozen=True, slots=True)
class ProbeStep:
    name: str
    """reach, sign in, read only, list tables …"""
    ok: bool
    detail: str = ""
    hint: str = ""
    """What to do next when it failed."""


class Connector(Protocol):
    """One open data source.

    Every method raises `ConnectorError` subclasses only, never a driver's exception. Cancelling
    the awaiting task stops the statement in the engine before the cancellation is passed on.
    """

    @property
    def capabilities(self) -> Capabilities: ...

    @classmethod
    async def open(cls, config: dict[str, Any]) -> Connector:
        """Check `config` against the engine's own typed settings and connect.

        Raises `SourceInvalid`, `SourceMissing`, `SignInRefused` or `EngineUnavailable`.
        """
        ...

    async def test(self) -> ProbeReport: ...

    async def schema(self) -> Schema:
        """Tables, views, columns, comments and keys of everything the account may read."""
        ...

    def stream(self, sql: SafeSql, limits: Limits) -> AsyncIterator[RowBatch]:
        """Rows in batches, read with a server-side cursor where the engine has one."""
        ...

    async def run(self, sql: SafeSql, limits: Limits) -> QueryResult:
        """`stream`, collected."""
        ...

    async def explain(self, sql: SafeSql, seconds: float = 5.0) -> CostEstimate:
        """Raises `UnsupportedByEngine` when `capabilities.can_explain` is false."""
        ...

    async def tables_read(self, sql: SafeSql, seconds: float = 5.0) -> frozenset[str]:
        """Which base tables the engine itself says the statement reads, lower-case, qualified as it says."""
        ...

    async def close(self) -> None: ...
