"""How many rows the made-up sources of a statement multiply to, as far as its text says.

Stored tables count as one row: how large they are is for the engine's limits. Series, and recursions
that count, are known from the text.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from sqlglot import exp

from connectors.sql.admission.recursion import counted, recursive_steps

MAX_UNCONNECTED = 3
"""Stored sources of one SELECT that no condition connects."""


def rows_made(tree: exp.Expr, series: Callable[[exp.Expr], float | None]) -> float:
    """The largest number of rows that any query of the tree makes; `series` tells a function's members."""
    volume = _Volume(series)
    return max((volume.of(query) for query in tree.find_all(exp.Query)), default=1.0)


class _Volume:
    def __init__(self, series: Callable[[exp.Expr], float | None]) -> None:
        self._series = series
        self._known: dict[int, float] = {}

    def of(self, query: exp.Expr | None) -> float:
        """Rows of a query or source; those of a CTE are counted where it is read."""
        if query is None:
            return 1.0
        if id(query) not in self._known:
            self._known[id(query)] = 1.0  # what a query that reads itself finds
            self._known[id(query)] = self._of(query)
        return self._known[id(query)]

    def _of(self, query: exp.Expr) -> float:
        if isinstance(query, exp.SetOperation):
            rows = self.of(query.left) + self.of(query.right)
            return max([rows, *(counted(step) for step in recursive_steps(query))])
        if isinstance(query, exp.Select):
            made = [_length(item, self._series) for item in query.expressions]
            return self._joined(query) * max([1.0, *made])
        if isinstance(query, exp.Values):
            return float(max(1, len(query.expressions)))
        if isinstance(query, exp.Subquery | exp.Paren | exp.Alias | exp.Lateral):
            return self.of(query.this) if isinstance(query.this, exp.Query) else _length(query, self._series)
        if isinstance(query, exp.Table) and isinstance(query.this, exp.Identifier):
            known = self._series(query)
            return known if known is not None else self.of(_definition(query))
        return _length(query, self._series)

    def _joined(self, select: exp.Select) -> float:
        groups = connected(select, equal=True)
        sizes = {name: self.of(source) for name, source in _sources(select)}
        return reduce(float.__mul__, (max(sizes[name] for name in group) for group in groups), 1.0)


def connected(select: exp.Select, *, equal: bool) -> list[set[str]]:
    """The sources of a SELECT in groups that conditions connect; with `equal` only by equality."""
    sources = _sources(select)
    groups = [{name} for name, _ in sources]
    joins = _all_joins(select)
    for place, join in enumerate(joins):
        if (join.args.get("using") or join.args.get("method")) and 0 < place + 1 < len(sources):
            groups = _merged(groups, {sources[place][0], sources[place + 1][0]})
    kinds = (exp.EQ, exp.NullSafeEQ) if equal else (exp.Predicate, exp.Func)
    for condition in [*(j.args.get("on") for j in joins), select.args.get("where")]:
        for comparison in condition.find_all(*kinds) if condition is not None else ():
            if isinstance(comparison, exp.Connector):
                continue
            if equal and not _joins(comparison):
                continue
            tables = {column.table.lower() for column in comparison.find_all(exp.Column)}
            if "" in tables or comparison.find(exp.Query):
                return [set().union(*groups)]
            groups = _merged(groups, tables)
    return groups


def _merged(groups: list[set[str]], names: set[str]) -> list[set[str]]:
    touching = [group for group in groups if group & names]
    if len(touching) < 2:
        return groups
    return [g for g in groups if g not in touching] + [reduce(set.union, touching)]


def _joins(equality: exp.Expr) -> bool:
    """Whether an equality picks few rows of one side for each of the other."""
    sides = (equality.args.get("this"), equality.args.get("expression"))
    return all(
        side is not None and side.find(exp.Column) and not side.find(exp.Mod, exp.Div, exp.IntDiv, exp.Case)
        for side in sides
    )


def unconnected(select: exp.Select) -> int:
    """How many groups of stored sources multiply each other; rows made of a row of another do not count."""
    joins = _all_joins(select)
    dependent = sum(isinstance(j.this, exp.Lateral | exp.Unnest) or _is_call(j.this) for j in joins)
    return len(connected(select, equal=False)) - dependent


def _all_joins(select: exp.Select) -> list[exp.Join]:
    """The joins of a SELECT; where FROM comes first they hang on its table."""
    first = select.args.get("from_")
    nested = first.this.args.get("joins") or [] if first is not None and first.this is not None else []
    return [*nested, *(select.args.get("joins") or [])]


def _sources(select: exp.Select) -> list[tuple[str, exp.Expr]]:
    clauses = [select.args.get("from_"), *_all_joins(select)]
    found = [c.this for c in clauses if c is not None and c.this is not None]
    return [(source.alias_or_name.lower() or f"#{place}", source) for place, source in enumerate(found)]


def _length(node: exp.Expr, series: Callable[[exp.Expr], float | None]) -> float:
    """The longest series that a source or an item makes rows of; what a lambda makes, it makes for each member."""
    longest, made = 1.0, 1.0
    for inner in node.walk(prune=lambda n: isinstance(n, exp.Query) and n is not node):
        known = float(len(inner.expressions)) if isinstance(inner, exp.Array) else None
        if known is None and isinstance(inner, exp.Func):
            known = series(inner)
        if known is not None:
            longest, made = max(longest, known), made * max(known, 1.0)
    return made if node.find(exp.Lambda, exp.Comprehension) else longest


def _definition(table: exp.Table) -> exp.Expr | None:
    """The query of the CTE that a name means."""
    if table.args.get("db"):
        return None
    outer: exp.Expr | None = table.parent
    while outer is not None:
        clause = outer if isinstance(outer, exp.With) else outer.args.get("with_")
        for cte in clause.expressions if isinstance(clause, exp.With) else ():
            if cte.alias.lower() == table.name.lower():
                body: exp.Expr = cte.this
                return body
        outer = outer.parent
    return None


def _is_call(source: exp.Expr) -> bool:
    return isinstance(source, exp.Table) and isinstance(source.this, exp.Func)
