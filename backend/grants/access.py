"""From a person's grant to the policy that the guard keeps and to what knowledge may show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from backend.auth.repository import PersonRepository
from backend.datasources.models import DatasourceRow
from backend.datasources.repository import DatasourceRepository
from backend.grants.repository import GrantRepository
from backend.grants.schemas import TableGrant
from connectors.base import Schema
from connectors.sql.policy import ReadPolicy

if TYPE_CHECKING:
    from knowledge.base import GlossaryTerm, Pattern
    from knowledge.grants import MayRead

Tables = Mapping[str, TableGrant] | None
"""By the table's full name; None: every table, as it is."""


@dataclass(frozen=True, slots=True)
class Access:
    """What one person may read of one source."""

    policy: ReadPolicy
    may_read: MayRead | None
    """None: every column."""
    may_know_values: MayRead | None
    """Whose stored values and statistics may be shown: those of rows a filter hides may not."""
    schema: Schema
    """Of the whole source."""

    def shows(self, pattern: Pattern) -> bool:
        """Whether a statement that somebody approved, literals and all, may be shown."""
        from knowledge.grants import rests_on

        return self.may_know_values is None or rests_on(pattern, self.schema, self.may_know_values)

    def explains(self, term: GlossaryTerm) -> bool:
        """Whether everything that a term of the glossary stands for may be read."""
        from knowledge.grants import may_be_told, visible_schema, visible_terms

        if self.may_read is None or self.may_know_values is None:
            return True
        if not may_be_told(term, self.schema, self.may_know_values):
            return False
        return bool(visible_terms((term,), visible_schema(self.schema, self.may_read)))


async def granted(session: AsyncSession, row: DatasourceRow, user_id: str) -> Tables:
    """The owner reads everything; others what their own, their role's or everyone's grant says, in that order."""
    if row.owner_id == user_id:
        return None
    person = await PersonRepository(session).by_id(user_id)
    if person is None or await DatasourceRepository(session).get(user_id, row.id) is None:
        return {}
    subjects = (f"user:{user_id}", f"role:{person.role}", "everyone")
    grant = await GrantRepository(session).first(row.id, subjects)
    if grant is None:
        return {}
    if grant.tables is None:
        return None
    return {name: TableGrant.model_validate(table) for name, table in grant.tables.items()}


async def whole_sources(session: AsyncSession, user_id: str) -> list[str]:
    """Ids of the sources that a person reads as they are; who judges for others must."""
    rows = await DatasourceRepository(session).all(user_id)
    return [row.id for row in rows if await granted(session, row, user_id) is None]


def access(tables: Tables, schema: Schema, default_schema: str | None) -> Access:
    """Tables and columns that the schema does not have are left out."""
    from knowledge.grants import reader_of, values_of

    policy = policy_of(tables, schema, default_schema)
    if tables is None:
        return Access(policy, None, None, schema)
    may_read = reader_of(policy, schema)
    return Access(policy, may_read, values_of(policy, schema), schema)


def policy_of(tables: Tables, schema: Schema, default_schema: str | None) -> ReadPolicy:
    """The indexed tables that are granted, so nothing that was not shown."""
    names = ReadPolicy(default_schema=default_schema)
    grants = None if tables is None else {name.lower(): grant for name, grant in tables.items()}
    readable: set[str] = set()
    columns: dict[str, frozenset[str]] = {}
    filters: dict[str, str] = {}
    masks: dict[str, Mapping[str, str]] = {}
    for table in schema.tables:
        readable_as = names.key(table.name, table.schema)
        grant = TableGrant() if grants is None else grants.get(table.full_name.lower())
        if grant is None:
            continue
        readable |= {readable_as, table.full_name.lower()}
        if grant.columns is not None:
            columns[readable_as] = frozenset(column.lower() for column in grant.columns)
        if grant.filter:
            filters[readable_as] = grant.filter
        if grant.masks:
            masks[readable_as] = {column.lower(): sql for column, sql in grant.masks.items()}
    return ReadPolicy(
        tables=frozenset(readable),
        columns=columns,
        default_schema=default_schema,
        row_filters=filters,
        masks=masks,
        schema=schema if columns or filters or masks else None,
    )
