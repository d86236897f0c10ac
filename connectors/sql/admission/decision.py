"""Whether a statement may run: parse, then allow by list.

It allows by list (syntax classes, functions, table functions, tables by scope) and refuses what it
does not fully understand.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from connectors.errors import FailureKind, QueryRejected
from connectors.sql.admission.bounds import check_bounds
from connectors.sql.admission.calls import check_calls
from connectors.sql.admission.casts import check_type
from connectors.sql.admission.columns import check_columns
from connectors.sql.admission.lexical import screen
from connectors.sql.admission.parsing import parse_one
from connectors.sql.admission.restriction import reads_of, restricted_text
from connectors.sql.admission.sources import check_source, is_full_text, searched_tables, spoken, tables_read
from connectors.sql.dialects import (
    ACCOUNT_WORDS,
    QUALIFIERS,
    SCHEMA_WORDS,
    function_classes,
    functions,
    node_classes,
)
from connectors.sql.grammars.postgres import BUILT_IN_OPERATORS
from connectors.sql.home import leave_out_catalog
from connectors.sql.policy import ReadPolicy

ROOTS = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)
DUCKDB_ROOTS = (*ROOTS, exp.Pivot)
_ROW_INSIDES = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
SESSION_WORDS: dict[str, frozenset[str]] = {
    "postgres": ACCOUNT_WORDS | _ROW_INSIDES,
    "sqlite": frozenset(),
    "mysql": frozenset({"current_user", "current_role"}),
    "trino": ACCOUNT_WORDS - {"user"} | {"current_path"},
}
"""Read without parentheses, they tell about the account or the storage and not about the data."""
CALLED_BY_TEXT = frozenset({"list_aggregate", "list_aggr", "array_aggregate", "array_aggr", "aggregate"})
SEQUENCE_COLUMNS = frozenset({"snowflake", "mysql"})
"""Where `s.nextval` looks like a column and moves a sequence."""
KEYWORD_CALLS = frozenset({"all", "any", "some", "row"})
"""Words of the grammar that sqlglot sometimes takes for functions."""


def decision(sql: str, dialect: str, policy: ReadPolicy, *, rewrite: bool) -> tuple[str, frozenset[str]]:
    """The text that may run and the tables it reads; raises `QueryRejected`.

    With `rewrite` the policy's row filters and masks are put in; otherwise the text stays as it is.
    """
    tree, tables = _check(sql, dialect, policy)
    if not rewrite or not policy.narrowed:
        return sql, tables
    text, reads = restricted_text(sql, tree, policy, dialect)
    if text == sql:
        return sql, tables
    again, tables = _check(text, dialect, replace(policy, columns={}))
    if reads_of(again) != reads:
        raise _refuse("The statement cannot be read through the row filter of its tables.", "restriction")
    return text, tables


def _check(sql: str, dialect: str, policy: ReadPolicy) -> tuple[exp.Expr, frozenset[str]]:
    """The tree of an allowed statement and the tables it reads; raises `QueryRejected`."""
    tokens = screen(sql, dialect)
    tree = parse_one(sql, dialect)
    leave_out_catalog(tree, dialect, policy.catalog)
    if not isinstance(tree, DUCKDB_ROOTS if dialect == "duckdb" else ROOTS):
        raise _refuse(f"Only queries that read are allowed, not {tree.key.upper()}.", "root")
    for node in tree.walk():
        if not _is_search(node, policy, dialect):
            _check_node(node, dialect)
        check_source(node, policy, dialect)
        if isinstance(node, exp.DataType):
            check_type(node, dialect, policy)
    check_calls(tokens, tree, dialect, searched_tables(tree, policy, dialect))
    check_bounds(tree, dialect)
    tables = tables_read(tree, policy, dialect, sql)
    check_columns(tree, policy)
    return tree, tables


def _refuse(message: str, rule: str, kind: FailureKind = FailureKind.permission) -> QueryRejected:
    return QueryRejected(message, kind=kind, rule=rule)


def _is_search(node: exp.Expr, policy: ReadPolicy, dialect: str) -> bool:
    table = node.parent
    return (
        dialect == "sqlite"
        and isinstance(table, exp.Table)
        and table.this is node
        and is_full_text(table, policy)
    )


def _check_node(node: exp.Expr, dialect: str) -> None:
    if isinstance(node, exp.Func) and not isinstance(node, exp.Connector):
        _check_function(node, dialect)
    elif type(node).__name__ not in node_classes():
        raise _refuse(f"This kind of SQL is not allowed: {type(node).__name__}.", "syntax")
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func) and not _is_method(node, dialect):
        raise _refuse("Functions may not be called with a schema name.", "qualified-function")
    if (
        isinstance(node, exp.Operator)
        and node.args["operator"].removeprefix("pg_catalog.") not in BUILT_IN_OPERATORS
    ):
        raise _refuse("This operator is not allowed.", "operator")
    if isinstance(node, exp.In) and node.args.get("field") is not None:
        raise _refuse("Write the values of IN, or a sub-query, in parentheses.", "in-table")
    if isinstance(node, exp.Column):
        _check_session_word(node, dialect)
    if isinstance(node, exp.Select) and any(
        str(modifier).upper() == "SQL_CALC_FOUND_ROWS"
        for modifier in node.args.get("operation_modifiers") or []
    ):
        raise _refuse("SQL_CALC_FOUND_ROWS is not allowed.", "session")


def _check_session_word(column: exp.Column, dialect: str) -> None:
    word = column.name.lower()
    if dialect == "snowflake" and word.startswith("$") and not column.this.args.get("quoted"):
        _check_place(column)
    known = SESSION_WORDS.get(dialect, ACCOUNT_WORDS - {"user"})
    if word in known and (word in _ROW_INSIDES or (not column.table and not column.this.args.get("quoted"))):
        raise _refuse(f"{column.name} is not allowed.", "session")
    if word in ("nextval", "currval") and column.table and dialect in SEQUENCE_COLUMNS:
        raise _refuse("Sequences may not be moved.", "session")
    if dialect == "trino" and word.startswith("$"):
        raise _refuse(f"{column.name} is not allowed.", "session")
    if dialect == "duckdb" and word == "user" and not column.table:
        select = column.find_ancestor(exp.Select)
        if select is None or select.args.get("from_") is None:
            raise _refuse("user is not allowed.", "session")


def _check_place(column: exp.Column) -> None:
    """`$1` is read of rows that are written out, never of a table: there it could be any column, or a file's."""
    select = column.find_ancestor(exp.Select)
    clauses = [select.args.get("from_"), *(select.args.get("joins") or [])] if select is not None else []
    sources = [clause.this for clause in clauses if clause is not None]
    rows = [source.this if isinstance(source, exp.Subquery) else source for source in sources]
    place = int(column.name[1:])
    if not rows or any(not isinstance(row, exp.Values) or place > _width(row) for row in rows):
        raise _refuse("Columns may be read by their place only of VALUES.", "parameter")


