"""Everything an indexing run found out about one source, as one value that can be stored and compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.base import Schema
from knowledge import plain
from knowledge.base import ColumnKey, ColumnProfile, JoinEdge, KnowledgeError
from knowledge.fingerprint import source_fingerprint
from knowledge.profiles import ValuePolicy
from knowledge.value_index import StoredValueIndex

FORMAT = 1


class IndexUnreadable(KnowledgeError):
    """Stored index data is of another version or damaged; index the source again."""


@dataclass(frozen=True, slots=True)
class SourceIndex:
    dialect: str
    schema: Schema
    """With row counts as `row_estimate` and, where the engine declares no types, families as the values show them."""
    declared: Schema
    """As the engine tells it; fingerprints are taken of this one."""
    tables: Mapping[str, str]
    """Table → fingerprint."""
    profiles: Mapping[ColumnKey, ColumnProfile]
    values: StoredValueIndex
    edges: tuple[JoinEdge, ...]
    value_policy: ValuePolicy = ValuePolicy.names
    indexed_at: str = ""
    """ISO 8601, UTC."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """Table → why its rows could not be read."""

    @property
    def fingerprint(self) -> str:
        """Of the schema as indexed."""
        return source_fingerprint(self.tables)

    def with_edges(self, edges: tuple[JoinEdge, ...]) -> SourceIndex:
        return replace(self, edges=edges)

    def to_json(self) -> str:
        """Text that `from_json` takes back."""
        return json.dumps(
            {
                "format": FORMAT,
                "dialect": self.dialect,
                "schema": plain.schema_to_plain(self.schema),
                "declared": plain.schema_to_plain(self.declared),
                "tables": dict(self.tables),
                "profiles": plain.profiles_to_plain(self.profiles),
                "values": self.values.to_plain(),
                "edges": plain.edges_to_plain(self.edges),
                "value_policy": self.value_policy.value,
                "indexed_at": self.indexed_at,
                "problems": dict(self.problems),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> SourceIndex:
        """Raises `IndexUnreadable`."""
        try:
            stored: dict[str, Any] = json.loads(text)
            if stored["format"] != FORMAT:
                raise IndexUnreadable("The stored index is of another version. Index the source again.")
            return cls(
                dialect=stored["dialect"],
                schema=plain.schema_from_plain(stored["schema"]),
                declared=plain.schema_from_plain(stored["declared"]),
                tables=stored["tables"],
                profiles=plain.profiles_from_plain(stored["profiles"]),
                values=StoredValueIndex.from_plain(stored["values"]),
                edges=plain.edges_from_plain(stored["edges"]),
                value_policy=ValuePolicy(stored["value_policy"]),
                indexed_at=stored["indexed_at"],
                problems=stored["problems"],
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexUnreadable("The stored index cannot be read. Index the source again.") from error
