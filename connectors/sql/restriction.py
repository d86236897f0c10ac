"""A statement with a reader's row filters and masks put in.

Each table that has some is replaced, where its name stands in the text, by a derived table that shows only
what the reader may see. Everything else of the text stays as it was written.
"""

from __future__ import annotations

from sqlglot import exp

from connectors.errors import FailureKind, QueryRejected
from connectors.sql.policy import ReadPolicy
from connectors.sql.scopes import base_tables


def restricted_text(sql: str, tree: exp.Expr, policy: ReadPolicy, dialect: str) -> tuple[str, int]:
    """The rewritten text, and how many tables were replaced in it; raises `QueryRejected`."""
    changes = []
    for table in base_tables(tree):
        key = policy.key(table.name, table.text("db"))
        if key in policy.rewrites:
            changes.append(_change(sql, table, key, policy, dialect))
    for start, end, text in sorted(changes, reverse=True):
        sql = sql[:start] + text + sql[end:]
    return sql, len(changes)


def _change(sql: str, table: exp.Table, key: str, policy: ReadPolicy, dialect: str) -> tuple[int, int, str]:
    """(start, end, new text) for one table's name."""
    identifiers = [part for part in (table.args.get("db"), table.this) if isinstance(part, exp.Identifier)]
    try:
        start, end = identifiers[0].meta["start"], identifiers[-1].meta["end"] + 1
    except KeyError as error:
        raise _refuse("This form of FROM cannot be read through a row filter.") from error
    name = sql[start:end]
    if table.args.get("only") or table.args.get("hints") or table.args.get("partition"):
        raise _refuse("This form of FROM cannot be read through a row filter.")
    condition = policy.row_filters.get(key)
    shown = _columns(key, policy, dialect)
    derived = f"SELECT {shown} FROM {name}"  # noqa: S608 - checked again as a whole
    derived = f"({derived} WHERE {condition})" if condition else f"({derived})"
    return start, end, derived if table.alias else f"{derived} AS {identifiers[-1].sql(dialect=dialect)}"


def _columns(key: str, policy: ReadPolicy, dialect: str) -> str:
    masks = {column.lower(): text for column, text in policy.masks.get(key, {}).items()}
    allowed = policy.columns.get(key)
    if not masks and allowed is None:
        return "*"
    table = policy.schema.table(key) if policy.schema is not None else None
    if table is None:
        raise _refuse(f"There is no table {key} that you may read.", "table")
    shown = []
    for column in table.columns:
        if allowed is not None and column.name.lower() not in allowed:
            continue
        name = exp.to_identifier(column.name, quoted=True).sql(dialect=dialect)
        mask = masks.get(column.name.lower())
        shown.append(name if mask is None else f"{mask} AS {name}")
    return ", ".join(shown)


def _refuse(message: str, rule: str = "restriction") -> QueryRejected:
    return QueryRejected(message, kind=FailureKind.permission, rule=rule)
