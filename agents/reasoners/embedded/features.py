"""What the ranker looks at: numbers that tell a likely candidate from an unlikely one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from agents.reasoners.embedded.asked import asked
from agents.reasoners.embedded.candidates import Candidate
from agents.reasoners.embedded.draft import ROWS, STAR, Draft
from agents.reasoners.embedded.inside import inside
from agents.reasoners.embedded.oddities import oddities
from connectors.base import QueryResult
from knowledge.base import ColumnKind, SourceKnowledge
from knowledge.lexicon import Lexicon

_LEFT = re.compile(r"([TCVND])\d+$")
_KEY_WORDS = frozenset(
    {"id", "ids", "identifier", "identifiers", "key", "keys", "code", "codes", "number", "numbers"}
)
_SIGNS = ("GT", "LT", "GE", "LE", "EQ", "NE")

_COMPARISONS = ("<", "<=", ">", ">=", "between")
_YEARS = 1000, 2200
_AGES = 200
"""Numbers below are ages or lengths of time beside a column of years."""

Features = Mapping[str, float]
OUTCOMES = (
    "ran", "empty", "all_null", "rows", "zero", "columns", "truncated", "repeated", "unasked_repetition", "nulls", "one_row",
    "short", "texts",
)  # fmt: skip
"""Features of a trial run."""


def features(candidate: Candidate, knowledge: SourceKnowledge, lexicon: Lexicon) -> dict[str, float]:
    """Features that need no execution."""
    draft, tags = candidate.draft, candidate.leftover
    left = [found.group(1) for tag in tags if (found := _LEFT.match(tag))]
    words = [chunk for chunk in candidate.chunks if chunk.kind == "word" and chunk.text[:1].isalpha()]
    unknown = [chunk for chunk in words if chunk.text.lower() not in lexicon.fillers]
    content = len([chunk for chunk in candidate.chunks if chunk.kind != "word"]) + len(unknown)
    used = {column.table for column in draft.columns}
    views = {table.name for table in knowledge.schema.tables if table.is_view}
    joins = len(candidate.reading.joins)
    mentions = [
        chunk.mentions[0] for chunk in candidate.chunks if chunk.kind in ("C", "T", "V") and chunk.mentions
    ]
    return {
        "behind": candidate.behind,
        "gap": candidate.gap,
        "period": float("period" in candidate.notes and any(term.grain for term in draft.select)),
        "view": float(any(source.table in views for source in candidate.reading.sources)),
        "chosen": float(len(candidate.chosen)),
        "unknown": float(len(unknown)),
        "unknown_share": len(unknown) / max(1, content),
        "left_value": float(left.count("V")),
        "left_number": float(left.count("N") + left.count("D")),
        "left_table": float(left.count("T")),
        "left_column": float(left.count("C")),
        "left_superlative": float(sum(tag.startswith(("MOST", "LEAST")) for tag in tags)),
        "left_comparison": float(sum(tag.rstrip("0123456789") in _SIGNS for tag in tags)),
        "left_not": float("NOT" in tags),
        "left_each": float("EACH" in tags),
        "left_both": float("BOTH" in tags),
        "left_aggregate": float(bool({"AVG", "SUM", "MAX", "MIN", "COUNT"} & set(tags))),
        "left_average": float(bool({"THANAVG", "BELOWAVG"} & set(tags))),
        "left_like": float(bool({"LIKE", "LIKESTART", "LIKEEND"} & set(tags))),
        "left_order": float(bool({"ORDER", "DESC", "ASC"} & set(tags))),
        "left_other": float(bool({"RATIO", "DIFF", "GROWTH", "RUNNING"} & set(tags))),
        "unresolved": float("superlative-unresolved" in candidate.notes),
        "joins": float(joins),
        "bridges": float(max(0, joins + 1 - len(used | set(draft.tables)))),
        "tables": float(len(used)),
        "select": float(len(draft.select)),
        "star": float(draft.select == (STAR,)),
        "conditions": float(len(draft.where)),
        "grouped": float(bool(draft.group)),
        "having": float(bool(draft.having)),
        "limited": float(draft.limit is not None),
        "nested": float(any(condition.query is not None for condition in draft.conditions)),
        "combined": float(draft.combine is not None),
        "count": float(ROWS in draft.select),
        "weak_links": float(sum(m.how in ("synonym", "derived", "typo", "fuzzy", "part") for m in mentions)),
        "link_score": sum(m.score for m in mentions) / max(1, len(mentions)),
        "ambiguous": float(
            sum(
                len(chunk.mentions) > 1 and chunk.mentions[1].score > chunk.mentions[0].score - 0.05
                for chunk in candidate.chunks
            )
        ),
        "words": float(len(words)),
        "schema": float(len(knowledge.schema.tables)),
        **_shape(candidate),
        **candidate.weighed,
        **oddities(draft),
        **inside(draft, candidate.chunks),
        **asked(draft, candidate.chunks),
        "cross_join": float(_unused_main(draft)),
        "unasked_key": float(_unasked_key(candidate, knowledge)),
        "age_as_year": float(_age_as_year(draft, knowledge)),
    }


def _age_as_year(draft: Draft, knowledge: SourceKnowledge) -> bool:
    """Whether a column of years is compared with a number that is none: nobody is born after the year 60."""
    for condition in draft.conditions:
        column = condition.term.column
        profile = knowledge.profiles.get((column.table, column.name)) if column is not None else None
        if profile is None or condition.operator not in _COMPARISONS or condition.term.aggregated:
            continue
        ends = [end for end in (profile.min, profile.max) if isinstance(end, int)]
        numbers = [value.value for value in condition.values if isinstance(value.value, int | float)]
        if len(ends) == 2 and ends[0] >= _YEARS[0] and ends[1] <= _YEARS[1]:
            return any(abs(number) < _AGES for number in numbers)
    return False


def _unasked_key(candidate: Candidate, knowledge: SourceKnowledge) -> bool:
    """Whether numbers that only identify rows are shown though no word asks for them."""
    if any(chunk.text.lower().rpartition(" ")[2] in _KEY_WORDS for chunk in candidate.chunks):
        return False
    shown = [
        term.column for term in candidate.draft.select if term.column is not None and not term.aggregated
    ]
    profiles = (knowledge.profiles.get((column.table, column.name)) for column in shown)
    return any(profile is not None and profile.kind is ColumnKind.id for profile in profiles)


def _unused_main(draft: Draft) -> bool:
    """Whether tables take part only because a word names them."""
    used = {column.table for column in draft.columns}
    return any(table not in used for table in draft.tables) and bool(used)


def outcome(result: QueryResult | None, draft: Draft) -> dict[str, float]:
    """Features of what a trial run brought back; None when it failed or was not run."""
    if result is None:
        return dict.fromkeys(OUTCOMES, 0.0)
    rows, cells = result.rows, [cell for row in result.rows for cell in row]
    different = len({tuple(map(repr, row)) for row in rows})
    return {
        "ran": 1.0,
        "empty": float(not rows),
        "all_null": float(bool(cells) and all(cell is None for cell in cells)),
        "rows": float(min(len(rows), 50)),
        "zero": float(len(cells) == 1 and cells[0] == 0),
        "columns": float(len(result.columns)),
        "truncated": float(result.truncated),
        "repeated": 1 - different / max(1, len(rows)),
        "unasked_repetition": float(different < len(rows) and not draft.distinct),
        "nulls": sum(cell is None for cell in cells) / max(1, len(cells)),
        "one_row": float(len(rows) == 1),
        "short": float(draft.limit is not None and len(rows) < draft.limit),
        "texts": sum(isinstance(cell, str) for cell in cells) / max(1, len(cells)),
    }


_VARIANTS = (
    "distinct", "no-distinct", "drop-aggregate", "drop-column", "show-name", "show-key", "show-all", "full-name", "show-order",
    "as-extreme", "group-by-shown", "group-by-key", "show-group-key", "show-count", "show-group", "count-distinct", "count-rows",
    "sum-column", "not-equal-as-absent", "absent-as-except", "absent-as-not-equal", "or-as-both", "or-as-union", "and-as-both",
    "and-as-or", "both-as-or", "drop-table", "show-first", "name-of-reference", "order-by-total", "learned",
)  # fmt: skip
_CUES = ("COUNT", "AVG", "SUM", "MAX", "MIN", "EACH", "DISTINCT", "NOT", "BOTH", "EITHER", "AND", "OR", "BUT", "ORDER", "ALL", "WHO_WH", "WHERE_WH", "MOST", "LEAST", "TOP", "ALSO", "ANY", "GT", "LT", "GE", "LE", "THANAVG", "BELOWAVG", "INTERSECT")  # fmt: skip


_WORDS = (
    "different", "distinct", "unique", "id", "ids", "name", "names", "full", "number", "information", "details",
    "their", "its", "list", "which", "what", "how many", "who",
)  # fmt: skip


def _shape(candidate: Candidate) -> dict[str, float]:
    """The edit that made the candidate, the cues of the question, and what the draft makes of them."""
    draft = candidate.draft
    return {
        **_asked(candidate),
        **_counts(draft),
        **_columns(candidate),
        **_values(candidate),
        **_tables(candidate),
    }


def _asked(candidate: Candidate) -> dict[str, float]:
    kinds = [chunk.kind for chunk in candidate.chunks]
    words = {chunk.text.lower() for chunk in candidate.chunks}
    having = any(kind in ("GT", "LT", "GE", "LE") for kind in kinds) and bool(candidate.draft.having)
    return {
        **{f"v:{name}": 1.0 for name in _VARIANTS if name == candidate.variant},
        **{f"cue:{cue}": float(kinds.count(cue)) for cue in _CUES if cue in kinds},
        **{f"w:{word}": 1.0 for word in _WORDS if word in words},
        "varied": float(bool(candidate.variant)),
        "having_cues": float(having),
    }


def _counts(draft: Draft) -> dict[str, float]:
    shown = [term.column.name for term in draft.select if term.column is not None]
    aggregates = [term for term in draft.select if term.aggregate and term.column is not None]
    return {
        "distinct": float(draft.distinct),
        "order": float(bool(draft.order)),
        "limit": float(draft.limit or 0),
        "aggregates": float(sum(term.aggregated for term in draft.select)),
        "aggregate_columns": float(len(aggregates)),
        "operators": float(sum(c.operator in ("!=", "not in", "not like") for c in draft.conditions)),
        "group_terms": float(len(draft.group)),
        "key_shown": float(sum(name.lower().endswith("id") for name in shown)),
    }


def _columns(candidate: Candidate) -> dict[str, float]:
    """Columns that are shown without being named, and named without being used."""
    columns = [chunk for chunk in candidate.chunks if chunk.kind == "C"]
    named = {(m.table, m.column) for chunk in columns for m in chunk.mentions[:6]}
    shown = [term.column for term in candidate.draft.select if term.column is not None]
    used = {(column.table, column.name) for column in candidate.draft.columns}
    idle = [chunk for chunk in columns if used.isdisjoint((m.table, m.column) for m in chunk.mentions)]
    return {
        "select_unnamed": float(sum((column.table, column.name) not in named for column in shown)),
        "columns_named": float(len(columns)),
        "columns_unused": float(len(idle)),
    }


def _values(candidate: Candidate) -> dict[str, float]:
    """Values of the question that no condition asks for."""
    literals = {
        str(value.value).strip("%").lower()
        for part in candidate.draft.everywhere()
        for condition in part.conditions
        for value in condition.values
    }
    values = [
        {chunk.text.strip("'\"").lower(), *(mention.value.lower() for mention in chunk.mentions)}
        for chunk in candidate.chunks
        if chunk.kind == "V" and chunk.mentions
    ]
    return {"values_unused": float(sum(literals.isdisjoint(spellings) for spellings in values))}


def _tables(candidate: Candidate) -> dict[str, float]:
    """Tables that are named without being read, and read without being named."""
    tables = [
        {mention.table.rpartition(".")[2] for mention in chunk.mentions}
        for chunk in candidate.chunks
        if chunk.kind == "T"
    ]
    read = {source.table for source in candidate.reading.sources}
    for part in candidate.draft.inner:
        read |= {table.rpartition(".")[2] for table in part.own_tables}
    return {
        "tables_named": float(len(tables)),
        "tables_unread": float(sum(read.isdisjoint(names) for names in tables)),
        "read_unnamed": float(len(read.difference(*tables))),
    }