def _width(values: exp.Values) -> int:
    return min((len(row.expressions) if isinstance(row, exp.Tuple) else 1) for row in values.expressions)


def _is_method(call: exp.Dot, dialect: str) -> bool:
    """Whether `a.f(…)` is f of a, or a function of a built-in name space, and not f of the schema a."""
    if dialect == "duckdb":
        return not any(part.name.lower() in SCHEMA_WORDS for part in call.this.find_all(exp.Identifier))
    return _name_space(call.expression) in QUALIFIERS.get(dialect, ())


def _name_space(function: exp.Expr) -> str:
    outer = function.parent
    if isinstance(outer, exp.NetFunc):
        return "net"
    if isinstance(outer, exp.Dot) and outer.expression is function and isinstance(outer.this, exp.Identifier):
        return outer.this.name.lower()
    return ""


def _check_function(function: exp.Func, dialect: str) -> None:
    if isinstance(function, exp.Anonymous | exp.AnonymousAggFunc):
        quoted = isinstance(function.this, exp.Identifier)
        word = function.name if quoted else function.name.lower()
        space = _name_space(function)
        if space in QUALIFIERS.get(dialect, ()):
            word = f"{space}.{word}"
        known = word in functions(dialect) or (not quoted and word in KEYWORD_CALLS)
        known = known or (word == "table" and isinstance(function.parent, exp.Table))
    elif isinstance(function, exp.Generator):
        known = isinstance(function.parent, exp.TableFromRows)
    else:
        known = type(function).__name__ in function_classes()
    if not known or not _names_a_listed_aggregate(function, dialect):
        raise _refuse(f"The function {spoken(function)} is not allowed.", "function")


def _names_a_listed_aggregate(function: exp.Func, dialect: str) -> bool:
    """DuckDB's `list_aggregate(l, 'sum')` calls the function that a text names."""
    if dialect != "duckdb" or function.name.lower() not in CALLED_BY_TEXT:
        return True
    named = function.expressions[1] if len(function.expressions) > 1 else None
    return isinstance(named, exp.Literal) and named.name.lower() in functions(dialect)
