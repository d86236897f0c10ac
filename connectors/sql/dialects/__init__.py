"""What each engine's SQL may use, as data: syntax classes, functions, table functions.

The lists are allow-lists. A new sqlglot or engine version is taken in by running the corpora again.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

DIALECTS = ("postgres", "mysql", "sqlite", "duckdb", "bigquery", "snowflake", "trino")

TABLE_FUNCTIONS: dict[str, frozenset[str]] = {
    "postgres": frozenset(
        {
            "generate_series", "unnest", "json_array_elements", "json_array_elements_text", "jsonb_array_elements",
            "jsonb_array_elements_text", "json_each", "json_each_text", "jsonb_each", "jsonb_each_text", "json_object_keys",
            "jsonb_object_keys", "jsonb_path_query", "regexp_split_to_table", "regexp_matches", "string_to_table",
            "generate_subscripts", "json_to_recordset", "jsonb_to_recordset", "json_to_record", "jsonb_to_record",
            "regexp_match", "json_table",
        }
    ),
    "mysql": frozenset({"json_table"}),
    "sqlite": frozenset({"json_each", "json_tree", "jsonb_each", "jsonb_tree", "generate_series"}),
    "duckdb": frozenset({"generate_series", "range", "unnest", "json_each", "json_tree"}),
    "bigquery": frozenset({"unnest"}),
    "snowflake": frozenset({"flatten", "split_to_table", "strtok_split_to_table"}),
    "trino": frozenset({"unnest", "sequence", "json_table"}),
}  # fmt: skip
"""Functions that may stand in FROM."""

SYSTEM_SCHEMAS = frozenset(
    {"information_schema", "pg_catalog", "pg_toast", "pg_temp", "mysql", "performance_schema", "sys", "system", "duckdb", "account_usage", "snowflake"}
)  # fmt: skip
SYSTEM_TABLES = frozenset(
    {
        "dbstat", "bytecode", "tables_used", "completion", "fsdir", "vfsstat", "btreeinfo", "generate_series", "wholenumber",
        "__tables__", "__tables_summary__",
    }
)  # fmt: skip
"""Virtual tables of SQLite that show the insides or never end, and tables of BigQuery that list others."""
SYSTEM_PREFIXES = ("pg_", "sqlite_", "duckdb_", "pragma_", "sqlite3_", "innodb_")
ACCOUNT_WORDS = frozenset(
    {
        "current_user", "session_user", "system_user", "current_role", "current_catalog", "current_schema", "current_database", "user",
    }
)  # fmt: skip
"""Read without parentheses, they tell about the account and not about the data."""


def _words(name: str) -> frozenset[str]:
    lines = files(__package__).joinpath(name).read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def table_functions(dialect: str) -> frozenset[str]:
    """Those functions, with and without underscores: sqlglot writes some of its own with more of them."""
    names = TABLE_FUNCTIONS[dialect]
    return names | {name.replace("_", "") for name in names} | _SERIES_CLASSES


_SERIES_CLASSES = frozenset({"generateseries", "explodinggenerateseries"})
QUALIFIERS: dict[str, frozenset[str]] = {"bigquery": frozenset({"safe", "net", "hll_count"})}
"""Built-in name spaces that may stand before a function."""
SCHEMA_WORDS = SYSTEM_SCHEMAS | {"main", "memory", "temp"}
"""DuckDB's own schemas and databases: before a dot they are no column whose method is called."""


@cache
def functions(dialect: str) -> frozenset[str]:
    """Lower-case names of the functions that may be called in `dialect`."""
    return _words("common.txt") | _words(f"{dialect}.txt") | TABLE_FUNCTIONS[dialect]


@cache
def function_classes() -> frozenset[str]:
    """Names of the sqlglot classes of functions and operators that may occur in a tree."""
    return _words("function_classes.txt")


@cache
def structure_words() -> frozenset[str]:
    """Words that may stand before a parenthesis without calling anything."""
    return _words("structure.txt")


@cache
def node_classes() -> frozenset[str]:
    """Names of the sqlglot classes that may occur in a statement, functions aside."""
    return _words("nodes.txt")
