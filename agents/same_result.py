"""Whether two results are the same answer.

Rows count as a multiset, or as a sequence when order is part of the question; columns may stand in another
order; whole numbers agree when identical, other numbers within a millionth; a text and a number agree when
the text reads as that number; texts agree when identical and NULL agrees with NULL only.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

Cell = None | int | float | str
Row = tuple[Cell, ...]

_RELATIVE, _ABSOLUTE = 1e-6, 1e-9
_MOST_PLACEMENTS = 5_000
"""Column orders tried before two results count as different."""
_MOST_ODD_ROWS = 400
_NUMERAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_ORDER_WORDS = re.compile(
    r"""(?P<skip>--[^\n]*|/\*.*?(?:\*/|\Z)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\$(\w*)\$.*?\$\2\$)
      |(?P<word>[A-Za-z_]\w*)|(?P<open>\()|(?P<close>\))|(?P<other>\S)""",
    re.VERBOSE | re.DOTALL,
)


def plain(value: Any) -> Cell:
    """A driver's value as NULL, number or text."""
    if value is None or isinstance(value, float | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Decimal):
        whole = value.is_finite() and value == value.to_integral_value()
        return int(value) if whole else float(value)
    if isinstance(value, bytes | bytearray | memoryview):
        raw = bytes(value)
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return f"x'{raw.hex()}'"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _numeral(text: str) -> int | float | None:
    text = text.strip()
    if not _NUMERAL.fullmatch(text):
        return None
    try:
        return int(text)
    except ValueError:
        return float(text)


