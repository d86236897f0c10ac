"""The words of an answer. Every number in them is filled from the rows; one that matches no row cannot be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from agents.answers.rows import facts, number
from agents.answers.spoken_numbers import spoken
from agents.events import ChartSpec, NumberReference
from agents.reasoners.base import Summary
from connectors.base import JsonValue, QueryResult

_KEY = re.compile(r"\{\{\s*([A-Za-z0-9_.]+)\s*\}\}")
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,\u202f\u00a0]*(?:\.\d+)?(?:[eE][-+]?\d+)?(?:%|[kKmMbB]n?\b)?")
_SCALES = {"k": 3, "m": 6, "mn": 6, "b": 9, "bn": 9}
_COMPUTED = re.compile(r"^(sum|min|max|avg|count)\(column (\d+)\)$")
MAX_NAMED = 3
BARE_NAMES = frozenset({"name", "title", "id", "label", "code"})


class UnboundNumber(ValueError):
    """A text holds a number that the rows do not."""


def describe(result: QueryResult, chart: ChartSpec, labels: Sequence[str]) -> Summary:
    """A short answer by rule, from the shape of the result."""
    rows, names = result.rows, _names(result, labels)
    if not rows:
        return Summary("The statement ran and found no rows.")
    if len(rows) == 1:
        return _one_row(rows[0], names)
    count = NumberReference(key="rows", text="", expression="rows")
    more = "the first " if result.truncated else ""
    said = [f"Here {'are' if len(rows) > 1 else 'is'} {more}**{{{{rows}}}}** rows."]
    references = [count]
    measure = chart.y[0] if chart.kind not in ("table", "number") and chart.y else None
    label = chart.x if chart.x is not None and chart.x != measure else None
    if measure is not None and label is not None and chart.color is None:
        first = "The first " if result.truncated else ""
        said = [f"{first}**{{{{rows}}}}** rows{_one_for_each(rows, label, chart.x_grain or names[label])}."]
        text, extra = _extremes(rows, measure, label, names)
        said += [text] if text else []
        references += extra
    elif len(rows) <= MAX_NAMED and len(names) == 1:
        said = [f"{names[0]}: {_enumerate(f'{{{{r{i}c0}}}}' for i in range(len(rows)))}."]
        references = [_cell(i, 0) for i in range(len(rows))]
    return Summary(" ".join(said), tuple(references))


def fill(
    summary: Summary, result: QueryResult, known: Sequence[str] = ()
) -> tuple[str, tuple[NumberReference, ...]]:
    """The text with its references filled. `known` are texts (question, plan) whose numbers may be repeated.

    Raises `UnboundNumber` when a reference points nowhere or a bare number is not in the rows.
    """
    by_key = {reference.key: reference for reference in summary.references}
    filled: dict[str, NumberReference] = {}

    def put(match: re.Match[str]) -> str:
        key = match[1]
        reference = by_key.get(key) or _reference_of(key)
        text = shown(_value(reference, result))
        filled[key] = reference.model_copy(update={"text": text})
        return text

    bare = _KEY.sub(" ", summary.template)
    _check_bare(bare, result, known)
    return _KEY.sub(put, summary.template), tuple(filled.values())


def shown(cell: JsonValue) -> str:
    """A cell as a person reads it: thousands apart, at most two decimals unless the number is small."""
    if cell is None:
        return "no value"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    value = number(cell)
    if value is None or (isinstance(cell, str) and not _plain_decimal(cell)):
        return str(cell)
    if value == value.to_integral_value():
        return f"{int(value):,}"
    places = Decimal("0.01") if abs(value) >= 1 else Decimal("0.0001")
    return f"{value.quantize(places, ROUND_HALF_UP):,f}".rstrip("0").rstrip(".")


def _plain_decimal(text: str) -> bool:
    """Exact decimals come as text; codes with leading zeros are not numbers."""
    return bool(re.fullmatch(r"-?(0|[1-9]\d*)\.\d+|-?[1-9]\d{15,}", text))


def _one_row(row: Sequence[JsonValue], names: Sequence[str]) -> Summary:
    references = tuple(_cell(0, column) for column in range(len(row)))
    if len(row) == 1:
        return Summary(f"{names[0]}: **{{{{r0c0}}}}**.", references)
    parts = [f"{name}: **{{{{r0c{column}}}}}**" for column, name in enumerate(names[:6])]
    return Summary("; ".join(parts) + ".", references[:6])


def _one_for_each(rows: Sequence[Sequence[JsonValue]], label: int, name: str) -> str:
    """Says what a row stands for, where its label tells it from every other row and is more than a bare name."""
    cells = {str(row[label]) for row in rows}
    name = name.lower()
    return f", one for each {name}" if len(cells) == len(rows) and name not in BARE_NAMES else ""


def _extremes(
    rows: Sequence[Sequence[JsonValue]], measure: int, label: int, names: Sequence[str]
) -> tuple[str, list[NumberReference]]:
    values = [
        (value, index)
        for index, row in enumerate(rows)
        if row[label] is not None and (value := number(row[measure])) is not None
    ]
    if len(values) < 2 or len({value for value, _ in values}) < 2:
        return "", []
    high, low = max(values, key=lambda v: v[0])[1], min(values, key=lambda v: v[0])[1]
    text = (
        f"{names[measure]} is highest for {{{{r{high}c{label}}}}} (**{{{{r{high}c{measure}}}}}**) "
        f"and lowest for {{{{r{low}c{label}}}}} (**{{{{r{low}c{measure}}}}}**)."
    )
    return text, [_cell(r, c) for r in (high, low) for c in (label, measure)]


def _names(result: QueryResult, labels: Sequence[str]) -> list[str]:
    names = [
        labels[i] if i < len(labels) and labels[i] else c.name.replace("_", " ")
        for i, c in enumerate(result.columns)
    ]
    return [name[:1].upper() + name[1:] for name in names]


def _cell(row: int, column: int) -> NumberReference:
    return NumberReference(key=f"r{row}c{column}", text="", row=row, column=column)


def _reference_of(key: str) -> NumberReference:
    """`r3c1`, `rows`, `sum_c2` … without a declaration."""
    if key == "rows":
        return NumberReference(key=key, text="", expression="rows")
    if match := re.fullmatch(r"r(\d+)\.?c(\d+)", key):
        return NumberReference(key=key, text="", row=int(match[1]), column=int(match[2]))
    if match := re.fullmatch(r"(sum|min|max|avg)_c(\d+)", key):
        return NumberReference(key=key, text="", expression=f"{match[1]}(column {match[2]})")
    raise UnboundNumber(f"{key} points to nothing")


def _value(reference: NumberReference, result: QueryResult) -> JsonValue:
    if reference.row is not None and reference.column is not None:
        if reference.row >= len(result.rows) or reference.column >= len(result.columns):
            raise UnboundNumber(f"{reference.key} points outside the rows")
        return result.rows[reference.row][reference.column]
    if reference.expression == "rows":
        return len(result.rows)
    match = _COMPUTED.match(reference.expression)
    if match is None or int(match[2]) >= len(result.columns):
        raise UnboundNumber(f"{reference.expression!r} cannot be computed")
    values = [v for row in result.rows if (v := number(row[int(match[2])])) is not None]
    if match[1] == "count":
        return len(values)
    if not values:
        return None
    computed = {"sum": sum(values, Decimal()), "min": min(values), "max": max(values)}
    value = computed.get(match[1], sum(values, Decimal()) / len(values))
    return int(value) if value == value.to_integral_value() else float(value)


def _check_bare(text: str, result: QueryResult, known: Sequence[str]) -> None:
    allowed = {value for row in result.rows for cell in row if (value := number(cell)) is not None}
    allowed |= {Decimal(len(result.rows))}
    said = " ".join(known) + " " + " ".join(str(c) for row in result.rows for c in row if isinstance(c, str))
    allowed |= {value for match in _NUMBER.findall(said) if (value := _parse(match)) is not None}
    for match in _NUMBER.findall(text):
        value = _parse(match)
        if value is not None and value not in allowed:
            raise UnboundNumber(f"{match} is not in the rows")
    heard = said.lower()
    for word, value in spoken(text):
        if (value is None or value not in allowed) and word.lower() not in heard:
            raise UnboundNumber(f"{word} is not in the rows")


def _parse(text: str) -> Decimal | None:
    """The value of a number as people write it: `1,234.5`, `12 %`, `1e6`, `5k`, `2.3M`."""
    plain = re.sub(r"[,\u202f\u00a0%+]", "", text).lower()
    digits = plain.rstrip("kmbn")
    value = number(digits)
    return value.scaleb(_SCALES.get(plain[len(digits) :], 0)) if value is not None else None


def _enumerate(items: Iterable[str]) -> str:
    parts = [f"**{item}**" for item in items]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def null_share(result: QueryResult) -> list[tuple[str, float]]:
    """Columns with more than one empty cell in twenty, and the share."""
    total = len(result.rows)
    if not total:
        return []
    return [(c.name, c.nulls / total) for c in facts(result) if c.nulls / total > 0.05]
