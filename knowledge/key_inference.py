"""The keys of a schema as edges: the declared ones, and those that names, types and values give away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from connectors.base import Column, ForeignKey, Schema, Table, TypeFamily
from knowledge.base import ColumnKey, ColumnKind, JoinEdge
from knowledge.key_evidence import (
    KEY_WORDS,
    LAYER_WORDS,
    Evidence,
    KeyTarget,
    KeyTargets,
    NamePrefix,
    column_words,
)
from knowledge.text import name_stems, split_identifier, stem

_GENERIC_NAMES = frozenset(
    {
        "id",
        "name",
        "code",
        "key",
        "no",
        "number",
        "date",
        "type",
        "status",
        "value",
        "description",
        "title",
        "year",
    }
)
"""Columns of that bare name are in many tables and mean something else in each."""
_SUPERIORS = frozenset(name_stems("manager supervisor boss superior reports"))
_PEOPLE = frozenset(name_stems("employee staff person people worker user member agent officer emp"))
_LEAST_SCORE = 0.6
_LEAST_INCLUSION = 0.5
_VIEW_EXTRA = 1.0
"""A view repeats what its tables hold: joining through one is the longer way round."""
_MANY_VALUES = 5


def key_edges(schema: Schema, evidence: Evidence | None = None) -> list[JoinEdge]:
    """All edges of a schema: declared keys, then inferred keys for columns that have no declared one."""
    declared = declared_edges(schema)
    return declared + inferred_edges(schema, declared, evidence or Evidence({}))


def declared_edges(schema: Schema) -> list[JoinEdge]:
    edges = []
    for table in schema.tables:
        for key in table.foreign_keys:
            target = _target_of(schema, table, key)
            ref_columns = key.ref_columns or (target.primary_key if target else ())
            if target is None or len(ref_columns) != len(key.columns):
                continue
            spelled = [
                (table.column(mine), target.column(theirs))
                for mine, theirs in zip(key.columns, ref_columns, strict=True)
            ]
            if any(mine is None or theirs is None for mine, theirs in spelled):
                continue
            edges.append(
                JoinEdge(
                    left_table=table.full_name,
                    left_columns=tuple(mine.name for mine, _ in spelled if mine),
                    right_table=target.full_name,
                    right_columns=tuple(theirs.name for _, theirs in spelled if theirs),
                    declared=True,
                    role=role_of(key.columns, target.name, NamePrefix.of(table).word),
                )
            )
    return edges


def inferred_edges(schema: Schema, declared: Iterable[JoinEdge], evidence: Evidence) -> list[JoinEdge]:
    """Keys nobody declared, weighted by how sure they are: 1.5 for nearly certain to 2.3 for a guess."""
    taken = {(edge.left_table, column) for edge in declared for column in edge.left_columns}
    linked = {frozenset((edge.left_table, edge.right_table)) for edge in declared}
    targets = KeyTargets(schema, evidence)
    edges = []
    for table in schema.tables:
        for column in table.columns:
            if (table.full_name, column.name) in taken:
                continue
            best = _best_target(table, column, targets, evidence, linked)
            if best is not None:
                target, score = best
                edges.append(_inferred(table, (column.name,), target.table, (target.column.name,), score))
                taken.add((table.full_name, column.name))
    return _once_per_pair(edges) + _composite_edges(schema, taken, linked)


def role_of(columns: Sequence[str], ref_table: str, prefix: str = "") -> str:
    """What the column names add to the name of the table they refer to: "home team" for home_team_id → team."""
    table_words = split_identifier(ref_table)
    table_stems = name_stems(ref_table)
    roles = []
    for column in columns:
        parts = [word for word in column_words(column, prefix) if word not in KEY_WORDS]
        if not all(stem(part) in table_stems or _shortens(part, table_words) for part in parts):
            roles.append(" ".join(parts))
    return " ".join(dict.fromkeys(roles))


def _shortens(part: str, words: Sequence[str]) -> bool:
    """Whether "cust" is short for a word such as "customer"."""
    return len(part) >= 3 and any(word.startswith(part) for word in words)


def _best_target(
    table: Table, column: Column, targets: KeyTargets, evidence: Evidence, linked: set[frozenset[str]]
) -> tuple[KeyTarget, float] | None:
    stems = targets.prefixes[table.full_name].stems(column.name)
    if not stems or column.family in (TypeFamily.boolean, TypeFamily.binary, TypeFamily.json):
        return None
    scored: dict[tuple[str, str], tuple[float, KeyTarget]] = {}
    for target, score in _candidates(table, column, stems, targets, evidence):
        if target.table is table and target.column is column:
            continue
        if target.column.family is not column.family:
            continue
        if frozenset((table.full_name, target.table.full_name)) in linked and score < 0.75:
            continue
        score = _weighed(score, (table.full_name, column.name), target, evidence)
        known = scored.get((target.table.full_name, target.column.name))
        if score >= _LEAST_SCORE and (known is None or known[0] < score):
            scored[target.table.full_name, target.column.name] = (score, target)
    ranked = sorted(
        scored.values(),
        key=lambda pair: (
            -pair[0],
            pair[1].table.schema != table.schema,
            len(pair[1].table.name),
            pair[1].table.full_name,
        ),
    )
    return (ranked[0][1], ranked[0][0]) if ranked else None


def _candidates(
    table: Table, column: Column, stems: tuple[str, ...], targets: KeyTargets, evidence: Evidence
) -> list[tuple[KeyTarget, float]]:
    """Identifying columns that the name of `column` may point at, with a first score."""
    found: list[tuple[KeyTarget, float]] = []
    own_key = table.primary_key == (column.name,)
    own_name = own_key and _owns(table, stems)
    subject, keyed = _subject(stems)
    for target in targets.by_last_word[subject[-1]] if subject else ():
        exact = subject == target.table_stems
        if target.table is table and (len(subject) == 1 or not keyed):
            continue
        if not exact and (own_name or not keyed):
            continue
        if not keyed and _looks_like_count(column):
            continue
        score = _name_score(subject, target, keyed)
        found.append((target, score - 0.1 if own_key else score))
    name = " ".join(targets.prefixes[table.full_name].words(column.name))
    if name not in _GENERIC_NAMES and not own_name:
        for target in targets.by_name[name]:
            if target.table is not table:
                found.append((target, 0.85 if _owns(target.table, stems) else 0.8))
    if not own_key and _refers_to_own_kind(table, stems):
        found += [(target, 0.72) for target in targets.by_table[table.full_name] if target.declared]
    if column.family is TypeFamily.text and not found and not own_key:
        found += _by_values((table.full_name, column.name), stems, targets, evidence)
    return found


def _refers_to_own_kind(table: Table, stems: tuple[str, ...]) -> bool:
    """Whether the name says "another row of this table": a parent, or the manager of a person."""
    if stems[0] == "parent" or stems[-2:-1] == ("parent",):
        return stems[-1] in KEY_WORDS or len(stems) == 1
    return bool(_PEOPLE & set(name_stems(table.name))) and bool(_SUPERIORS & set(stems[:1]))


def _subject(stems: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """The words of a column's name without the word that makes it a key, and whether there was one."""
    if stems[-1] in KEY_WORDS:
        return stems[:-1], True
    if stems[0] in ("id", "fk"):
        return stems[1:], True
    return stems, False


