"""What makes something large from something small must be bounded in the text.

Only what a text shows is refused here; the rest is stopped by the engine's time, memory and row limits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce
from operator import add, mul, sub

from sqlglot import exp

from connectors.errors import FailureKind, QueryRejected
from connectors.sql.series import SERIES, series_length

MAX_SERIES = 1_000_000
"""Members of one series, and rows of all series of a statement multiplied."""
MAX_REPEAT = 10_000
MAX_EXPONENT = 10_000
MAX_FACTORIAL = 1_000
MAX_UNCONNECTED = 3
"""Sources of one SELECT that no condition connects."""
_GROWING = frozenset(
    {
        "repeat", "lpad", "rpad", "pad", "space", "randstr", "list_resize", "array_resize", "array_fill", "bar",
        "zeroblob", "randomblob", "rpad_oracle", "combinations", "ngrams", "make_set", "random_string",
    }
)  # fmt: skip
_WIDE_FORMAT = re.compile(r"%[-+ 0#,!]*(\d{5,}|\*)|%[^%a-zA-Z]*\.(\d{5,}|\*)|\{:[^}]*\d{5,}")
_ARITHMETIC: dict[type[exp.Expr], Callable[[float, float], float]] = {
    exp.Add: add,
    exp.Sub: sub,
    exp.Mul: mul,
    exp.Div: lambda a, b: a / b if b else 0.0,
    exp.Pow: lambda a, b: a**b if abs(b) < 64 else float("inf"),
    exp.BitwiseLeftShift: lambda a, b: a * 2**b if abs(b) < 64 else float("inf"),
}


def check_bounds(tree: exp.Expr) -> None:
    """Raises `QueryRejected` for what grows without a modest bound in the text."""
    rows = 1.0
    for node in tree.walk():
        if isinstance(node, exp.Func):
            names = function_names(node)
            if names & SERIES:
                rows *= max(1.0, _series(node))
            elif names & _GROWING:
                _check_growth(node)
            elif isinstance(node, exp.Pow) and (constant(node.expression) or 0) > MAX_EXPONENT:
                raise _refuse(f"An exponent may be at most {MAX_EXPONENT:,}.")
            elif "factorial" in names and any((constant(a) or 0) > MAX_FACTORIAL for a in arguments(node)):
                raise _refuse(f"A factorial may be taken of at most {MAX_FACTORIAL:,}.")
            elif names & {"format", "printf"} and any(
                isinstance(a, exp.Literal) and _WIDE_FORMAT.search(a.name) for a in node.find_all(exp.Literal)
            ):
                raise _refuse("A format may not ask for such a wide text.")
        elif isinstance(node, exp.With) and node.args.get("recursive"):
            _check_recursion(node)
        elif isinstance(node, exp.Select):
            _check_product(node)
    if rows > MAX_SERIES:
        raise _refuse(f"Series may make at most {MAX_SERIES:,} rows together.")


def function_names(function: exp.Func) -> frozenset[str]:
    """The lower-case names by which a function may be known."""
    if isinstance(function, exp.Anonymous):
        return frozenset({function.name.lower()})
    return frozenset(name.lower() for name in function.sql_names())


def arguments(function: exp.Func) -> list[exp.Expr]:
    found: list[exp.Expr] = []
    for value in function.args.values():
        found += [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, exp.Expr)]
    return found


def constant(node: exp.Expr | None) -> float | None:
    """The number that an expression of constants is, or None."""
    if isinstance(node, exp.Paren | exp.Cast):
        return constant(node.this)
    if isinstance(node, exp.Neg):
        inner = constant(node.this)
        return None if inner is None else -inner
    if isinstance(node, exp.Literal):
        try:
            return float(node.name.replace("_", ""))
        except ValueError:
            return None
    work = _ARITHMETIC.get(type(node)) if node is not None else None
    if work is None or node is None:
        return None
    left, right = constant(node.args.get("this")), constant(node.args.get("expression"))
    try:
        return None if left is None or right is None else work(left, right)
    except (OverflowError, ZeroDivisionError):
        return float("inf")


def _series(function: exp.Func) -> float:
    length = series_length(arguments(function), constant)
    if length is None:
        raise _refuse("The bounds of a series of numbers must be constants.")
    if length > MAX_SERIES:
        raise _refuse(f"A series may have at most {MAX_SERIES:,} members.")
    return length if isinstance(function.parent, exp.Table | exp.From | exp.Lateral) else 1.0


def _check_growth(function: exp.Func) -> None:
    for argument in arguments(function):
        number = constant(argument)
        if number is None and argument.find(exp.Mul, exp.Pow, exp.BitwiseLeftShift, exp.Query):
            raise _refuse("How often a text is repeated or padded must be plain to see.")
        numbers = [number] if number is not None else [constant(n) for n in argument.find_all(exp.Literal)]
        if any(n is not None and n > MAX_REPEAT for n in numbers):
            raise _refuse(f"A text may be repeated or padded to at most {MAX_REPEAT:,}.")
    inner = (f for f in function.find_all(exp.Func) if f is not function)
    if any(function_names(f) & _GROWING for f in inner):
        raise _refuse("Repetitions may not be nested.")


def _check_recursion(clause: exp.With) -> None:
    """A recursive step that neither filters, joins nor limits never ends."""
    for cte in clause.expressions:
        body = cte.this
        if not isinstance(body, exp.SetOperation) or not _reads(body.expression, cte.alias):
            continue
        step = body.expression
        ends = any(step.args.get(part) for part in ("where", "joins", "limit", "having", "group"))
        if not ends and body.args.get("limit") is None:
            raise _refuse("The recursion has nothing that ends it: add a WHERE.")


def _reads(step: exp.Expr, name: str) -> bool:
    return any(table.name.lower() == name.lower() for table in step.find_all(exp.Table))


def _check_product(select: exp.Select) -> None:
    """Several sources that nothing connects multiply their rows."""
    joins = select.args.get("joins") or []
    sources = [select.args.get("from_"), *joins]
    named = [source.this.alias_or_name.lower() for source in sources if source is not None and source.this]
    if len(named) <= MAX_UNCONNECTED:
        return
    if any(j.args.get("using") or j.args.get("method") for j in joins):
        return
    conditions = [j.args.get("on") for j in joins] + [select.args.get("where")]
    groups = [{name} for name in named]
    for condition in conditions:
        for comparison in condition.find_all(exp.Predicate, exp.Func) if condition is not None else ():
            tables = {column.table.lower() for column in comparison.find_all(exp.Column)}
            if "" in tables or comparison.find(exp.Query):
                return
            touching = [group for group in groups if group & tables]
            if len(touching) > 1:
                groups = [g for g in groups if g not in touching] + [reduce(set.union, touching)]
    lateral = sum(isinstance(j.this, exp.Lateral | exp.Unnest) or _is_call(j.this) for j in joins)
    if len(groups) - lateral > MAX_UNCONNECTED:
        raise _refuse("Too many tables are joined without a condition.", "cross-join")


def _is_call(source: exp.Expr) -> bool:
    return isinstance(source, exp.Table) and isinstance(source.this, exp.Func)


def _refuse(message: str, rule: str = "bounds") -> QueryRejected:
    return QueryRejected(message, kind=FailureKind.resource, rule=rule)
