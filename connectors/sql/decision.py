"""Whether a statement may run: parse, then allow by list.

It allows by list (syntax classes, functions, table functions, tables by scope) and refuses what it
does not fully understand.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sqlglot import exp

from connectors.errors import FailureKind, QueryRejected
from connectors.sql.bounds import MAX_SERIES, check_bounds
from connectors.sql.calls import check_calls
from connectors.sql.columns import check_columns
from connectors.sql.dialects import function_classes, functions, node_classes, table_functions
from connectors.sql.lexical import screen
from connectors.sql.parsing import parse_one
from connectors.sql.policy import ReadPolicy
from connectors.sql.restriction import restricted_text
from connectors.sql.scopes import base_tables

ROOTS = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)
DUCKDB_ROOTS = (*ROOTS, exp.Pivot)
CATALOG_DIALECTS = frozenset({"bigquery", "snowflake", "trino"})
"""Where a name has three parts as a matter of course."""
FILE_LIKE = re.compile(
    r"[/\\*?:]|\.(csv|tsv|txt|parquet|json\w*|ndjson|xlsx?|db|duckdb|sqlite\d?|gz|zst|arrow|avro)$",
    re.IGNORECASE,
)
SEQUENCE = re.compile(r"seq_(\d{1,18})_to_(\d{1,18})(_step_\d{1,18})?", re.IGNORECASE)
"""MariaDB makes a table of numbers of any name like this."""
_ACCOUNT = frozenset(
    {"current_user", "session_user", "system_user", "current_role", "current_catalog", "current_schema", "current_database"}
)  # fmt: skip
_ROW_INSIDES = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
SESSION_WORDS: dict[str, frozenset[str]] = {
    "postgres": _ACCOUNT | _ROW_INSIDES | {"user"},
    "sqlite": frozenset(),
    "mysql": frozenset({"current_user", "current_role"}),
}
"""Read without parentheses, they tell about the account or the storage and not about the data."""
USER_TYPES: dict[str, frozenset[str]] = {
    "postgres": frozenset(
        {"citext", "tsvector", "tsquery", "macaddr", "macaddr8", "jsonpath", "ltree", "char", "point", "box", "circle", "line", "lseg", "path", "polygon", "varbit", "hstore"}
    ),
}  # fmt: skip
"""Types that sqlglot does not know by itself. A table's row type is one too, so the others are refused."""
_HIDDEN_TYPES = frozenset({"XML", "UNKNOWN", "OBJECT_IDENTIFIER"})
_HIDDEN_STATEMENTS = frozenset({"show", "describe", "desc", "summarize", "pragma", "call"})
"""DuckDB runs these in parentheses, where sqlglot sees a table of that name."""


def decision(sql: str, dialect: str, policy: ReadPolicy, *, rewrite: bool) -> tuple[str, frozenset[str]]:
    """The text that may run and the tables it reads; raises `QueryRejected`.

    With `rewrite` the policy's row filters and masks are put in; otherwise the text stays as it is.
    """
    tree, tables = _check(sql, dialect, policy)
    if not rewrite or not policy.rewrites:
        return sql, tables
    text, replaced = restricted_text(sql, tree, policy, dialect)
    if not replaced:
        return sql, tables
    again, tables = _check(text, dialect, replace(policy, columns={}))
    if sum(policy.key(t.name, t.text("db")) in policy.rewrites for t in base_tables(again)) != replaced:
        raise _refuse("The statement cannot be read through the row filter of its tables.", "restriction")
    return text, tables


def _check(sql: str, dialect: str, policy: ReadPolicy) -> tuple[exp.Expr, frozenset[str]]:
    """The tree of an allowed statement and the tables it reads; raises `QueryRejected`."""
    tokens = screen(sql, dialect)
    tree = parse_one(sql, dialect)
    if not isinstance(tree, DUCKDB_ROOTS if dialect == "duckdb" else ROOTS):
        raise _refuse(f"Only queries that read are allowed, not {tree.key.upper()}.", "root")
    if dialect == "sqlite":
        for clause in tree.find_all(exp.With):
            clause.set("recursive", True)  # SQLite needs no RECURSIVE: every CTE sees itself
    for node in tree.walk():
        _check_node(node, dialect)
    check_calls(tokens, tree, dialect)
    check_bounds(tree)
    tables = frozenset(_check_table(table, policy, dialect) for table in base_tables(tree))
    check_columns(tree, policy)
    return tree, tables


