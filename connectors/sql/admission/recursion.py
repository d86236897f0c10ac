"""Recursive CTEs must show in their text what ends them.

A step that joins a stored table ends when the table has no more to give. One that only reads itself ends
when its condition turns false: the condition must stop what the step grows, and within a modest count.
"""

from __future__ import annotations

from sqlglot import exp

from connectors.errors import FailureKind, QueryRejected

MAX_STEPS = 1_000_000
_BELOW, _ABOVE = (exp.LT, exp.LTE), (exp.GT, exp.GTE)
_JOINING = (exp.DPipe, exp.Concat, exp.ConcatWs, exp.ArrayConcat, exp.Replace, exp.Format)
_JOINING_NAMES = frozenset({"list_concat", "list_cat", "array_cat", "format", "printf", "insert", "overlay"})
_LIMITS = (*_BELOW, *_ABOVE, exp.NEQ, exp.Between, exp.In, exp.Like, exp.EQ, exp.Is, exp.Exists)


def check_recursion(clause: exp.With) -> None:
    """Raises `QueryRejected` for a recursion that its text does not end."""
    for cte in clause.expressions:
        body = cte.this
        if not isinstance(body, exp.SetOperation):
            continue
        for step in _steps(body, cte.alias.lower()):
            if _doubles(step):
                raise _refuse("A recursive step may not double a text.")
            if not _is_limited(body):
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


def _doubles(step: exp.Select) -> bool:
    """Whether a step joins a text to itself, and no condition looks at its length."""
    if any(c is not None and c.find(exp.Length) for c in (step.args.get("where"), step.args.get("having"))):
        return False
    for joined in step.find_all(*_JOINING, exp.Anonymous):
        if isinstance(joined, exp.Anonymous) and joined.name.lower() not in _JOINING_NAMES:
            continue
        names = [(c.table.lower(), c.name.lower()) for c in joined.find_all(exp.Column)]
        if len(names) > len(set(names)):
            return True
    return False


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
    """Whether a condition that holds once holds for ever: `n > 0` while the step adds, or `n = n`."""
    grown = {
        column.name.lower(): made
        for column in limit.find_all(exp.Column)
        if (made := _grown(column.name.lower(), step, cte)) is not None
    }
    if grown and all(
        isinstance(made, exp.Column) and made.name.lower() == name for name, made in grown.items()
    ):
        return True
    if isinstance(limit, exp.Is):
        return bool(grown) and all(_is_arithmetic(made) for made in grown.values())
    if not isinstance(limit, (*_BELOW, *_ABOVE, exp.NEQ, exp.EQ)):
        return False
    left, right, below = limit.this, limit.expression, isinstance(limit, _BELOW)
    if left == right:
        return True
    if isinstance(right, exp.Column) and not isinstance(left, exp.Column):
        left, right, below = right, left, not below
    bound = _number(right)
    if not isinstance(left, exp.Column) or bound is None or left.name.lower() not in grown:
        return False
    made = grown[left.name.lower()]
    if isinstance(limit, exp.NEQ):
        return not _meets(_first(left.name.lower(), cte), made, bound)
    if isinstance(limit, exp.EQ):
        return False
    way = _direction(made)
    return way is not None and way != (1 if below else -1)


def _meets(start: float | None, made: exp.Expr, bound: float) -> bool:
    """Whether counting by steps of one size arrives at a number exactly; what is no such counting may."""
    step = _number(made.expression) if isinstance(made, exp.Add | exp.Sub) else None
    if start is None or not step:
        return True
    steps = (bound - start) / (step if isinstance(made, exp.Add) else -step)
    return steps >= 0 and steps == int(steps)


def _direction(made: exp.Expr) -> int | None:
    """1 when a step makes a number larger, -1 smaller, 0 neither; None when the text does not tell."""
    if isinstance(made, exp.Add) and isinstance(made.this, exp.Literal):
        made = exp.Add(this=made.expression, expression=made.this)
    change = _number(made.expression) if isinstance(made, exp.Binary) else None
    if isinstance(made, exp.Neg):
        return 0
    if isinstance(made, exp.Add | exp.Sub):
        if change is None:
            return (-1 if isinstance(made, exp.Sub) else 1) if _is_arithmetic(made) else None
        return (change > 0) - (change < 0) if isinstance(made, exp.Add) else (change < 0) - (change > 0)
    if isinstance(made, exp.Mul) and change is not None:
        return 1 if change > 1 else (-1 if 0 <= change < 1 else 0)
    return None


def _is_arithmetic(made: exp.Expr) -> bool:
    kinds = (exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.Paren, exp.Column, exp.Identifier, exp.Literal)
    return all(isinstance(node, kinds) for node in made.walk())


def _number(node: exp.Expr | None) -> float | None:
    """The number written out, with its sign."""
    if isinstance(node, exp.Paren):
        return _number(node.this)
    if isinstance(node, exp.Neg):
        inner = _number(node.this)
        return None if inner is None else -inner
    found = _numbers(node) if isinstance(node, exp.Literal) else []
    return found[0] if found else None


def _first(column: str, cte: exp.CTE) -> float | None:
    """The number that a column of the recursion starts with, where it is written out."""
    first = cte.this
    while isinstance(first, exp.SetOperation):
        first = first.left
    first = first.unnest()
    values = first.find(exp.Values) if isinstance(first, exp.Select) and first.is_star else None
    first = first if values is None else values
    names = [name.lower() for name in cte.alias_column_names or first.named_selects]
    rows = first.expressions
    if isinstance(first, exp.Values) and rows:
        rows = rows[0].expressions if isinstance(rows[0], exp.Tuple) else rows
    if column not in names or names.index(column) >= len(rows):
        return None
    return _number(rows[names.index(column)].unalias())


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
