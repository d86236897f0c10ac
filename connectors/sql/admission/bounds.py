"""What makes something large from something small must be bounded in the text.

Only what a text shows is refused here; the rest is stopped by the engine's time, memory and row limits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import prod
from operator import add, mul, sub

from sqlglot import exp

from connectors.errors import FailureKind, QueryRejected
from connectors.sql.admission.recursion import check_recursion
from connectors.sql.admission.series import MAX_SERIES, SERIES, series_length
from connectors.sql.admission.sources import numbers_made
from connectors.sql.admission.volume import MAX_UNCONNECTED, rows_made, unconnected

MAX_REPEAT = 10_000
MAX_EXPONENT = 10_000
MAX_FACTORIAL = 1_000
MAX_GROWTH = 10_000_000
"""Times that nested replacements multiply a text."""
MAX_ROWS = 10_000_000
MAX_TEXT = 1_000_000_000
"""Rows that series make, times the characters written for each."""
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


def check_bounds(tree: exp.Expr, dialect: str) -> None:
    """Raises `QueryRejected` for what grows without a modest bound in the text."""
    widest = 1.0
    for node in tree.walk():
        if isinstance(node, exp.Func):
            widest = max(widest, _check_function(node))
        elif isinstance(node, exp.With) and node.args.get("recursive"):
            check_recursion(node)
        elif isinstance(node, exp.Connect) and node.args["connect"].find(exp.Prior) is None:
            raise _refuse("CONNECT BY needs a PRIOR.")
        elif isinstance(node, exp.Select) and unconnected(node) > MAX_UNCONNECTED:
            raise _refuse("Too many tables are joined without a condition.", "cross-join")
        elif isinstance(node, exp.Table) and (numbers_made(node, dialect) or 0) > MAX_SERIES:
            raise _refuse(f"A series may have at most {MAX_SERIES:,} members.")
    rows = rows_made(tree, lambda node: _members(node, dialect))
    if rows > MAX_ROWS or rows * widest > MAX_TEXT:
        raise _refuse(f"Series may make at most {MAX_ROWS:,} rows together.")


def _check_function(function: exp.Func) -> float:
    """How many characters the function writes at most, as far as its text says."""
    names = function_names(function)
    if names & SERIES:
        _check_series(function)
    elif names & _GROWING:
        return _check_growth(function)
    elif isinstance(function, exp.Generator):
        _check_series(function)
    elif isinstance(function, exp.Pow) and (constant(function.expression) or 0) > MAX_EXPONENT:
        raise _refuse(f"An exponent may be at most {MAX_EXPONENT:,}.")
    elif "factorial" in names and any((constant(a) or 0) > MAX_FACTORIAL for a in arguments(function)):
        raise _refuse(f"A factorial may be taken of at most {MAX_FACTORIAL:,}.")
    elif isinstance(function, exp.Replace | exp.RegexpReplace):
        _check_replacement(function)
    elif names & {"format", "printf"} and any(
        _WIDE_FORMAT.search(literal.name) for literal in function.find_all(exp.Literal)
    ):
        raise _refuse("A format may not ask for such a wide text.")
    return 1.0


def _members(node: exp.Expr, dialect: str) -> float | None:
    """Rows of a series, a generator or a table of numbers; None for everything else."""
    if isinstance(node, exp.Table):
        return numbers_made(node, dialect)
    if isinstance(node, exp.Generator):
        return constant(node.args.get("rowcount"))
    if not isinstance(node, exp.Func) or not function_names(node) & SERIES:
        return None
    return series_length(arguments(node), constant)


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


def _check_series(function: exp.Func) -> None:
    length = _members(function, "")
    if length is None:
        raise _refuse("The bounds of a series must be constants.")
    if length > MAX_SERIES:
        raise _refuse(f"A series may have at most {MAX_SERIES:,} members.")


def _check_growth(function: exp.Func) -> float:
    largest = 1.0
    grown = [function.this] if isinstance(function, exp.Randstr) else arguments(function)
    for argument in grown:
        number = constant(argument)
        if number is None and argument.find(exp.Mul, exp.Pow, exp.BitwiseLeftShift, exp.Operator, exp.Query):
            raise _refuse("How often a text is repeated or padded must be plain to see.")
        numbers = [number] if number is not None else [constant(n) for n in argument.find_all(exp.Literal)]
        largest = max([largest, *(n for n in numbers if n is not None)])
    dimensions = function.find(exp.Array) if "array_fill" in function_names(function) else None
    if dimensions is not None:
        largest = prod(constant(size) or MAX_REPEAT for size in dimensions.expressions)
    if largest > MAX_REPEAT:
        raise _refuse(f"A text may be repeated or padded to at most {MAX_REPEAT:,}.")
    chained = function.parent.this if isinstance(function.parent, exp.Dot) else None
    inner = [f for part in (function, chained) if part is not None for f in part.find_all(exp.Func)]
    if any(function_names(f) & _GROWING for f in inner if f is not function):
        raise _refuse("Repetitions may not be nested.")
    return largest


def _check_replacement(function: exp.Func) -> None:
    """How much longer nested replacements make a text, at most."""
    growth = 1.0
    for replace in function.find_all(exp.Replace, exp.RegexpReplace):
        old, new = replace.args.get("expression"), replace.args.get("replacement")
        growth *= max(
            1.0, _written(new) / max(1.0, _written(old) if isinstance(replace, exp.Replace) else 1.0)
        )
    if growth * max((_written(f) for f in function.find_all(exp.Repeat, exp.Pad)), default=1.0) > MAX_GROWTH:
        raise _refuse("Replacements may not make a text so much longer.")


def _written(node: exp.Expr | None) -> float:
    """Characters of a text that is written out, or repeated as often as is written."""
    if isinstance(node, exp.Literal) and node.is_string:
        return float(len(node.name))
    if isinstance(node, exp.Repeat):
        return constant(node.args.get("times")) or 1.0
    return (constant(node.expression) or 1.0) if isinstance(node, exp.Pad) else 1.0


def _refuse(message: str, rule: str = "bounds") -> QueryRejected:
    return QueryRejected(message, kind=FailureKind.resource, rule=rule)
