"""A reviewed statement for another question of the same form: only its literals change.

"Orders in France in 2023" with its SQL answers "orders in Spain in 2024" when France and 2023 are
literals of that SQL. Anything less certain gives None, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from knowledge.base import Pattern, ValueIndex
from knowledge.questions import Token, differences
from knowledge.text import stems

_YEAR = re.compile(r"(?:1[89]|20|21)\d\d")
_DATE_START = re.compile(r"(\d{4})(?=-\d{2}|$)")


def adapt(pattern: Pattern, question: str, dialect: str, values: ValueIndex | None = None) -> str | None:
    """The pattern's SQL with the literals of `question`, or None when they differ by more than literals.

    With `values`, a name must be stored in the very column the old one was compared with, and is taken
    as it is stored. The statement is text like any other: the guard decides whether it may run.
    """
    if pattern.negative:
        return None
    changes = differences(pattern.question, question)
    if changes is None:
        return None
    if not changes:
        return pattern.sql
    try:
        tree = sqlglot.parse_one(pattern.sql, read=dialect)
    except SqlglotError:
        return None
    tables = _tables_by_alias(tree)
    # What one change writes must not be taken for what another one looks for.
    literals = list(tree.find_all(exp.Literal))
    planned: dict[int, str] = {}
    for old, new in changes:
        found = _replacements(literals, old, new, question, tables, values)
        if not found or planned.keys() & found.keys():
            return None
        planned.update(found)
    for number, text in planned.items():
        literals[number].set("this", text)
    return tree.sql(dialect=dialect)


def _replacements(
    literals: Sequence[exp.Literal],
    old: Sequence[Token],
    new: Sequence[Token],
    question: str,
    tables: dict[str, str],
    values: ValueIndex | None,
) -> dict[int, str]:
    """Literal number → its new text, for one difference; empty when the literals do not carry it."""
    if len(old) == len(new) == 1 and old[0].is_number and new[0].is_number:
        return _numbers(literals, old[0].key, new[0].key)
    if any(token.is_number for token in (*old, *new)) or not new:
        return {}
    name = question[new[0].start : new[-1].end]
    return _names(literals, [token.key for token in old], name, tables, values)


def _numbers(literals: Sequence[exp.Literal], old: str, new: str) -> dict[int, str]:
    if _YEAR.fullmatch(old) and _YEAR.fullmatch(new):
        dates = _years(literals, int(old), int(new))
        if dates:
            return dates
    same = [
        number for number, literal in enumerate(literals) if not literal.is_string and literal.this == old
    ]
    return {same[0]: new} if len(same) == 1 and re.fullmatch(r"\d+(\.\d+)?", new) else {}


def _years(literals: Sequence[exp.Literal], old: int, new: int) -> dict[int, str]:
    """A year moves all dates of its range: from 2023-01-01 up to 2024-01-01 becomes 2024-01-01 up to 2025-01-01."""
    found: dict[int, str] = {}
    years: set[int] = set()
    for number, literal in enumerate(literals):
        if not literal.is_string and not (literal.this.isdigit() and int(literal.this) == old):
            continue
        match = _DATE_START.match(literal.this)
        if match is None:
            continue
        moved = f"{int(match[1]) + new - old:04d}{literal.this[4:]}"
        if not _is_date(moved):
            return {}
        years.add(int(match[1]))
        found[number] = moved
    return found if old in years and years <= {old, old + 1} else {}


def _is_date(text: str) -> bool:
    if len(text) < 10:
        return True
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _names(
    literals: Sequence[exp.Literal],
    old: list[str],
    name: str,
    tables: dict[str, str],
    values: ValueIndex | None,
) -> dict[int, str]:
    found: dict[int, str] = {}
    for number, literal in enumerate(literals):
        if not literal.is_string or stems(literal.this.strip("%")) != old:
            continue
        stored = name if values is None else _stored(literal, name, tables, values)
        if stored is None:
            return {}
        wild = literal.this
        before, after = "%" if wild.startswith("%") else "", "%" if wild.endswith("%") else ""
        lowered = wild == wild.lower() != wild.upper() and isinstance(literal.parent, exp.EQ)
        text = stored.lower() if lowered and _compares_lower(literal) else stored
        found[number] = f"{before}{text}{after}"
    return found


def _compares_lower(literal: exp.Literal) -> bool:
    other = literal.parent.left if isinstance(literal.parent, exp.Binary) else None
    return isinstance(other, exp.Lower)


def _stored(literal: exp.Literal, name: str, tables: dict[str, str], values: ValueIndex) -> str | None:
    """The name as the column stores it that the literal is compared with; None when it is not there."""
    column = _compared_column(literal)
    if column is None:
        return None
    table = tables.get(column.table.lower()) if column.table else None
    if table is None and len(set(tables.values())) == 1:
        table = next(iter(tables.values()))
    for match in values.find(name, limit=24, fuzzy=False):
        same_column = match.column.lower() == column.name.lower()
        same_table = table is None or match.table.lower() in (table, table.rpartition(".")[2])
        if same_column and same_table and match.how in ("exact", "case", "stem", "alias"):
            return match.value
    return None


def _compared_column(literal: exp.Literal) -> exp.Column | None:
    node = literal.parent
    while node is not None and not isinstance(node, exp.Binary | exp.In | exp.Between | exp.Select):
        node = node.parent
    if node is None or isinstance(node, exp.Select | exp.Connector):
        return None
    columns = list(node.this.find_all(exp.Column)) if isinstance(node.this, exp.Expr) else []
    if not columns and isinstance(node, exp.Binary):
        columns = list(node.expression.find_all(exp.Column))
    return columns[0] if len(columns) == 1 else None


def _tables_by_alias(tree: exp.Expr) -> dict[str, str]:
    return {
        table.alias_or_name.lower(): ".".join(part for part in (table.db, table.name) if part).lower()
        for table in tree.find_all(exp.Table)
    }
