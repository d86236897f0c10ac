"""What kind of question a known statement answers: how hard it is, and which phenomena it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

Difficulty = Literal["easy", "medium", "hard", "extra", "unknown"]
DIFFICULTIES: tuple[Difficulty, ...] = ("easy", "medium", "hard", "extra", "unknown")
_SET = (exp.Union, exp.Intersect, exp.Except)
_CONDITION = (
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.Like,
    exp.In,
    exp.Between,
    exp.Is,
    exp.Exists,
)
_NEGATIVE = (exp.NEQ, exp.Not, exp.Except)
_DATE_LITERAL = re.compile(r"\d{4}-\d\d(-\d\d)?|\d{1,2}/\d{1,2}/\d{2,4}")
_DATE_COLUMN = re.compile(r"date|year|month|day|time|birth|since|start|end", re.IGNORECASE)


@lru_cache(maxsize=4096)
def difficulty(sql: str) -> Difficulty:
    """Spider's hardness (Yu et al. 2018): by the clauses of the outermost query and by what is nested in it."""
    tree = _tree(sql)
    if tree is None:
        return "unknown"
    clauses, nested, others = _clauses(tree), _nested(tree), _others(tree)
    if clauses <= 1 and not others and not nested:
        return "easy"
    if not nested and ((others <= 2 and clauses <= 1) or (clauses <= 2 and others < 2)):
        return "medium"
    if (
        (others > 2 and clauses <= 2 and not nested)
        or (2 < clauses <= 3 and others <= 2 and not nested)
        or (clauses <= 1 and not others and nested <= 1)
    ):
        return "hard"
    return "extra"


@lru_cache(maxsize=4096)
def phenomena(sql: str) -> tuple[str, ...]:
    """What a statement holds, anywhere in it, in a fixed order; nothing for one that cannot be read."""
    tree = _tree(sql)
    return tuple(_phenomena(tree)) if tree is not None else ()


def _phenomena(tree: exp.Expr) -> Iterator[str]:
    outer, nodes = _outer(tree), list(tree.walk())
    joins = len(outer.args.get("joins") or ())
    yield ("no join", "one join", "two joins")[joins] if joins < 3 else "three joins or more"
    if any(_repeats(select) for select in tree.find_all(exp.Select)):
        yield "self join"
    found: dict[str, type[exp.Expr] | tuple[type[exp.Expr], ...]] = {
        "grouping": exp.Group, "condition on groups": exp.Having, "distinct": exp.Distinct, "pattern": exp.Like,
        "range": exp.Between, "alternatives": exp.Or, "set operation": _SET, "negation": _NEGATIVE,
        "aggregate": exp.AggFunc, "order": exp.Order,
    }  # fmt: skip
    yield from (name for name, kind in found.items() if any(isinstance(node, kind) for node in nodes))
    if _nested_queries(tree):
        yield "nesting"
    if any(_picks_extreme(select) for select in tree.find_all(exp.Select)):
        yield "superlative"
    literals = [node for node in nodes if isinstance(node, exp.Literal) or _is_text(node)]
    literals = [node for node in literals if _is_compared(node)]
    if any(_is_text(node) for node in literals):
        yield "stored value"
    if any(not _is_text(node) for node in literals):
        yield "number"
    if any(_about_date(node) for node in literals):
        yield "date"


def _tree(sql: str) -> exp.Expr | None:
    try:
        return parse_one(sql, read="sqlite")
    except SqlglotError:
        return None


def _outer(tree: exp.Expr) -> exp.Expr:
    """The first of the queries that a set operation combines."""
    while isinstance(tree, (*_SET, exp.Subquery)):
        tree = tree.this
    return tree


def _own(query: exp.Expr, part: str) -> list[exp.Expr]:
    """Everything in a clause of a query, without what lies in queries nested in it."""
    clause = query.args.get(part)
    if clause is None:
        return []
    return list(clause.walk(prune=lambda node: isinstance(node, exp.Query)))


def _clauses(tree: exp.Expr) -> int:
    query = _outer(tree)
    names = ("where", "group", "order", "limit")
    parts = sum((query.args.get(name) or tree.args.get(name)) is not None for name in names)
    filters = [*_own(query, "where"), *_own(query, "having")]
    alternatives = sum(isinstance(node, exp.Or) for node in filters)
    patterns = sum(isinstance(node, exp.Like) for node in filters)
    return parts + len(query.args.get("joins") or ()) + alternatives + patterns


def _nested_queries(tree: exp.Expr) -> list[exp.Expr]:
    """Queries inside of conditions and of FROM."""
    inside = [
        *tree.find_all(exp.Subquery),
        *(node for node in tree.find_all(exp.In) if node.args.get("query")),
    ]
    return [node for node in inside if not isinstance(node.parent, (*_SET, exp.In))]


def _nested(tree: exp.Expr) -> int:
    return len(_nested_queries(tree)) + sum(1 for _ in tree.find_all(*_SET))


def _others(tree: exp.Expr) -> int:
    query = _outer(tree)
    parts = ("where", "group", "having", "order")
    nodes = [node for part in parts for node in _own(query, part)]
    nodes += [node for shown in query.expressions for node in shown.walk()]
    conditions = sum(isinstance(node, _CONDITION) for node in _own(query, "where"))
    group = query.args.get("group")
    return (
        (sum(isinstance(node, exp.AggFunc) for node in nodes) > 1)
        + (len(query.expressions) > 1)
        + (conditions > 1)
        + (group is not None and len(group.expressions) > 1)
    )


def _repeats(select: exp.Select) -> bool:
    names = [
        join.this.name.lower() for join in select.args.get("joins") or () if isinstance(join.this, exp.Table)
    ]
    first = select.args.get("from") or select.args.get("from_")
    if first is not None and isinstance(first.this, exp.Table):
        names.append(first.this.name.lower())
    return len(names) != len(set(names))


def _picks_extreme(select: exp.Select) -> bool:
    """Whether the rows with the most or least of something are picked: ORDER BY with LIMIT, or a nested extreme."""
    if select.args.get("order") is not None and select.args.get("limit") is not None:
        return True
    compared = [node for node in select.find_all(exp.EQ) if isinstance(node.expression, exp.Subquery)]
    return any(node.expression.find(exp.Max, exp.Min) is not None for node in compared)


def _is_compared(literal: exp.Expr) -> bool:
    above = literal.find_ancestor(exp.Where, exp.Having)
    return above is not None and not isinstance(literal.parent, exp.Limit)


def _is_text(literal: exp.Expr) -> bool:
    """Whether it is a text; SQLite takes a name in double quotes that names no column for one."""
    if isinstance(literal, exp.Column):
        return not literal.table and bool(literal.this.args.get("quoted"))
    return isinstance(literal, exp.Literal) and literal.is_string


def _about_date(literal: exp.Expr) -> bool:
    if _DATE_LITERAL.fullmatch(literal.name):
        return True
    parent = literal.parent
    columns = list(parent.find_all(exp.Column)) if parent is not None else []
    return any(_DATE_COLUMN.search(column.name) for column in columns)
