"""Which base tables a tree names, by lexical scope."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

_IS_CTE = "is_cte"
_SEVERAL_STEPS = frozenset({"sqlite", "mysql"})
_RECURSIVE_UNTOLD = frozenset({"sqlite", "snowflake"})
"""Where a CTE sees itself without the word RECURSIVE."""


def resolve(tree: exp.Expr, dialect: str) -> None:
    """Mark every table name that means a CTE, by the engine's rules of scope and of spelling.

    `base_tables` and `is_cte` tell what was found here.
    """
    if dialect in _RECURSIVE_UNTOLD:
        for clause in tree.find_all(exp.With):
            clause.set("recursive", True)
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier):
            qualified = table.args.get("db") or table.args.get("catalog")
            if qualified:
                table.meta[_IS_CTE] = dialect == "bigquery" and _is_path(table)
            else:
                table.meta[_IS_CTE] = _means_cte(table, dialect)


def base_tables(tree: exp.Expr) -> Iterator[exp.Table]:
    """Every table that is no CTE visible at its place. Qualified names are none, but in BigQuery paths into a row."""
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and table.arg_key != "indexed" and not is_cte(table):
            yield table


def is_cte(table: exp.Table) -> bool:
    """Whether a WITH clause around the table defines its name before this place."""
    return bool(table.meta[_IS_CTE])


def _is_path(table: exp.Table) -> bool:
    """Whether BigQuery reads `FROM o.items` in a sub-query as the array of a row of the query around it.

    What stands in FROM, and in WITH, does not see that query's rows.
    """
    first = (table.args.get("catalog") or table.args["db"]).name.lower()
    inside: exp.Expr = table
    while inside.parent is not None:
        outer = inside.parent
        if isinstance(outer, exp.Select) and not isinstance(inside, exp.From | exp.Join | exp.With):
            sources = [outer.args.get("from_"), *(outer.args.get("joins") or [])]
            if any(source is not None and source.alias_or_name.lower() == first for source in sources):
                return True
        inside = outer
    return False


def _means_cte(table: exp.Table, dialect: str) -> bool:
    """A CTE sees those written before it, and itself in the steps of a recursion."""
    name = spelling(table.this, dialect)
    inside: exp.Expr = table
    while inside.parent is not None:
        outer = inside.parent
        if isinstance(outer, exp.With) and isinstance(inside, exp.CTE):
            place = next(i for i, cte in enumerate(outer.expressions) if cte is inside)
            own = outer.args.get("recursive") and _is_step(table, inside, dialect)
            seen = outer.expressions[: place + 1 if own else place]
            if any(_name(cte, dialect) == name for cte in seen):
                return True
        else:
            clause = outer.args.get("with_")
            visible = clause.expressions if isinstance(clause, exp.With) and clause is not inside else ()
            if any(_name(cte, dialect) == name for cte in visible):
                return True
        inside = outer
    return False


def _is_step(table: exp.Table, cte: exp.Expr, dialect: str) -> bool:
    """Whether a place in a CTE's body is in a step of its recursion; elsewhere DuckDB reads the stored table.

    A step is what stands right of the last UNION; SQLite and MySQL take several.
    """
    body = cte.this.unnest()
    if not isinstance(body, exp.Union) or body.args.get("by_name"):
        return False
    first = body.left.unnest()
    while dialect in _SEVERAL_STEPS and isinstance(first, exp.SetOperation):
        first = first.left.unnest()
    node: exp.Expr | None = table
    while node is not None and node is not first:
        node = node.parent
    return node is None


def _name(cte: exp.Expr, dialect: str) -> str:
    alias = cte.args["alias"].this
    return spelling(alias, dialect) if isinstance(alias, exp.Identifier) else ""


def spelling(identifier: exp.Identifier, dialect: str) -> str:
    """The name as the engine compares it. Only ASCII letters fold: to Python, the Kelvin sign is a k."""
    text = identifier.name
    exact = identifier.args.get("quoted") and dialect in ("postgres", "snowflake")
    if exact or dialect == "mysql":
        return text
    fold = str.upper if dialect == "snowflake" else str.lower
    return "".join(fold(c) if c.isascii() else c for c in text)
