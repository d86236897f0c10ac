"""What a reader may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.sql.dialects import SYSTEM_PREFIXES, SYSTEM_SCHEMAS, SYSTEM_TABLES


@dataclass(frozen=True, slots=True)
class ReadPolicy:
    """Tables (and columns) one reader may read; names are lower-case, schema-qualified where not in the default schema."""

    tables: frozenset[str] | None = None
    """None: any table but the catalogs."""
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Tables of which only some columns may be read."""
    default_schema: str | None = None

    def may_read(self, table: str, schema: str | None) -> bool:
        """Whether the table is readable; a schema that is the default one may be written or left out."""
        name, schema = table.lower(), (schema or "").lower()
        if schema in SYSTEM_SCHEMAS or name in SYSTEM_TABLES or name.startswith(SYSTEM_PREFIXES):
            return False
        if self.tables is None:
            return True
        if schema and schema != (self.default_schema or "").lower():
            return f"{schema}.{name}" in self.tables
        return name in self.tables or (
            bool(self.default_schema) and f"{self.default_schema}.{name}".lower() in self.tables
        )


EVERYTHING = ReadPolicy()
"""Any table but the engine's own catalogs."""
