"""What may stand in FROM: tables that the reader may read, and functions that make rows."""

from __future__ import annotations

import re

from sqlglot import exp

from connectors.errors import FailureKind, QueryRejected
from connectors.sql.dialects import ACCOUNT_WORDS, table_functions
from connectors.sql.home import means, written
from connectors.sql.policy import ReadPolicy
from connectors.sql.scopes import base_tables

CATALOG_DIALECTS = frozenset({"bigquery", "snowflake", "trino"})
"""Where a name has three parts as a matter of course."""
DUAL_DIALECTS = frozenset({"mysql", "snowflake"})
FILE_LIKE = re.compile(
    r"^[.~]|[/\\*?:]|\.(csv|tsv|txt|parquet|json\w*|ndjson|geojson|xlsx?|db|duckdb|sqlite\d?|gz|zst|arrows?|avro|orc|feather|shp|log)$",
    re.IGNORECASE,
)
FILE_PATH = re.compile(
    r"[/\\*?:]|\.(csv|tsv|parquet|json|jsonl|ndjson|geojson|xlsx|shp)(\.(gz|zst))?$", re.IGNORECASE
)
"""DuckDB reads the file `sales.csv` also where a query says `FROM sales.csv`."""
NUMBERS = re.compile(r"seq_(\d{1,18})_to_(\d{1,18})(?:_step_(\d{1,18}))?", re.IGNORECASE)
"""MariaDB makes a table of numbers of any name like this."""
_HIDDEN_STATEMENTS = frozenset({"show", "describe", "desc", "summarize", "pragma", "call"})
"""DuckDB runs these in parentheses, where sqlglot sees a table of that name."""
_ROW_MAKERS = (exp.Explode, exp.Generator, exp.SplitToTable, exp.StrtokSplitToTable)
"""What Snowflake's TABLE(…) may hold."""


def tables_read(tree: exp.Expr, policy: ReadPolicy, dialect: str, sql: str) -> frozenset[str]:
    """Lower-case names of the stored tables a tree reads; raises `QueryRejected` for one that may not be read."""
    found = set()
    for table in base_tables(tree):
        if not is_made_up(table, dialect):
            found.add(_readable(table, policy, dialect, sql))
    return frozenset(found) | searched_tables(tree, policy, dialect)


def searched_tables(tree: exp.Expr, policy: ReadPolicy, dialect: str) -> frozenset[str]:
    """Full-text tables of SQLite that are read as `docs('words')`."""
    tables = tree.find_all(exp.Table) if dialect == "sqlite" else ()
    return frozenset(table.this.name.lower() for table in tables if is_full_text(table, policy))


def check_source(node: exp.Expr, policy: ReadPolicy, dialect: str) -> None:
    """Raises `QueryRejected` for a form of FROM, or a function in it, that is not listed."""
    if isinstance(node, exp.TableFromRows):
        if not isinstance(node.this, _ROW_MAKERS):
            raise _refuse("This function may not be read from.", "table-function")
        return
    if not isinstance(node, exp.Table) or isinstance(node.this, exp.Identifier):
        return
    call = node.this
    if call is None and node.args.get("rows_from"):
        return
    if not isinstance(call, exp.Func):
        raise _refuse("This form of FROM is not allowed.", "from")
    if dialect == "trino" and isinstance(call, exp.Anonymous) and call.name.upper() == "TABLE":
        inner = call.expressions
        if len(inner) != 1 or not isinstance(inner[0], exp.Func):
            raise _refuse("This form of FROM is not allowed.", "from")
        call = inner[0]
    if dialect == "sqlite" and is_full_text(node, policy):
        return
    if dialect == "postgres" and isinstance(call, exp.Func):
        return  # every function may stand in FROM there, and which may be called is checked of each
    if not _spellings(call) & table_functions(dialect):
        raise _refuse(f"The function {spoken(call)} may not be read from.", "table-function")


def is_full_text(table: exp.Table, policy: ReadPolicy) -> bool:
    """Whether it is SQLite's `docs('words')`: the rows of the readable table `docs` that match."""
    call = table.this
    if not isinstance(call, exp.Anonymous) or policy.tables is None or table.args.get("db"):
        return False
    key = policy.key(call.name, None)
    plain = key not in policy.rewrites and key not in policy.columns
    return plain and len(call.expressions) == 1 and policy.may_read(call.name, None)


def spoken(function: exp.Func) -> str:
    return function.name if isinstance(function, exp.Anonymous) else function.sql_name()


def numbers_made(table: exp.Table, dialect: str) -> int | None:
    """How many rows MariaDB makes for a table of this name; None for a stored table."""
    found = NUMBERS.fullmatch(table.name) if dialect == "mysql" and not table.args.get("db") else None
    if found is None:
        return None
    return abs(int(found[2]) - int(found[1])) // max(int(found[3] or 1), 1) + 1


def is_made_up(table: exp.Table, dialect: str) -> bool:
    """Whether the engine makes the table's rows of its name: DUAL, and MariaDB's tables of numbers."""
    dual = (
        dialect in DUAL_DIALECTS
        and table.name.upper() == "DUAL"
        and not table.this.args.get("quoted")
        and not table.args.get("db")
    )
    return dual or numbers_made(table, dialect) is not None


def _readable(table: exp.Table, policy: ReadPolicy, dialect: str, sql: str) -> str:
    name, schema, catalog = table.name, table.text("db"), table.text("catalog")
    if catalog and dialect not in CATALOG_DIALECTS:
        raise _refuse("Name tables by schema and table only.", "catalog")
    if dialect == "duckdb":
        _check_duckdb(table, policy, sql)
    if dialect == "trino" and ("$" in name or catalog.lower() == "jmx"):
        raise _refuse("What a table is made of may not be read.", "catalog")
    if (
        dialect == "postgres"
        and not schema
        and name.lower() in ACCOUNT_WORDS
        and not table.this.args.get("quoted")
    ):
        raise _refuse(f"{name} is not allowed.", "session")
    if _is_another(table.args.get("db"), policy.default_schema, dialect) or not policy.may_read(
        name, schema, catalog
    ):
        raise _refuse(f"There is no table {name} that you may read.", "table")
    return ".".join(part for part in (catalog, schema, name) if part).lower()


def _is_another(space: exp.Expr | None, default: str | None, dialect: str) -> bool:
    """Whether the engine tells the schema from the default one by its case alone; policies do not."""
    if space is None or default is None or space.name.lower() != default.lower():
        return False
    return not means(space, default, dialect)


def _check_duckdb(table: exp.Table, policy: ReadPolicy, sql: str) -> None:
    name = table.name
    if name.lower() in _HIDDEN_STATEMENTS and not table.this.args.get("quoted"):
        raise _refuse(f"Only queries that read are allowed, not {name.upper()}.", "root")
    if policy.tables is None:
        start = table.this.meta.get("start")
        path = ".".join(part.name for part in written(table))
        if (
            FILE_LIKE.search(name)
            or FILE_PATH.search(path)
            or (start is not None and sql[start : start + 1] == "'")
        ):
            raise _refuse("Files may not be read.", "file")


def _spellings(function: exp.Func) -> frozenset[str]:
    if isinstance(function, exp.Anonymous):
        return frozenset({function.name.lower()})
    return frozenset(name.lower().replace("_", "") for name in function.sql_names())


def _refuse(message: str, rule: str) -> QueryRejected:
    return QueryRejected(message, kind=FailureKind.permission, rule=rule)
