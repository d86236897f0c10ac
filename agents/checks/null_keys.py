"""NOT IN a list with one empty cell finds nothing at all."""

from __future__ import annotations

from collections.abc import Iterator

from agents.checks.base import SKIPPED, Finding, Statement
from agents.checks.walk import nodes, queries, stored
from connectors.sql.reading import ColumnRef, In, IsNull, Predicate, Subquery
from connectors.sql.reading_joins import conjuncts

TITLE = "Empty cells do not hide rows"


def check(statement: Statement) -> Finding:
    if statement.safe is None or statement.reading is None:
        return SKIPPED
    looked = list(_lists(statement))
    for name, nulls in looked:
        if nulls:
            detail = f"{name} has {nulls:,} empty cells, and NOT IN a list with an empty cell finds no row."
            return Finding("warning", detail, {"column": name, "empty": nulls})
    return Finding("passed") if looked else SKIPPED


def _lists(statement: Statement) -> Iterator[tuple[str, int]]:
    """Columns that NOT IN looks through, with their number of empty cells."""
    assert statement.reading is not None
    for query in queries(statement.reading):
        for part in nodes((query.where, query.having)):
            if not (isinstance(part, In) and part.negated and isinstance(part.options, Subquery)):
                continue
            inner = part.options.query
            column = inner.outputs[0].expression if len(inner.outputs) == 1 else None
            if not isinstance(column, ColumnRef) or _filled(inner.where, column):
                continue
            found = stored(column, inner, statement.schema)
            if found is not None:
                profile = statement.profiles.get((found[0].full_name, found[1].name))
                yield f"{found[0].name}.{found[1].name}", (profile.nulls or 0) if profile is not None else 0


def _filled(where: Predicate | None, column: ColumnRef) -> bool:
    """Whether the sub-query leaves out empty cells itself."""
    return any(isinstance(p, IsNull) and p.negated and p.value == column for p in conjuncts(where))