def _looks_like_count(column: Column) -> bool:
    """A number named in the plural ("orders") counts things; it does not refer to one."""
    word = (split_identifier(column.name) or [""])[-1]
    return column.family.is_number and word.endswith("s") and not word.endswith("ss")


def _name_score(subject: tuple[str, ...], target: KeyTarget, keyed: bool) -> float:
    """How well the words of a column name the target's table."""
    if subject == target.table_stems:
        score = 0.92
    elif subject[-len(target.table_stems) :] == target.table_stems:
        score = 0.82
    elif target.table_stems[-len(subject) :] == subject:
        score = 0.75
    else:
        score = 0.5
    if not keyed:
        score -= 0.17
    return score if target.declared else score - 0.02


def _owns(table: Table, column_stems: tuple[str, ...]) -> bool:
    """Whether the column's words name that very table."""
    subject, _ = _subject(column_stems)
    stems = tuple(word for word in name_stems(table.name) if word not in LAYER_WORDS)
    return bool(subject) and stems[-len(subject) :] == subject


def _weighed(score: float, column: ColumnKey, target: KeyTarget, evidence: Evidence) -> float:
    """The score after looking at the values, where there are any."""
    key = (target.table.full_name, target.column.name)
    inclusion = evidence.inclusion(column, key)
    if evidence.distinct(column) > evidence.distinct(key) > 0 and inclusion is None:
        return 0.0
    if inclusion is None:
        return score
    if inclusion < _LEAST_INCLUSION:
        return 0.0
    return min(0.99, score * (0.9 + 0.15 * inclusion))


