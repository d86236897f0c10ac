"""What a verdict on an answer teaches. Runs apart from the turn; proposes, and never changes how answers are made.

A corrected or praised statement becomes a candidate pattern; it counts only after it was checked and approved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Literal

from agents.fingerprints import short_id
from agents.plans.derivation import CannotDerive, read
from connectors.base import Capabilities, Schema
from connectors.errors import QueryRejected
from connectors.sql import guard
from connectors.sql.lineage import unknown_names
from connectors.sql.policy import ReadPolicy
from connectors.sql.reading import ColumnRef
from connectors.sql.readings.canonical import canonical
from knowledge.base import Pattern, SourceKnowledge
from knowledge.patterns import dependencies_fingerprint


@dataclass(frozen=True, slots=True)
class Lesson:
    """One person's verdict on one answered turn."""

    turn_id: str
    question: str
    """As restated in the plan, so that it can be understood on its own."""
    sql: str
    verdict: Literal["up", "down"]
    corrected_sql: str = ""
    note: str = ""
    patterns_used: tuple[str, ...] = ()


def candidates(
    lesson: Lesson, knowledge: SourceKnowledge, capabilities: Capabilities, policy: ReadPolicy
) -> tuple[Pattern, ...]:
    """What could be learned, to be approved by people.

    A correction gives the right statement, and the wrong one as what not to do. Praise gives the statement.
    Blame alone gives nothing to repeat, only what not to do. Raises `QueryRejected` when the corrected
    statement is not one that may run.
    """
    if lesson.corrected_sql:
        good = _pattern(lesson, lesson.corrected_sql, knowledge, capabilities, policy)
        return (good, *_negative(lesson, knowledge, capabilities, policy, "A person corrected it."))
    if lesson.verdict == "up":
        return (_pattern(lesson, lesson.sql, knowledge, capabilities, policy),)
    return _negative(lesson, knowledge, capabilities, policy, lesson.note)


def _pattern(
    lesson: Lesson, sql: str, knowledge: SourceKnowledge, capabilities: Capabilities, policy: ReadPolicy
) -> Pattern:
    safe = guard.admit(sql, capabilities, policy)
    missing = unknown_names(sql, knowledge.dialect, knowledge.schema)
    if missing:
        raise QueryRejected(" ".join(missing))
    pattern = Pattern(
        id=short_id(lesson.turn_id, "pattern", safe.sha256),
        question=lesson.question,
        sql=safe.text,
        source_id=knowledge.source_id,
        status="candidate",
        tables=tuple(sorted(safe.tables)),
        columns=_columns(sql, knowledge),
        note=lesson.note,
    )
    return replace(pattern, fingerprint=dependencies_fingerprint(pattern, knowledge.schema))


def _negative(
    lesson: Lesson, knowledge: SourceKnowledge, capabilities: Capabilities, policy: ReadPolicy, why: str
) -> tuple[Pattern, ...]:
    """The wrong statement with the reason; without a reason it would only blame."""
    reason = lesson.note or why
    if not reason or not lesson.sql:
        return ()
    try:
        wrong = _pattern(lesson, lesson.sql, knowledge, capabilities, policy)
    except QueryRejected:
        return ()
    return (replace(wrong, id=short_id(lesson.turn_id, "negative", wrong.id), negative=True, note=reason),)


def _columns(sql: str, knowledge: SourceKnowledge) -> tuple[str, ...]:
    """Every `table.column` the statement touches; a reader must be allowed all of them to see the pattern."""
    try:
        reading = read(sql, knowledge)
    except CannotDerive:
        return ()
    return tuple(sorted(set(_used(canonical(reading), knowledge.schema))))


def _used(node: object, schema: Schema) -> Iterator[str]:
    """Of a canonical reading, whose aliases are table names with a mark for their further uses."""
    if isinstance(node, ColumnRef):
        table = schema.table(node.table.rstrip("^").partition("#")[0])
        column = table.column(node.name) if table is not None else None
        if table is not None and column is not None:
            yield f"{table.full_name}.{column.name}"
    elif isinstance(node, tuple):
        for item in node:
            yield from _used(item, schema)
    elif is_dataclass(node) and not isinstance(node, type):
        for part in fields(node):
            yield from _used(getattr(node, part.name), schema)
