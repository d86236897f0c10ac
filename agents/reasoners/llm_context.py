"""What a language model gets to see of a source: the tables that matter, compact, capped, and only as data.

Stored values enter only where the project and the source allow it, and never from columns that look personal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from agents.prompts import fenced
from agents.reasoners.base import PreviousTurn, Thinking
from agents.reasoners.llm_links import links
from connectors.base import Schema, Table
from knowledge.base import ColumnKind, KnowledgeError, PatternMatch, SourceKnowledge

ALL_TABLES = 8
"""A source with at most so many tables is shown whole."""
LINKED_TABLES = 10
SCHEMA_CHARS = 12_000
HINT_CHARS = 2_500
HISTORY_CHARS = 2_000
NAME_CHARS = 80
COMMENT_CHARS = 120
COLUMNS = 60
"""Of one table; wider ones keep the columns that retrieval found."""


async def schema_text(thinking: Thinking) -> str:
    """All sources of the question as one fenced list."""
    sources = [await _source(knowledge, thinking.question) for knowledge in thinking.sources.values()]
    return fenced(sources, SCHEMA_CHARS)


def hints_text(thinking: Thinking, patterns: Sequence[PatternMatch]) -> str:
    """Instructions, linked words, terms, approved examples and the answers given so far; empty parts are left out."""
    hints: dict[str, Any] = {}
    if thinking.answers:
        hints["answers"] = {key[:NAME_CHARS]: value[:200] for key, value in thinking.answers.items()}
    linked = links(thinking.question, thinking.sources.values(), thinking.today)
    if linked:
        hints["links"] = linked
    terms = [
        _dropping_empty({"term": t.term, "means": t.definition, "sql": t.expression, "of": list(t.targets)})
        for knowledge in thinking.sources.values()
        for t in knowledge.glossary
        if _mentions(thinking.question, (t.term, *t.synonyms))
    ]
    if terms:
        hints["terms"] = terms[:8]
    good = [
        {"question": m.pattern.question, "sql": m.pattern.sql} for m in patterns if not m.pattern.negative
    ]
    bad = [
        {"question": m.pattern.question, "sql": m.pattern.sql, "wrong_because": m.pattern.note}
        for m in patterns
        if m.pattern.negative
    ]
    if good:
        hints["approved_examples"] = good[:3]
    if bad:
        hints["mistakes_to_avoid"] = bad[:2]
    text = f"Hints:\n{fenced(hints, HINT_CHARS)}" if hints else ""
    wishes = [*thinking.instructions, *(i for k in thinking.sources.values() for i in k.instructions)]
    if wishes:
        text = f"The project's instructions:\n{fenced(wishes, HINT_CHARS)}\n{text}"
    return text.strip()


def history_text(history: Sequence[PreviousTurn]) -> str:
    """The last questions of the chat, newest last."""
    if not history:
        return ""
    turns = [
        {"question": turn.question[:500], "sql": list(turn.sql), "columns": list(turn.columns)}
        for turn in history[-2:]
    ]
    return f"Earlier in this chat:\n{fenced(turns, HISTORY_CHARS)}"


async def approved(thinking: Thinking) -> list[PatternMatch]:
    """Patterns near the question, of all sources; without them when retrieval is not possible."""
    found: list[PatternMatch] = []
    for knowledge in thinking.sources.values():
        try:
            found += await knowledge.retriever.patterns(thinking.question, 4)
        except KnowledgeError:
            continue
    return sorted((m for m in found if m.score >= 0.3), key=lambda m: -m.score)


async def _source(knowledge: SourceKnowledge, question: str) -> dict[str, Any]:
    tables, columns = await _relevant(knowledge, question)
    return {
        "source": knowledge.source_id,
        "name": knowledge.source_name[:NAME_CHARS],
        "tables": [_table(table, knowledge, columns.get(table.full_name, frozenset())) for table in tables],
        "joins": _joins(knowledge, {table.full_name for table in tables}),
    }


async def _relevant(
    knowledge: SourceKnowledge, question: str
) -> tuple[list[Table], Mapping[str, frozenset[str]]]:
    """The whole schema when it is small, else what retrieval finds and what connects it; and the columns it found."""
    schema: Schema = knowledge.schema
    if len(schema.tables) <= ALL_TABLES and all(len(t.columns) <= COLUMNS for t in schema.tables):
        return list(schema.tables), {}
    try:
        hits = await knowledge.retriever.schema(question)
    except KnowledgeError:
        return list(schema.tables[:LINKED_TABLES]), {}
    columns: dict[str, set[str]] = {}
    for hit in hits:
        if len(columns) < LINKED_TABLES or hit.table in columns:
            columns.setdefault(hit.table, set()).update({hit.column} if hit.column else set())
    names = set(columns)
    for tree in knowledge.joins.trees(sorted(names)[:4], 1):
        names |= set(tree.tables)
    chosen = [table for table in schema.tables if table.full_name in names]
    return chosen or list(schema.tables[:LINKED_TABLES]), {k: frozenset(v) for k, v in columns.items()}


def _table(table: Table, knowledge: SourceKnowledge, found: frozenset[str]) -> dict[str, Any]:
    columns = table.columns
    if len(columns) > COLUMNS:
        keyed = {name for key in table.foreign_keys for name in key.columns}
        wanted = [c for c in columns if c.name in found or c.primary_key or c.name in keyed]
        columns = tuple(wanted + [c for c in columns if c not in wanted])[:COLUMNS]
    described = knowledge.descriptions.get(table.full_name) or table.comment
    return _dropping_empty(
        {
            "table": table.full_name,
            "rows": table.row_estimate,
            "about": described[:COMMENT_CHARS],
            "columns": {c.name: _column(table, c.name, knowledge) for c in columns},
        }
    )


def _column(table: Table, name: str, knowledge: SourceKnowledge) -> str:
    """ "integer, key" · "text: open, paid, late" · "date 2019-01-01…2024-12-31": type, role and a taste of the values."""
    column = table.column(name)
    if column is None:
        return ""
    parts = [column.type[:30].lower() or str(column.family)]
    if column.primary_key:
        parts.append("key")
    comment = knowledge.descriptions.get(f"{table.full_name}.{name}") or column.comment
    if comment:
        parts.append(comment[:COMMENT_CHARS])
    profile = knowledge.profiles.get((table.full_name, name))
    if profile is None or profile.personal or not knowledge.values_allowed:
        return ", ".join(parts)
    if profile.kind in (ColumnKind.category, ColumnKind.flag, ColumnKind.code) and profile.top_values:
        parts.append("e.g. " + "/".join(str(value)[:20] for value, _ in profile.top_values[:5]))
    elif profile.kind in (ColumnKind.date, ColumnKind.measure) and profile.min is not None:
        parts.append(f"{str(profile.min)[:19]}…{str(profile.max)[:19]}")
    return ", ".join(parts)


def _joins(knowledge: SourceKnowledge, tables: set[str]) -> list[str]:
    return [
        " and ".join(
            f"{edge.left_table}.{left} = {edge.right_table}.{right}"
            for left, right in zip(edge.left_columns, edge.right_columns, strict=True)
        )
        for edge in knowledge.joins.edges
        if edge.left_table in tables and edge.right_table in tables
    ]


def _mentions(question: str, words: Sequence[str]) -> bool:
    said = question.lower()
    return any(word and word.lower() in said for word in words)


def _dropping_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def as_data(value: Any, limit: int = 4_000) -> str:
    """Any other data of a prompt, fenced."""
    return fenced(json.loads(json.dumps(value, default=str)), limit)
