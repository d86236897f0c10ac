"""Indexing a source: its schema, what its columns hold, how its tables connect.

Only tables whose fingerprint changed are looked at again. Cancelling the task stops the statement
that runs and leaves nothing half done: the result is one value that the caller stores.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic

from connectors.base import Connector, Schema, Table
from knowledge.base import ColumnKey, ColumnProfile, SourceKnowledge
from knowledge.column_kinds import Look, judge_kind
from knowledge.fingerprint import table_fingerprints
from knowledge.key_evidence import Evidence
from knowledge.key_inference import key_edges
from knowledge.profiles import ProfileBudget, TableProfile, ValuePolicy, profile_table
from knowledge.source_index import SourceIndex
from knowledge.source_knowledge import source_knowledge
from knowledge.value_index import ColumnValues, StoredValueIndex

Progress = Callable[[str, int, int, str], None]
"""Called with (phase, done, total, table): phases are "schema", "tables", "joins" and "done"."""


@dataclass(frozen=True, slots=True)
class IndexOptions:
    values: ValuePolicy = ValuePolicy.names
    table: ProfileBudget = field(default_factory=ProfileBudget)
    seconds: float = 600.0
    """For all tables together; those left over are judged by name and type, and looked at next time."""
    at_once: int = 4
    """Tables profiled at the same time."""


async def index_source(
    connector: Connector,
    *,
    previous: SourceIndex | None = None,
    progress: Progress | None = None,
    options: IndexOptions | None = None,
) -> SourceIndex:
    """Index an open source; with `previous`, only what changed since.

    Raises `ConnectorError` subclasses when the source itself cannot be read; a single table that cannot
    becomes an entry of `SourceIndex.problems`.
    """
    options, report = options or IndexOptions(), progress or _silent
    report("schema", 0, 1, "")
    declared = await connector.schema()
    report("schema", 1, 1, "")
    fingerprints = table_fingerprints(declared)
    known = _still_known(previous, fingerprints, options)
    if previous is not None and len(known) == len(fingerprints) == len(previous.tables):
        report("done", len(known), len(known), "")
        return replace(previous, indexed_at=_now())
    profiled = await _profile_tables(connector, declared, known, options, report)
    report("joins", 0, 1, "")
    index = await asyncio.to_thread(
        _assemble, connector.capabilities.dialect, declared, fingerprints, profiled, options
    )
    report("done", len(declared.tables), len(declared.tables), "")
    return index


async def quick_knowledge(
    connector: Connector, source_id: str, name: str, *, options: IndexOptions | None = None
) -> SourceKnowledge:
    """Index a source and know all of it, in memory: for the command line and for evaluation."""
    index = await index_source(connector, options=options or IndexOptions(values=ValuePolicy.all))
    return await source_knowledge(index, source_id=source_id, source_name=name)


def _still_known(
    previous: SourceIndex | None, fingerprints: Mapping[str, str], options: IndexOptions
) -> dict[str, TableProfile]:
    """Profiles of the previous run that still hold."""
    if previous is None or previous.value_policy is not options.values:
        return {}
    by_table: dict[str, dict[str, ColumnProfile]] = {}
    for (table, column), profile in previous.profiles.items():
        by_table.setdefault(table, {})[column] = profile
    values: dict[str, list[ColumnValues]] = {}
    for table, column in previous.values.columns:
        kept = previous.values.values_of(table, column)
        if kept is not None:
            values.setdefault(table, []).append(kept)
    known = {}
    for before in previous.schema.tables:
        name = before.full_name
        unchanged = previous.tables.get(name) == fingerprints.get(name)
        if not unchanged or name in previous.problems or name not in by_table:
            continue
        declared = previous.declared.table(name)
        families = {
            column.name: column.family
            for column in before.columns
            if declared and (was := declared.column(column.name)) and was.family is not column.family
        }
        rows = before.row_estimate
        known[name] = TableProfile(name, rows, by_table[name], tuple(values.get(name, ())), families)
    return known


async def _profile_tables(
    connector: Connector,
    schema: Schema,
    known: Mapping[str, TableProfile],
    options: IndexOptions,
    report: Progress,
) -> dict[str, TableProfile]:
    profiled = dict(known)
    waiting = [table for table in schema.tables if table.full_name not in known]
    key_columns = _key_columns(schema)
    total, until = len(schema.tables), monotonic() + options.seconds
    report("tables", len(profiled), total, "")

    async def work() -> None:
        while waiting:
            table = waiting.pop(0)
            profiled[table.full_name] = (
                await profile_table(
                    connector,
                    table,
                    policy=options.values,
                    budget=options.table,
                    keys=key_columns.get(table.full_name, ()),
                )
                if monotonic() < until
                else _unread(table)
            )
            report("tables", len(profiled), total, table.full_name)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(options.at_once, len(waiting))):
                group.create_task(work())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return profiled


def _assemble(
    dialect: str,
    declared: Schema,
    fingerprints: Mapping[str, str],
    profiled: Mapping[str, TableProfile],
    options: IndexOptions,
) -> SourceIndex:
    profiles: dict[ColumnKey, ColumnProfile] = {
        (table.full_name, column.name): profiled[table.full_name].columns[column.name]
        for table in declared.tables
        for column in table.columns
    }
    values = StoredValueIndex(kept for table in declared.tables for kept in profiled[table.full_name].values)
    schema = replace(
        declared, tables=tuple(_seen(table, profiled[table.full_name]) for table in declared.tables)
    )
    return SourceIndex(
        dialect=dialect,
        schema=schema,
        declared=declared,
        tables=dict(fingerprints),
        profiles=profiles,
        values=values,
        edges=tuple(key_edges(schema, Evidence(profiles, values))),
        value_policy=options.values,
        indexed_at=_now(),
        problems={name: profile.problem for name, profile in profiled.items() if profile.problem},
    )


def _seen(table: Table, profile: TableProfile) -> Table:
    """The table with what its rows showed: their number, and families where none are declared."""
    columns = tuple(
        replace(column, family=profile.families[column.name]) if column.name in profile.families else column
        for column in table.columns
    )
    rows = table.row_estimate if profile.rows is None else profile.rows
    return replace(table, columns=columns, row_estimate=rows)


def _key_columns(schema: Schema) -> dict[str, set[str]]:
    """Table → its columns that refer or are referred to."""
    found: dict[str, set[str]] = {table.full_name: set() for table in schema.tables}
    for table in schema.tables:
        for key in table.foreign_keys:
            found[table.full_name].update(key.columns)
            target = schema.table(f"{key.ref_schema}.{key.ref_table}" if key.ref_schema else key.ref_table)
            if target is not None:
                found[target.full_name].update(key.ref_columns)
    return found


def _unread(table: Table) -> TableProfile:
    columns = {
        column.name: ColumnProfile(kind=judge_kind(column, Look(), is_key=column.primary_key))
        for column in table.columns
    }
    return TableProfile(
        table.full_name, table.row_estimate, columns, problem="There was no time to look at its rows."
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _silent(phase: str, done: int, total: int, table: str) -> None:
    return