def same_cell(left: Cell, right: Cell) -> bool:
    if left is None or right is None:
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    a = _numeral(left) if isinstance(left, str) else left
    b = _numeral(right) if isinstance(right, str) else right
    if a is None or b is None:
        return False
    if a == b:
        return True
    if isinstance(a, int) and isinstance(b, int):
        return False
    if a != a or b != b:
        return a != a and b != b
    try:
        return math.isclose(a, b, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
    except OverflowError:
        return False


def same_row(left: Sequence[Cell], right: Sequence[Cell]) -> bool:
    return all(map(same_cell, left, right))


def _rank(value: Cell) -> tuple[int, float, str]:
    """NULLs, then numbers and texts that read as numbers, then other texts."""
    if value is None:
        return 0, 0.0, ""
    numeral = _numeral(value) if isinstance(value, str) else value
    if numeral is None:
        return 2, 0.0, str(value)
    try:
        number = float(numeral)
    except OverflowError:
        number = math.inf if numeral > 0 else -math.inf
    return 1, math.inf if number != number else number, str(value)


def _rough(value: Cell) -> tuple[int, float, str]:
    """As `_rank`, but numbers that nearly agree rank equal."""
    group, number, text = _rank(value)
    return group, float(f"{number:.5g}"), text if isinstance(value, str) else ""


def pairs_off(left: Sequence[Any], right: Sequence[Any], agree: Callable[[Any, Any], bool]) -> bool:
    """Whether every item of one side finds its own partner on the other (Kuhn's augmenting paths)."""
    partners = [[j for j, other in enumerate(right) if agree(item, other)] for item in left]
    owner: dict[int, int] = {}

    def assign(start: int) -> bool:
        tried: set[int] = set()
        trail: list[tuple[int, list[int]]] = [(start, list(partners[start]))]
        taken: list[tuple[int, int]] = []
        while trail:
            item, options = trail[-1]
            free = next((j for j in options if j not in tried), None)
            if free is None:
                trail.pop()
                if taken:
                    taken.pop()
                continue
            tried.add(free)
            taken.append((item, free))
            if free not in owner:
                for mine, place in taken:
                    owner[place] = mine
                return True
            trail.append((owner[free], list(partners[owner[free]])))
        return False

    return all(assign(item) for item in range(len(left)))


def _needs_identity(left: Sequence[Row], right: Sequence[Row]) -> bool:
    """Whether cells can agree only by being identical: no fractions, and text never faces a whole number."""
    for ours, theirs in zip(zip(*left, strict=True), zip(*right, strict=True), strict=True):
        a, b = ({type(cell) for cell in column if cell is not None} for column in (ours, theirs))
        if float in a | b or (str in a and int in b) or (int in a and str in b):
            return False
    return True


def same_rows(left: Sequence[Row], right: Sequence[Row]) -> bool:
    """Whether equally many rows of equal width are the same multiset."""
    ours, theirs = Counter(left), Counter(right)
    if ours == theirs:
        return True
    odd, others = list((ours - theirs).elements()), list((theirs - ours).elements())
    if _needs_identity(odd, others):
        return False
    for a, b in zip(zip(*odd, strict=True), zip(*others, strict=True), strict=True):
        if not all(map(same_cell, sorted(a, key=_rank), sorted(b, key=_rank))):
            return False
    if len(odd[0]) == 1:
        return True
    odd.sort(key=lambda row: tuple(map(_rough, row)))
    others.sort(key=lambda row: tuple(map(_rough, row)))
    if all(map(same_row, odd, others)):
        return True
    return len(odd) <= _MOST_ODD_ROWS and pairs_off(odd, others, same_row)


def _some_column_order(gold: Sequence[Row], pred: Sequence[Row]) -> bool:
    """Whether the columns can be put into an order in which the rows are the same multiset."""
    width = len(gold[0])
    columns, others = list(zip(*gold, strict=True)), list(zip(*pred, strict=True))
    fitting: list[list[int]] = []
    for i in range(width):
        own = [(cell,) for cell in columns[i]]
        order = [i, *(j for j in range(width) if j != i)]
        fitting.append([j for j in order if same_rows(own, [(cell,) for cell in others[j]])])
        if not fitting[-1]:
            return False
    todo = sorted(range(width), key=lambda i: len(fitting[i]))
    steps = 0

    def place(chosen: tuple[int, ...]) -> bool:
        nonlocal steps
        if len(chosen) == width:
            return True
        wanted = todo[: len(chosen) + 1]
        tried: set[tuple[Cell, ...]] = set()
        for j in fitting[wanted[-1]]:
            if j in chosen or others[j] in tried:
                continue
            tried.add(others[j])
            steps += 1
            if steps > _MOST_PLACEMENTS:
                return False
            picked = (*chosen, j)
            fits = not chosen or same_rows(
                list(zip(*(columns[i] for i in wanted), strict=True)),
                list(zip(*(others[i] for i in picked), strict=True)),
            )
            if fits and place(picked):
                return True
        return False

    return place(())


def same_result(gold: Sequence[Sequence[Any]], pred: Sequence[Sequence[Any]], ordered: bool) -> bool:
    """Whether two results are the same answer; `ordered` when the order of rows counts."""
    left = [tuple(plain(cell) for cell in row) for row in gold]
    right = [tuple(plain(cell) for cell in row) for row in pred]
    if len(left) != len(right):
        return False
    if not left:
        return True
    width = len(left[0])
    if any(len(row) != width for row in (*left, *right)):
        return False
    if width == 0:
        return True
    if ordered:
        if all(map(same_row, left, right)):
            return True
        columns, others = list(zip(*left, strict=True)), list(zip(*right, strict=True))
        if width == 1:
            return same_row(columns[0], others[0])
        return pairs_off(columns, others, same_row)
    return same_rows(left, right) or (width > 1 and _some_column_order(left, right))


def is_ordered(sql: str) -> bool:
    """Whether the outermost query has an ORDER BY."""
    depth, previous = 0, ""
    for match in _ORDER_WORDS.finditer(sql):
        if match["skip"] and match["skip"][:2] in ("--", "/*"):
            continue
        if match["open"]:
            depth += 1
        elif match["close"]:
            depth = max(0, depth - 1)
        word = (match["word"] or "").lower() if depth == 0 else ""
        if word == "by" and previous == "order":
            return True
        previous = word
    return False
