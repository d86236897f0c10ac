"""Which columns a statement reads, where a reader may see only some columns of a table.

Names are resolved as engines do, from the inside out. Whatever may mean a hidden column is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from connectors.errors import FailureKind, QueryRejected
from connectors.sql.policy import ReadPolicy
from connectors.sql.scopes import is_cte


def check_columns(tree: exp.Expr, policy: ReadPolicy) -> None:
    """Raises `QueryRejected` for a column, or a `*`, that shows more than the policy lists."""
    if not policy.columns:
        return
    limited = [table for table in tree.find_all(exp.Table) if _allowed(table, policy) is not None]
    if not limited:
        return
    for table in limited:
        select = table.find_ancestor(exp.Select)
        if select is None or table.args.get("pivots") or isinstance(table.parent, exp.Pivot):
            raise _refuse("Name the columns: not all of them may be read.", "star")
    hidden = _hidden_names(limited, policy)
    for column in tree.find_all(exp.Column, exp.Dot):
        if isinstance(column, exp.Dot) or column.args.get("db"):
            _check_chain(column, hidden)
        if isinstance(column, exp.Column):
            _check_column(column, policy)
    if tree.find(exp.PositionalColumn):
        raise _refuse("Name the columns: not all of them may be read.", "star")
    for star in tree.find_all(exp.Star):
        if not isinstance(star.parent, exp.Count | exp.Column):
            _check_star(star, "", policy)
    for columns in tree.find_all(exp.Columns):
        _check_star(columns, "", policy)
    for join in tree.find_all(exp.Join):
        _check_join(join, policy)


def _allowed(source: exp.Expr | None, policy: ReadPolicy) -> frozenset[str] | None:
    """The columns of a source that may be read; None where there is no such limit."""
    if not isinstance(source, exp.Table) or not isinstance(source.this, exp.Identifier):
        return None
    if not source.args.get("db") and is_cte(source):
        return None
    return policy.columns.get(policy.key(source.name, source.text("db")))


def _scopes(node: exp.Expr) -> Iterator[tuple[exp.Select, list[exp.Expr]]]:
    """The SELECTs around a node with their sources, from the inside out."""
    select = node if isinstance(node, exp.Select) else node.find_ancestor(exp.Select)
    while select is not None:
        sources: list[exp.Expr] = []
        for clause in (select.args.get("from_"), *(select.args.get("joins") or [])):
            if clause is not None and clause.this is not None:
                sources += _flat(clause.this)
        for lateral in select.args.get("laterals") or []:
            sources.append(lateral)
        yield select, sources
        select = select.find_ancestor(exp.Select)


def _flat(source: exp.Expr) -> list[exp.Expr]:
    """A source and what is joined to it inside parentheses."""
    found = [source]
    for join in source.args.get("joins") or []:
        found += _flat(join.this)
    if isinstance(source, exp.Paren) or (
        isinstance(source, exp.Subquery) and isinstance(source.this, exp.Table)
    ):
        found += _flat(source.this)
    return found


def _check_column(column: exp.Column, policy: ReadPolicy) -> None:
    name, qualifier = column.name.lower(), column.table.lower()
    if isinstance(column.this, exp.Star):
        return _check_star(column, qualifier, policy)
    for select, sources in _scopes(column):
        if qualifier:
            if _resolve_qualified(name, qualifier, sources, policy):
                return None
        elif _resolve_bare(column, name, select, sources, policy):
            return None
    return _check_row(column, name, policy)


def _check_row(column: exp.Expr, name: str, policy: ReadPolicy) -> None:
    """DuckDB reads `main.ships`, which is no column of a source, as the whole row of ships."""
    for _, sources in _scopes(column):
        if any(s.alias_or_name.lower() == name and _allowed(s, policy) is not None for s in sources):
            raise _refuse("Name the columns: not all of them may be read.", "star")


def _resolve_qualified(name: str, qualifier: str, sources: list[exp.Expr], policy: ReadPolicy) -> bool:
    for source in sources:
        if source.alias_or_name.lower() == qualifier:
            allowed = _allowed(source, policy)
            if allowed is not None and name not in allowed:
                raise _hidden(name)
            return True
    return False


def _resolve_bare(
    column: exp.Column, name: str, select: exp.Select, sources: list[exp.Expr], policy: ReadPolicy
) -> bool:
    """Whether the name is found among these sources; raises where it may be a hidden column."""
    limits = [(source, _allowed(source, policy)) for source in sources]
    if any(limit is not None and name == source.alias_or_name.lower() for source, limit in limits):
        raise _refuse("Name the columns: not all of them may be read.", "star")
    if any(limit is not None and name in limit for _, limit in limits):
        return True
    if any(limit is None and name in (_outputs(source, policy) or ()) for source, limit in limits):
        return True
    if all(limit is None for _, limit in limits):
        return False
    if name in {item.alias.lower() for item in select.expressions if isinstance(item, exp.Alias)}:
        if isinstance(column.parent, exp.Ordered) and column.find_ancestor(exp.Window, exp.Select) is select:
            return True
        real = [_real_columns(source, policy) for source, limit in limits if limit is not None]
        if all(columns is not None and name not in columns for columns in real):
            return True
    raise _hidden(name)


def _real_columns(source: exp.Expr, policy: ReadPolicy) -> frozenset[str] | None:
    return policy.columns_of(policy.key(source.name, source.text("db")))


def _outputs(source: exp.Expr, policy: ReadPolicy) -> frozenset[str] | None:
    """Lower-case column names of a source that has no limit, as far as they are known."""
    alias = source.args.get("alias")
    if isinstance(alias, exp.TableAlias) and alias.args.get("columns"):
        return frozenset(column.name.lower() for column in alias.args["columns"])
    if isinstance(source, exp.Subquery) and isinstance(source.this, exp.Query):
        return frozenset(name.lower() for name in source.this.named_selects)
    if isinstance(source, exp.Table) and is_cte(source):
        for clause in source.root().find_all(exp.CTE):
            if clause.alias.lower() == source.name.lower() and isinstance(clause.this, exp.Query):
                columns = clause.args["alias"].args.get("columns")
                return (
                    frozenset(c.name.lower() for c in columns)
                    if columns
                    else frozenset(name.lower() for name in clause.this.named_selects)
                )
    return _real_columns(source, policy) if isinstance(source, exp.Table) else None


def _check_star(star: exp.Expr, qualifier: str, policy: ReadPolicy) -> None:
    """`*` means the sources of its own SELECT; `t.*` those of any SELECT around it."""
    for _, sources in _scopes(star):
        meant = [s for s in sources if not qualifier or s.alias_or_name.lower() == qualifier]
        if any(_allowed(source, policy) is not None for source in meant):
            raise _refuse("Name the columns: not all of them may be read.", "star")
        if meant or not qualifier:
            return


def _hidden_names(limited: list[exp.Table], policy: ReadPolicy) -> frozenset[str] | None:
    """Columns that the limited tables have and may not show; None when it is not known what they have."""
    hidden: set[str] = set()
    for table in limited:
        real, allowed = _real_columns(table, policy), _allowed(table, policy)
        if real is None or allowed is None:
            return None
        hidden |= real - allowed
    return frozenset(hidden)


def _check_chain(chain: exp.Expr, hidden: frozenset[str] | None) -> None:
    """`crew.salary.upper()` and `c.details.owner`: no part of a longer chain may be a hidden column."""
    for part in chain.find_all(exp.Identifier):
        if hidden is None or part.name.lower() in hidden:
            raise _hidden(part.name)


def _check_join(join: exp.Join, policy: ReadPolicy) -> None:
    scope = next(_scopes(join), None)
    limits = [
        limit for source in (scope[1] if scope else []) if (limit := _allowed(source, policy)) is not None
    ]
    if not limits:
        return
    if join.args.get("method") == "NATURAL":
        raise _refuse("Name the columns of the join: not all of them may be read.", "star")
    for column in join.args.get("using") or []:
        if not any(column.name.lower() in limit for limit in limits):
            raise _hidden(column.name)


def _hidden(name: str) -> QueryRejected:
    return _refuse(f"There is no column {name} that you may read.", "column")


def _refuse(message: str, rule: str) -> QueryRejected:
    return QueryRejected(message, kind=FailureKind.permission, rule=rule)
