"""What a reader may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.base import Schema
from connectors.sql.dialects import SYSTEM_PREFIXES, SYSTEM_SCHEMAS, SYSTEM_TABLES


@dataclass(frozen=True, slots=True)
class ReadPolicy:
    """Tables (and columns) one reader may read; names are lower-case, schema-qualified where not in the default schema."""

    tables: frozenset[str] | None = None
    """None: any table but the catalogs."""
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Tables of which only some columns may be read."""
    default_schema: str | None = None
    catalog: str | None = None
    """The connection's own database, where it may stand before a schema; the guard takes it from the connection."""
    any_schema: bool = False
    """Names in `tables` without a schema, or a catalog, mean the tables of that name in every one."""
    row_filters: Mapping[str, str] = field(default_factory=dict)
    """Per table, the SQL condition over its own columns that rows must meet."""
    masks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Per table and column, the SQL expression that is shown instead; needs `schema`."""
    schema: Schema | None = None
    """Lets unqualified columns be told apart when only some of a table may be read."""

    @property
    def rewrites(self) -> frozenset[str]:
        """The tables that are read through a filter or a mask."""
        return frozenset(self.row_filters) | frozenset(self.masks)

    @property
    def narrowed(self) -> frozenset[str]:
        """Those, and the tables that are read through a list of their columns, where the schema knows them."""
        listed = {key for key in self.columns if self.columns_of(key) is not None}
        return self.rewrites | listed

    def key(self, table: str, schema: str | None) -> str:
        """The name under which the policy knows a table."""
        name, schema = table.lower(), (schema or "").lower()
        return name if not schema or schema == (self.default_schema or "").lower() else f"{schema}.{name}"

    def rewrite_key(self, table: str, schema: str | None) -> str | None:
        """The name under which the table's filter, masks or columns are kept; None when it has none.

        Where the default schema is not known, a filter is for the tables of its name in every schema.
        """
        key, name = self.key(table, schema), table.lower()
        spellings = [key]
        if key == name and self.default_schema:
            spellings.append(f"{self.default_schema.lower()}.{name}")
        elif not self.default_schema:
            spellings.append(name)
        return next((spelling for spelling in spellings if spelling in self.narrowed), None)

    def columns_of(self, key: str) -> frozenset[str] | None:
        """Lower-case names of all columns of a table, when the schema is known."""
        table = self.schema.table(key) if self.schema is not None else None
        return None if table is None else frozenset(column.name.lower() for column in table.columns)

    def may_read(self, table: str, schema: str | None, catalog: str | None = None) -> bool:
        """Whether the table is readable; a schema that is the default one may be written or left out."""
        name, parts = table.lower(), [part.lower() for part in (catalog, schema) if part]
        *inner, last = name.split(".")  # BigQuery's INFORMATION_SCHEMA is parsed as part of the table's name
        if SYSTEM_SCHEMAS.intersection((*parts, *inner)) or last in SYSTEM_TABLES:
            return False
        if any(part.startswith(SYSTEM_PREFIXES) for part in (*parts, *inner, last)):
            return False
        if self.tables is None:
            return True
        if self.any_schema and self.tables & {name, ".".join((*parts[-1:], name))}:
            return True
        if catalog:
            return ".".join((*parts, name)) in self.tables
        key = self.key(table, schema)
        return key in self.tables or (
            key == name
            and bool(self.default_schema)
            and f"{self.default_schema}.{name}".lower() in self.tables
        )


EVERYTHING = ReadPolicy()
"""Any table but the engine's own catalogs."""
