"""Names with the connection's own database in front: `shop.public.orders`, `shop.orders`.

They mean what the shorter name means. Any other database stays what it is, and the guard refuses it.
"""

from __future__ import annotations

from sqlglot import exp

from connectors.base import Schema
from connectors.sql.scopes import spelling

WITHOUT_SCHEMA = frozenset({"duckdb"})
"""Where the schema may be left out between the database and the table."""
_LEFT_OUT = "left_out"


def leave_out_catalog(tree: exp.Expr, dialect: str, catalog: str | None) -> None:
    """Take the connection's own database from the names of tables; `written` still tells it."""
    if catalog is None:
        return
    for table in tree.find_all(exp.Table):
        outermost = _catalog_of(table, dialect)
        part = table.args.get(outermost)
        if isinstance(table.this, exp.Identifier) and means(part, catalog, dialect):
            table.meta[_LEFT_OUT] = part
            table.set(outermost, None)


def leave_out(tree: exp.Expr, dialect: str, schema: Schema | None) -> None:
    """Take the database and the default schema from the names of tables, which is how `schema` knows them.

    A name that a WITH clause also gives keeps its schema, because the bare name could mean that.
    """
    if schema is None or not schema.home:
        return
    *catalog, default = schema.home
    leave_out_catalog(tree, dialect, catalog[0] if catalog else None)
    given = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    left: set[str] = set()
    for table in tree.find_all(exp.Table):
        space = table.args.get("db")
        if table.args.get("catalog") or table.name.lower() in given:
            continue
        own = space is None and table.meta.get(_LEFT_OUT) is not None
        if own:
            left.add(table.alias_or_name.lower())
        elif means(space, default, dialect) and schema.table(table.name) is not None:
            table.set("db", None)
            left.add(table.alias_or_name.lower())
    _leave_out_of_columns(tree, left, [name.lower() for name in schema.home])


def _leave_out_of_columns(tree: exp.Expr, tables: set[str], home: list[str]) -> None:
    """`shop.public.orders.id` is `orders.id`, unless `shop` or `public` is a source itself: then it may be a part of a row."""
    sources = {source.alias_or_name.lower() for source in tree.find_all(exp.Table, exp.Subquery)}
    for column in tree.find_all(exp.Column):
        before = [part.name.lower() for part in (column.args.get("catalog"), column.args.get("db")) if part]
        if before and column.table.lower() in tables and set(before) <= set(home) - sources:
            column.set("catalog", None)
            column.set("db", None)


def written(table: exp.Table) -> list[exp.Expr]:
    """The parts of a table's name as they stand in the text, outermost first."""
    parts = [table.meta.get(_LEFT_OUT), table.args.get("catalog"), table.args.get("db"), table.this]
    return [part for part in parts if part is not None]


def schema_of(column: exp.Column, dialect: str, catalog: str | None) -> str:
    """The schema before a column's table; empty where there is only the connection's own database."""
    space = column.args.get("db")
    alone = dialect in WITHOUT_SCHEMA and column.args.get("catalog") is None
    return "" if alone and catalog is not None and means(space, catalog, dialect) else column.text("db")


def _catalog_of(table: exp.Table, dialect: str) -> str:
    return "catalog" if table.args.get("catalog") or dialect not in WITHOUT_SCHEMA else "db"


def means(part: exp.Expr | None, name: str, dialect: str) -> bool:
    """Whether the engine compares a part of a name equal to the database's or the schema's own name."""
    return isinstance(part, exp.Identifier) and spelling(part, dialect) == spelling(
        exp.to_identifier(name, quoted=True), dialect
    )
