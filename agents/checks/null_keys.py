"""NOT IN a list with one empty cell finds nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agents.checks.base import SKIPPED, Finding, Rewrite, Statement
from agents.checks.walk import changed, nodes, queries, stored
from connectors.sql.reading import ColumnRef, In, IsNull, Predicate, Reading, Subquery
from connectors.sql.readings.joins import conjunction, conjuncts

TITLE = "Empty cells do not hide rows"


def check(statement: Statement) -> Finding:
    if statement.safe is None or statement.reading is None:
        return SKIPPED
    looked = list(_lists(statement))
    for name, nulls, condition in looked:
        if nulls:
            cells = "1 empty cell" if nulls == 1 else f"{nulls:,} empty cells"
            detail = f"{name} has {cells}, and NOT IN a list with an empty cell finds no row."
            rewrite = _filled_in(statement.reading, condition)
            return Finding("warning", detail, {"column": name, "empty": nulls}, (rewrite,))
    return Finding("passed") if looked else SKIPPED


def _filled_in(reading: Reading, condition: In) -> Rewrite:
    """The same, with a list that has no empty cell."""
    assert isinstance(condition.options, Subquery)
    inner = condition.options.query
    filled = IsNull(inner.outputs[0].expression, negated=True)
    options = Subquery(replace(inner, where=conjunction((*conjuncts(inner.where), filled))))

    def put(node: object) -> object:
        return replace(condition, options=options) if node == condition else node

    return Rewrite("Leave out the empty cells", "The list then holds values only.", changed(reading, put))


def _lists(statement: Statement) -> Iterator[tuple[str, int, In]]:
    """Columns that NOT IN looks through, with their number of empty cells, and the condition."""
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
                nulls = (profile.nulls or 0) if profile is not None else 0
                yield f"{found[0].name}.{found[1].name}", nulls, part


def _filled(where: Predicate | None, column: ColumnRef) -> bool:
    """Whether the sub-query leaves out empty cells itself."""
    return any(isinstance(p, IsNull) and p.negated and p.value == column for p in conjuncts(where))
