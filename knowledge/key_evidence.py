"""What the names and the rows of a schema's columns say about keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.base import Column, JsonValue, Schema, Table, TypeFamily
from knowledge.base import ColumnKey, ColumnKind, ColumnProfile
from knowledge.text import name_stems, split_identifier, split_key_name, stem
from knowledge.value_index import StoredValueIndex

KEY_WORDS = frozenset(
    {"id", "ids", "key", "code", "no", "num", "number", "nr", "fk", "pk", "ref", "uuid", "guid", "sk"}
)
LAYER_WORDS = frozenset(
    {"tbl", "table", "dim", "fact", "fct", "stg", "raw", "vw", "view", "mst", "mstr", "master", "ref"}
)
_LONGEST_PREFIX = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """What profiling found out; without it inference goes by names and types alone."""

    profiles: Mapping[ColumnKey, ColumnProfile]
    values: StoredValueIndex | None = None

    def inclusion(self, left: ColumnKey, right: ColumnKey) -> float | None:
        """Share of the left column's distinct values found in the right one; None when it cannot be told."""
        if self.values is None:
            return self._range_inclusion(left, right)
        mine, theirs = self.values.values_of(*left), self.values.values_of(*right)
        if mine is None or theirs is None or not mine.values or not theirs.complete:
            return self._range_inclusion(left, right)
        known = {text for text, _ in theirs.values}
        return sum(text in known for text, _ in mine.values) / len(mine.values)

    def _range_inclusion(self, left: ColumnKey, right: ColumnKey) -> float | None:
        mine, theirs = self.profiles.get(left), self.profiles.get(right)
        if mine is None or theirs is None or mine.sampled or theirs.sampled:
            return None
        low, high, their_low, their_high = (
            _number(value) for value in (mine.min, mine.max, theirs.min, theirs.max)
        )
        if low is None or high is None or their_low is None or their_high is None:
            return None
        return 1.0 if their_low <= low and high <= their_high else 0.0

    def is_unique(self, table: Table, column: Column) -> bool:
        profile = self.profiles.get((table.full_name, column.name))
        return (
            profile is not None
            and not profile.sampled
            and bool(profile.rows)
            and not profile.nulls
            and profile.distinct == profile.rows
        )

    def distinct(self, key: ColumnKey) -> int:
        profile = self.profiles.get(key)
        return (profile.distinct or 0) if profile else 0

    def kind(self, key: ColumnKey) -> ColumnKind | None:
        profile = self.profiles.get(key)
        return profile.kind if profile else None


def column_words(name: str, prefix: str = "") -> list[str]:
    """The words of a column's name, key words split off, without the prefix its table gives all columns."""
    parts = split_key_name(name)
    return parts[1:] if prefix and parts[0] == prefix else parts


@dataclass(frozen=True, slots=True)
class NamePrefix:
    """A short word that all columns of a table begin with (`o_orderkey`, `o_orderdate`) and that says nothing."""

    word: str

    @classmethod
    def of(cls, table: Table) -> NamePrefix:
        first = {parts[0] for column in table.columns if len(parts := split_identifier(column.name)) > 1}
        shared = len(first) == 1 and len(table.columns) > 1
        bare = any(len(split_identifier(column.name)) < 2 for column in table.columns)
        word = next(iter(first)) if shared and not bare else ""
        return cls(word if len(word) <= _LONGEST_PREFIX else "")

    def words(self, name: str) -> list[str]:
        return column_words(name, self.word)

    def stems(self, name: str) -> tuple[str, ...]:
        return tuple(stem(part) for part in self.words(name))


@dataclass(frozen=True, slots=True)
class KeyTarget:
    """A column that identifies the rows of its table."""

    table: Table
    column: Column
    table_stems: tuple[str, ...]
    column_stems: tuple[str, ...]
    declared: bool
    """It is the primary key, not merely unique in what was profiled."""


class KeyTargets:
    """Identifying columns of all tables, to be found by the words of a table's or a column's name."""

    def __init__(self, schema: Schema, evidence: Evidence) -> None:
        self.by_last_word: defaultdict[str, list[KeyTarget]] = defaultdict(list)
        self.by_name: defaultdict[str, list[KeyTarget]] = defaultdict(list)
        self.by_table: defaultdict[str, list[KeyTarget]] = defaultdict(list)
        self.texts: list[KeyTarget] = []
        self.prefixes = {table.full_name: NamePrefix.of(table) for table in schema.tables}
        for table in schema.tables:
            for target in _identifying(table, self.prefixes[table.full_name], evidence):
                self.by_name[" ".join(self.prefixes[table.full_name].words(target.column.name))].append(
                    target
                )
                self.by_table[table.full_name].append(target)
                if target.table_stems:
                    self.by_last_word[target.table_stems[-1]].append(target)
                if target.column.family is TypeFamily.text:
                    self.texts.append(target)


def _identifying(table: Table, prefix: NamePrefix, evidence: Evidence) -> list[KeyTarget]:
    stems = tuple(word for word in name_stems(table.name) if word not in LAYER_WORDS)
    key = table.primary_key
    found = []
    for column in table.columns:
        column_stems = prefix.stems(column.name)
        is_key = key == (column.name,)
        if not is_key:
            telling = bool(KEY_WORDS & set(column_stems)) or bool(stems and column_stems == stems[-1:])
            if key or not telling or not evidence.is_unique(table, column):
                continue
        found.append(KeyTarget(table, column, stems, column_stems, is_key))
    return found


def _number(value: JsonValue) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    return None
