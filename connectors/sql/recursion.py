"""Recursive CTEs must show in their text what ends them.

A step that joins a stored table ends when the table has no more to give. One that only reads itself ends
when its condition turns false: the condition must stop what the step grows, and within a modest count.
"""

from __future__ import annotations

from sqlglot import exp

from connectors.errors import FailureKind, QueryRejected

MAX_STEPS = 1_000_000
_BELOW, _ABOVE = (exp.LT, exp.LTE), (exp.GT, exp.GTE)
_LIMITS = (*_BELOW, *_ABOVE, exp.NEQ, exp.Between, exp.In, exp.Like, exp.EQ, exp.Is, exp.Exists)


def check_recursion(clause: exp.With) -> None:
    """Raises `QueryRejected` for a recursion that its text does not end."""
    for cte in clause.expressions:
        body = cte.this
        if not isinstance(body, exp.SetOperation) or _is_limited(body):
            continue
        for step in _steps(body, cte.alias.lower()):
            _check_step(step, cte)


def recursive_steps(body: exp.SetOperation) -> list[exp.Select]:
    """The parts of a recursive CTE's body that read the CTE itself; none for other queries."""
    cte = body.parent
    if not isinstance(cte, exp.CTE) or not isinstance(cte.parent, exp.With):
        return []
    return _steps(body, cte.alias.lower()) if cte.parent.args.get("recursive") else []


def counted(step: exp.Select) -> float:
    """How far the step's condition lets it count; 1 when it names no number."""
    return max((abs(number) for number in _numbers(step.args.get("where"))), default=1.0)


def _steps(body: exp.Expr, name: str) -> list[exp.Select]:
    if isinstance(body, exp.SetOperation):
        return _steps(body.left, name) + _steps(body.right, name)
    query = body.unnest()
    if isinstance(query, exp.SetOperation):
        return _steps(query, name)
    reads = any(table.name.lower() == name for table in query.find_all(exp.Table))
    return [query] if isinstance(query, exp.Select) and reads else []


def _check_step(step: exp.Select, cte: exp.CTE) -> None:
    name = cte.alias.lower()
    if _is_limited(step):
        return
    own = [table for table in step.find_all(exp.Table) if table.name.lower() == name]
    if len(own) > 1:
        raise _refuse("A recursive step may read its own rows once.")
    conditions = [step.args.get("where"), step.args.get("having"), step.args.get("qualify")]
    conditions += [join.args.get("on") for join in step.args.get("joins") or []]
    limits = [
        c for part in conditions if part is not None for c in part.find_all(*_LIMITS) if c.find(exp.Column)
    ]
    joined = any(join.args.get("using") or join.args.get("method") for join in step.args.get("joins") or [])
    if not limits and not joined:
        raise _refuse("The recursion has nothing that ends it: add a WHERE.")
    if any(number > MAX_STEPS for number in _numbers(step.args.get("where"))):
        raise _refuse(f"A recursion may count to at most {MAX_STEPS:,}.")
    stored = len(list(step.find_all(exp.Table))) > 1 or step.find(exp.Unnest, exp.Lateral) is not None
    if not stored and all(_runs_away(limit, step, cte) for limit in limits):
        raise _refuse("The recursion counts away from what should end it.")


def _is_limited(query: exp.Query) -> bool:
    numbers = _numbers(query.args.get("limit"))
    return bool(numbers) and max(numbers) <= MAX_STEPS


def _runs_away(limit: exp.Expr, step: exp.Select, cte: exp.CTE) -> bool:
    """Whether a comparison with a number holds for ever: `n > 0` while the step adds."""
    if isinstance(limit, exp.NEQ):
        return False
    if not isinstance(limit, (*_BELOW, *_ABOVE)):
        return False
    left, right = limit.this, limit.expression
    below = isinstance(limit, _BELOW)
    if isinstance(right, exp.Column) and not isinstance(left, exp.Column):
        left, right, below = right, left, not below
    if not isinstance(left, exp.Column) or not _numbers(right):
        return False
    grown = _grown(left.name.lower(), step, cte)
    return (below and isinstance(grown, exp.Sub)) or (not below and isinstance(grown, exp.Add | exp.Mul))


def _grown(column: str, step: exp.Select, cte: exp.CTE) -> exp.Expr | None:
    """What the step makes of a column of the CTE."""
    names = [name.lower() for name in cte.alias_column_names]
    first = cte.this
    while isinstance(first, exp.SetOperation):
        first = first.left
    names = names or [name.lower() for name in first.unnest().named_selects]
    if column not in names or names.index(column) >= len(step.expressions):
        return None
    made: exp.Expr = step.expressions[names.index(column)].unalias()
    return made.unnest()


def _numbers(node: exp.Expr | None) -> list[float]:
    found = []
    for literal in node.find_all(exp.Literal) if node is not None else ():
        if not literal.is_string:
            try:
                found.append(float(literal.name.replace("_", "")))
            except ValueError:
                continue
    return found


def _refuse(message: str) -> QueryRejected:
    return QueryRejected(message, kind=FailureKind.resource, rule="bounds")