def _by_values(
    column: ColumnKey, stems: tuple[str, ...], targets: KeyTargets, evidence: Evidence
) -> list[tuple[KeyTarget, float]]:
    """Text keys that hold every value of the column and share a word with its name."""
    if evidence.distinct(column) < _MANY_VALUES or evidence.kind(column) in (
        ColumnKind.text,
        ColumnKind.date,
    ):
        return []
    return [
        (target, 0.68)
        for target in targets.texts
        if set(stems) & ({*target.column_stems, *target.table_stems} - KEY_WORDS)
        and evidence.inclusion(column, (target.table.full_name, target.column.name)) == 1.0
    ]


def _composite_edges(schema: Schema, taken: set[ColumnKey], linked: set[frozenset[str]]) -> list[JoinEdge]:
    """Tables that repeat all columns of another table's composite key."""
    holders: defaultdict[str, set[str]] = defaultdict(set)
    by_name = {table.full_name: table for table in schema.tables}
    for table in schema.tables:
        for column in table.columns:
            holders[column.name.lower()].add(table.full_name)
    edges = []
    for target in schema.tables:
        key = target.primary_key
        if len(key) < 2 or all(name.lower() in _GENERIC_NAMES for name in key):
            continue
        sharing = set.intersection(*(holders[name.lower()] for name in key)) - {target.full_name}
        for name in sorted(sharing):
            table = by_name[name]
            mine = [found.name for part in key if (found := table.column(part))]
            same_key = {part.lower() for part in table.primary_key} == {part.lower() for part in key}
            if same_key and (name > target.full_name or len(table.columns) <= len(target.columns)):
                continue
            if frozenset((name, target.full_name)) not in linked:
                edges.append(_inferred(table, tuple(mine), target, key, 0.75))
    return edges


def _inferred(
    table: Table, columns: tuple[str, ...], target: Table, ref_columns: tuple[str, ...], score: float
) -> JoinEdge:
    return JoinEdge(
        left_table=table.full_name,
        left_columns=columns,
        right_table=target.full_name,
        right_columns=ref_columns,
        declared=False,
        weight=round(1.5 + 2 * (1 - score), 3) + (_VIEW_EXTRA if table.is_view or target.is_view else 0.0),
        role=role_of(columns, target.name, NamePrefix.of(table).word),
    )


def _once_per_pair(edges: Sequence[JoinEdge]) -> list[JoinEdge]:
    """Two tables that share their key point at each other: keep the surer direction, else the first."""
    kept: dict[frozenset[ColumnKey], JoinEdge] = {}
    for edge in sorted(edges, key=lambda edge: (edge.weight, edge.left_table, edge.left_columns)):
        ends = frozenset({(edge.left_table, edge.left_columns[0]), (edge.right_table, edge.right_columns[0])})
        kept.setdefault(ends, edge)
    return list(kept.values())


def _target_of(schema: Schema, table: Table, key: ForeignKey) -> Table | None:
    schema_name = key.ref_schema or table.schema
    qualified = schema.table(f"{schema_name}.{key.ref_table}") if schema_name else None
    return qualified or schema.table(key.ref_table)
