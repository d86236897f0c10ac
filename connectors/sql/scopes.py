"""Which base tables a tree names, by lexical scope."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp


def base_tables(tree: exp.Expr) -> Iterator[exp.Table]:
    """Every table that is no CTE visible at its place. Qualified names are never CTEs."""
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or table.arg_key == "indexed":
            continue
        if table.args.get("db") or table.args.get("catalog") or not is_cte(table):
            yield table


def is_cte(table: exp.Table) -> bool:
    """Whether a WITH clause around the table defines its name before this place.

    A CTE sees those written before it, and itself when the clause is recursive.
    """
    name = table.name.lower()
    inside: exp.Expr = table
    while inside.parent is not None:
        outer = inside.parent
        if isinstance(outer, exp.With):
            names = [cte.alias.lower() for cte in outer.expressions]
            place = next(i for i, cte in enumerate(outer.expressions) if cte is inside)
            if name in names[: place + 1 if outer.args.get("recursive") else place]:
                return True
        else:
            clause = outer.args.get("with_") or outer.args.get("with")
            if (
                isinstance(clause, exp.With)
                and clause is not inside
                and name in {c.alias.lower() for c in clause.expressions}
            ):
                return True
        inside = outer
    return False
