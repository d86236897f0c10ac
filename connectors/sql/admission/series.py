"""How many members a series of numbers or moments has, as far as its text says."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from math import prod

from sqlglot import exp

SERIES = frozenset(
    {
        "generate_series", "range", "sequence", "generate_array", "generate_date_array", "generate_timestamp_array",
        "exploding_generate_series", "explodinggenerateseries",
    }
)  # fmt: skip
MAX_SERIES = 1_000_000
"""Members of one series."""
_SECONDS = {
    "microsecond": 1e-6, "millisecond": 1e-3, "second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0,
    "week": 604800.0, "month": 2629800.0, "quarter": 7889400.0, "year": 31557600.0, "decade": 315576000.0,
}  # fmt: skip
_ASSUMED_SPAN = 50 * _SECONDS["year"]
"""How long a series of moments is taken to be when its ends are not written out."""
_STEP = re.compile(r"(\d+(?:\.\d+)?)?\s*([a-z]+?)s?\b", re.IGNORECASE)


def series_length(
    arguments: list[exp.Expr], constant: Callable[[exp.Expr | None], float | None]
) -> float | None:
    """Members of a series; None for one of numbers whose ends are not constants."""
    arguments = [
        argument.expression if isinstance(argument, exp.Kwarg) else argument
        for argument in arguments
        if not isinstance(argument, exp.Var)
    ]
    if any(constant(argument) is None and _grows(argument) for argument in arguments):
        return None
    seconds = [step for argument in arguments if (step := _step(argument)) is not None]
    if seconds:
        if seconds[-1] <= 0:
            return float("inf")
        moments = [moment for argument in arguments[:2] if (moment := _moment(argument)) is not None]
        span = abs((moments[1] - moments[0]).total_seconds()) if len(moments) == 2 else _ASSUMED_SPAN
        return span / seconds[-1]
    if any(_moment(argument) is not None for argument in arguments):
        return 0.0 if len(arguments) < 3 else None
    numbers = [number for argument in arguments if (number := constant(argument)) is not None]
    if len(numbers) != len(arguments) or not numbers:
        return _by_day(arguments)
    low, high = (numbers[0], numbers[1]) if len(numbers) > 1 else (0.0, numbers[0])
    step = numbers[2] if len(numbers) > 2 else 1.0
    return float("inf") if step == 0 else abs(high - low) / abs(step)


def _grows(argument: exp.Expr) -> bool:
    """Whether an end that is not a plain number is made large by the numbers in it: `length(x) * 1000000`."""
    numbers = [float(literal.name) for literal in argument.find_all(exp.Literal) if not literal.is_string]
    shifted = argument.find(exp.Pow, exp.BitwiseLeftShift) is not None
    return shifted or prod(max(1.0, number) for number in numbers) > MAX_SERIES


def _by_day(arguments: list[exp.Expr]) -> float | None:
    """Ends that are lengths of an array, or dates by their type, bound a series that has no step."""
    bounding = (exp.ArraySize, exp.Length, exp.JSONArrayContains, exp.CurrentDate, exp.DateTrunc)
    names = ("array_length", "json_array_length", "jsonb_array_length", "cardinality", "len", "array_upper")
    for argument in arguments:
        if argument.find(*bounding) or any(a.name.lower() in names for a in argument.find_all(exp.Anonymous)):
            return 0.0
    return None


def _step(node: exp.Expr) -> float | None:
    """Seconds of an interval; None when the node is no interval."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Cast) and node.to.is_type("interval"):
        return _read(node.this.name)
    if isinstance(node, exp.Interval):
        unit = node.args.get("unit")
        amount = node.this.name if node.this is not None else ""
        return _read(f"{amount} {unit.name}" if unit is not None else amount)
    if isinstance(node, exp.Literal) and node.is_string and _moment(node) is None:
        return _read(node.name)
    return None


def _read(text: str) -> float | None:
    total = 0.0
    for amount, unit in _STEP.findall(text):
        seconds = _SECONDS.get(unit.lower())
        if seconds is None:
            return None
        total += float(amount or 1) * seconds
    return total or None


def _moment(node: exp.Expr) -> datetime | None:
    if isinstance(node, exp.Cast):
        node = node.this
    if isinstance(node, exp.Literal) and node.is_string:
        try:
            return datetime.fromisoformat(node.name.strip()).replace(tzinfo=None)
        except ValueError:
            return None
    return None
