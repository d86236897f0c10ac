"""Functions that make something large from something small need constant, modest arguments."""

from __future__ import annotations

from sqlglot import exp

from connectors.errors import FailureKind, QueryRejected

MAX_SERIES = 1_000_000
MAX_REPEAT = 10_000
SERIES = frozenset(
    {
        "generate_series",
        "range",
        "sequence",
        "generate_array",
        "explodinggenerateseries",
        "exploding_generate_series",
    }
)
REPEATS = frozenset({"repeat", "lpad", "rpad", "space", "pad", "randstr"})


def check_bounds(tree: exp.Expression) -> None:
    """Raises `QueryRejected` for a series or a repetition that is not bounded in the text."""
    for function in tree.find_all(exp.Func):
        names = (
            {function.name.lower()}
            if isinstance(function, exp.Anonymous)
            else {n.lower() for n in function.sql_names()}
        )
        if names & SERIES:
            _check_series(function)
        elif names & REPEATS:
            _check_repeat(function)
    for clause in tree.find_all(exp.With):
        if clause.args.get("recursive"):
            _check_recursion(clause)


def _check_recursion(clause: exp.With) -> None:
    """A recursive step that neither filters, joins nor limits never ends."""
    limited = clause.parent is not None and clause.parent.args.get("limit") is not None
    for cte in clause.expressions:
        step = cte.this.expression if isinstance(cte.this, exp.SetOperation) else None
        if not isinstance(step, exp.Select) or limited:
            continue
        if (
            not any(step.args.get(part) for part in ("where", "joins", "limit", "having"))
            and cte.this.args.get("limit") is None
        ):
            raise _refuse("The recursion has nothing that ends it: add a WHERE.")


def _arguments(function: exp.Func) -> list[exp.Expression]:
    if isinstance(function, exp.Anonymous):
        return list(function.expressions)
    return [arg for arg in function.args.values() if isinstance(arg, exp.Expression)]


def _number(node: exp.Expression) -> float | None:
    sign = 1
    while isinstance(node, exp.Neg | exp.Paren):
        sign, node = (-sign if isinstance(node, exp.Neg) else sign), node.this
    if isinstance(node, exp.Literal) and not node.is_string:
        return sign * float(node.name)
    return None


def _check_series(function: exp.Func) -> None:
    arguments = _arguments(function)
    numbers = [_number(argument) for argument in arguments]
    if any(argument.find(exp.Column, exp.Query) for argument in arguments):
        raise _refuse("The bounds of a series must be constants.")
    if numbers and all(number is not None for number in numbers):
        known = [number for number in numbers if number is not None]
        low, high, step = (
            (known[0], known[1], known[2] if len(known) > 2 else 1) if len(known) > 1 else (0, known[0], 1)
        )
        if step == 0 or abs(high - low) / abs(step) > MAX_SERIES:
            raise _refuse(f"A series may have at most {MAX_SERIES:,} members.")


def _check_repeat(function: exp.Func) -> None:
    for argument in _arguments(function):
        number = _number(argument)
        if number is not None and number > MAX_REPEAT:
            raise _refuse(f"A text may be repeated or padded to at most {MAX_REPEAT:,}.")
    if "repeat" in {n.lower() for n in function.sql_names()} and function.find(exp.Repeat) is not function:
        raise _refuse("Repetitions may not be nested.")


def _refuse(message: str) -> QueryRejected:
    return QueryRejected(message, kind=FailureKind.resource, rule="bounds")