def _refuse(message: str, rule: str, kind: FailureKind = FailureKind.permission) -> QueryRejected:
    return QueryRejected(message, kind=kind, rule=rule)


def _check_node(node: exp.Expr, dialect: str) -> None:
    if isinstance(node, exp.Func) and not isinstance(node, exp.Connector):
        _check_function(node, dialect)
    elif type(node).__name__ not in node_classes():
        raise _refuse(f"This kind of SQL is not allowed: {type(node).__name__}.", "syntax")
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
        raise _refuse("Functions may not be called with a schema name.", "qualified-function")
    if isinstance(node, exp.In) and node.args.get("field") is not None:
        raise _refuse("Write the values of IN, or a sub-query, in parentheses.", "in-table")
    if isinstance(node, exp.Column):
        _check_session_word(node, dialect)
    if isinstance(node, exp.DataType):
        _check_type(node, dialect)
    if isinstance(node, exp.Select) and any(
        str(modifier).upper() == "SQL_CALC_FOUND_ROWS"
        for modifier in node.args.get("operation_modifiers") or []
    ):
        raise _refuse("SQL_CALC_FOUND_ROWS is not allowed.", "session")
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Func):
        if not _spellings(node.this) & table_functions(dialect):
            raise _refuse(f"The function {_spoken(node.this)} may not be read from.", "table-function")
    elif isinstance(node, exp.Table) and not isinstance(node.this, exp.Identifier):
        raise _refuse("This form of FROM is not allowed.", "from")


def _check_session_word(column: exp.Column, dialect: str) -> None:
    word = column.name.lower()
    known = SESSION_WORDS.get(dialect, _ACCOUNT)
    if word in known and (word in _ROW_INSIDES or (not column.table and not column.this.args.get("quoted"))):
        raise _refuse(f"{column.name} is not allowed.", "session")
    if dialect == "duckdb" and word == "user" and not column.table:
        select = column.find_ancestor(exp.Select)
        if select is None or select.args.get("from_") is None:
            raise _refuse("user is not allowed.", "session")


def _check_type(kind: exp.DataType, dialect: str) -> None:
    name = kind.this.name if isinstance(kind.this, exp.DType) else str(kind.this)
    if name == "USERDEFINED":
        spelled = kind.args.get("kind")
        written = spelled.name if isinstance(spelled, exp.Identifier) else spelled
        if dialect == "sqlite" or (
            isinstance(written, str) and written.lower() in USER_TYPES.get(dialect, ())
        ):
            return
        raise _refuse("This type is not allowed.", "type")
    if name in _HIDDEN_TYPES:
        raise _refuse(f"The type {name} is not allowed.", "type")


def _check_function(function: exp.Func, dialect: str) -> None:
    if isinstance(function, exp.Anonymous | exp.AnonymousAggFunc):
        known = function.name in functions(dialect) or (
            function.name.lower() in functions(dialect) and not isinstance(function.this, exp.Identifier)
        )
    else:
        known = type(function).__name__ in function_classes()
    if not known:
        raise _refuse(f"The function {_spoken(function)} is not allowed.", "function")


def _spoken(function: exp.Func) -> str:
    return function.name if isinstance(function, exp.Anonymous) else function.sql_name()


def _spellings(function: exp.Func) -> frozenset[str]:
    if isinstance(function, exp.Anonymous):
        return frozenset({function.name.lower()})
    return frozenset(name.lower().replace("_", "") for name in function.sql_names())


def _check_table(table: exp.Table, policy: ReadPolicy, dialect: str) -> str:
    name, schema = table.name, table.text("db")
    catalog = table.text("catalog")
    if catalog and dialect not in CATALOG_DIALECTS:
        raise _refuse("Name tables by schema and table only.", "catalog")
    if dialect == "duckdb" and name.lower() in _HIDDEN_STATEMENTS and not table.this.args.get("quoted"):
        raise _refuse(f"Only queries that read are allowed, not {name.upper()}.", "root")
    if dialect == "duckdb" and policy.tables is None and FILE_LIKE.search(name):
        raise _refuse("Files may not be read.", "file")
    members = SEQUENCE.fullmatch(name) if dialect == "mysql" else None
    if members is not None and abs(int(members[2]) - int(members[1])) > MAX_SERIES:
        raise _refuse(f"A series may have at most {MAX_SERIES:,} members.", "bounds", FailureKind.resource)
    if not policy.may_read(name, schema, catalog):
        raise _refuse(f"There is no table {name} that you may read.", "table")
    return ".".join(part for part in (catalog, schema, name) if part).lower()
