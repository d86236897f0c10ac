"""A statement with a reader's row filters and masks put in.

Each table that has some is replaced, where its name stands in the text, by a derived table that shows only
what the reader may see. Everything else of the text stays as it was written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlglot import exp

from connectors.errors import FailureKind, QueryRejected
from connectors.sql.admission.parsing import parse_one
from connectors.sql.home import schema_of, written
from connectors.sql.policy import ReadPolicy
from connectors.sql.scopes import base_tables

_TIED_TO_STORAGE = ("only", "hints", "partition", "indexed", "sample", "when", "version", "changes")
"""Parts of FROM that only a stored table can have."""
_FENCES = {
    "postgres": "OFFSET 0", "duckdb": "OFFSET 0", "sqlite": "LIMIT -1 OFFSET 0", "mysql": "LIMIT 18446744073709551615",
}  # fmt: skip
"""What keeps an engine from evaluating a reader's own conditions on hidden rows: an error of theirs would tell a value."""
_NEVER_FAIL = (
    exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Paren, exp.Tuple, exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ,
    exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.Between, exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ,
)  # fmt: skip
"""Conditions of these fail for no row: they may use an index below the fence. DuckDB casts what it compares, and may."""


def restricted_text(sql: str, tree: exp.Expr, policy: ReadPolicy, dialect: str) -> tuple[str, Counter[str]]:
    """The rewritten text, and the stored tables that it must read, with how often; raises `QueryRejected`."""
    changes: list[tuple[int, int, str]] = []
    reads: Counter[str] = Counter()
    fence = "" if _never_fails(tree, dialect) else _FENCES.get(dialect, "")
    for table in base_tables(tree):
        key = policy.rewrite_key(table.name, table.text("db"))
        reads[table.name.lower()] += 1
        if key is None:
            if policy.rewrites:
                _check_view(table, policy)
            continue
        start, end, derived, text = _change(sql, table, key, policy, dialect, fence)
        changes.append((start, end, text))
        reads += _read_besides(derived, dialect)
    if changes:
        changes += _unqualified(tree, policy, dialect)
    for start, end, text in sorted(changes, reverse=True):
        sql = sql[:start] + text + sql[end:]
    return sql, reads


def reads_of(tree: exp.Expr) -> Counter[str]:
    """How often a tree reads each stored table, by bare lower-case name."""
    return Counter(table.name.lower() for table in base_tables(tree))


def _change(
    sql: str, table: exp.Table, key: str, policy: ReadPolicy, dialect: str, fence: str
) -> tuple[int, int, str, str]:
    """(start, end, derived query, new text) for one table's name."""
    parts = written(table)
    try:
        start, end = parts[0].meta["start"], parts[-1].meta["end"] + 1
    except (KeyError, AttributeError) as error:
        raise _refuse("This form of FROM cannot be read through a row filter.") from error
    if any(table.args.get(part) for part in _TIED_TO_STORAGE):
        raise _refuse("This form of FROM cannot be read through a row filter.")
    name, condition = sql[start:end], policy.row_filters.get(key)
    derived = f"SELECT {_columns(key, policy, dialect)} FROM {name}"  # noqa: S608 - checked again as a whole
    if condition:
        derived = f"{derived} WHERE {condition} {fence}".rstrip()
    alias = "" if table.alias else f" AS {table.this.sql(dialect=dialect)}"
    return start, end, derived, f"({derived}){alias}"


def _never_fails(tree: exp.Expr, dialect: str) -> bool:
    """Whether no condition of the statement can end in an error that depends on a row.

    Inner queries may compute what a condition outside compares, so only a single SELECT is looked at. A function
    in FROM computes from rows as well, and a filter with a sub-query may be applied after it.
    """
    if dialect == "duckdb" or len(list(tree.find_all(exp.Query))) != 1 or not isinstance(tree, exp.Select):
        return False
    if not all(_is_stored(source) for source in _sources(tree)):
        return False
    computed = {item.alias.lower() for item in tree.expressions if isinstance(item, exp.Alias)}
    conditions = [clause.this for clause in tree.find_all(exp.Where, exp.Having, exp.Qualify)]
    conditions += [on for join in tree.find_all(exp.Join) if (on := join.args.get("on")) is not None]
    return all(
        isinstance(node, _NEVER_FAIL) and not (isinstance(node, exp.Column) and node.name.lower() in computed)
        for condition in conditions
        for node in condition.walk()
    )


def _sources(select: exp.Select) -> Iterator[exp.Expr]:
    if select.args.get("from_") is not None:
        yield select.args["from_"].this
    yield from (join.this for join in select.find_all(exp.Join))
    yield from select.args.get("laterals") or ()


def _is_stored(source: exp.Expr) -> bool:
    return isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier)


def _read_besides(derived: str, dialect: str) -> Counter[str]:
    """The tables that a filter or a mask reads in sub-queries of its own.

    It must be those that the filter's author meant: a statement cannot put CTEs of the same names in their
    place, because then the whole would read fewer stored tables.
    """
    tree = parse_one(derived, dialect)
    if not isinstance(tree, exp.Select) or tree.args.get("with_"):
        raise _refuse("A row filter must be one condition.")
    reads = reads_of(tree)
    source = tree.args["from_"].this
    reads[source.name.lower()] -= 1
    return +reads


def _check_view(table: exp.Table, policy: ReadPolicy) -> None:
    """A view may show rows of a table that the reader's filter hides, so it needs a filter of its own."""
    known = (
        policy.schema.table(policy.key(table.name, table.text("db"))) if policy.schema is not None else None
    )
    if known is not None and known.is_view:
        raise _refuse(f"The view {table.name} cannot be read through the row filters of its tables.")


def _unqualified(tree: exp.Expr, policy: ReadPolicy, dialect: str) -> Iterator[tuple[int, int, str]]:
    """Columns written `schema.table.column` lose the schema: a derived table has none."""
    for column in tree.find_all(exp.Column):
        schema, table = column.args.get("db"), column.args.get("table")
        if schema is None or table is None:
            continue
        if policy.rewrite_key(column.table, schema_of(column, dialect, policy.catalog)) is None:
            continue
        try:
            first = column.args.get("catalog") or schema
            yield first.meta["start"], table.meta["start"], ""
        except KeyError as error:
            raise _refuse("Name the columns by table only.") from error


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
