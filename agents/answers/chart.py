"""Which chart fits a result: fixed rules, the first that matches wins, and the reason is shown."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from agents.answers.rows import ColumnFacts, facts, moment, number
from agents.events import ChartSpec
from connectors.base import JsonValue, QueryResult

Kind = Literal[
    "table", "number", "line", "multi_line", "bar", "horizontal_bar", "grouped_bar", "stacked_bar",
    "heatmap", "scatter", "histogram",
]  # fmt: skip
Sort = Literal["x", "-y", "none"]
MAX_COLOURS = 8
MAX_BARS = 12
MAX_LONG_BARS = 50
LONG_LABEL = 14
ORDERED = (
    [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ],
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    ["xs", "s", "m", "l", "xl", "xxl"],
    ["low", "medium", "high"],
)
"""Categories that have an order of their own."""


def choose_chart(result: QueryResult, title: str, labels: Sequence[str] = ()) -> ChartSpec:
    """The chart of a result; `labels` are the columns' names for people."""
    columns = facts(result)
    names = [labels[c.index] if c.index < len(labels) and labels[c.index] else c.name for c in columns]
    spec = _choose(result, columns)
    update = {
        "title": title,
        "x_title": names[spec.x] if spec.x is not None else "",
        "y_title": names[spec.y[0]] if len(spec.y) == 1 else "",
    }
    spec = spec.model_copy(update=update)
    return spec.model_copy(update={"alt": _alt(spec, result.rows, names)})


def _chart(
    kind: Kind,
    *,
    why: str,
    x: int | None = None,
    y: tuple[int, ...] = (),
    color: int | None = None,
    x_grain: str | None = None,
    names: tuple[int, ...] = (),
    sort: Sort = "none",
) -> ChartSpec:
    return ChartSpec(
        kind=kind, title="", x=x, y=y, color=color, x_grain=x_grain, names=names, sort=sort, why=why
    )


def _choose(result: QueryResult, columns: Sequence[ColumnFacts]) -> ChartSpec:
    rows = result.rows
    dates = [c for c in columns if c.role in ("date", "year")]
    numbers = [c for c in columns if c.role == "number"]
    categories = [c for c in columns if c.role in ("category", "flag")]
    if not rows or not numbers:
        return _chart("table", why="There is no number to draw." if rows else "There are no rows.")
    if len(rows) == 1 and len(numbers) <= 4:
        return _chart("number", y=_indexes(numbers), why="One row of numbers reads best as numbers.")
    if len(columns) > 5:
        return _chart("table", why="More than five columns read best as a table.")
    if len(dates) == 1 and len(dates) + len(numbers) + len(categories) == len(columns):
        return _over_time(rows, dates[0], numbers, categories)
    if len(categories) == 1 and not dates and len(columns) == 1 + len(numbers):
        return _by_category(rows, categories[0], numbers)
    if len(categories) == 2 and not dates and len(numbers) == 1 and len(columns) == 3:
        return _by_two(rows, categories, numbers[0])
    if len(columns) == 2 and len(numbers) == 2 and len(rows) > 8:
        return _chart("scatter", x=0, y=(1,), why="Two numbers per row: one against the other.")
    if len(columns) == 1 and len(rows) > 20:
        return _chart("histogram", x=0, y=(0,), why="Many values of one number: how they spread.")
    return _chart("table", why="No chart says more than the table.")


def _over_time(
    rows: Sequence[Sequence[JsonValue]],
    when: ColumnFacts,
    numbers: Sequence[ColumnFacts],
    categories: Sequence[ColumnFacts],
) -> ChartSpec:
    grain = "year" if when.role == "year" else _grain([row[when.index] for row in rows])
    if not categories and when.distinct + (when.nulls == 1) == len(rows):
        if len(numbers) == 1:
            kind: Kind = "bar" if len(rows) <= 3 else "line"
            why = "One number over time." if kind == "line" else "Three points or fewer make no line."
            return _chart(kind, x=when.index, y=_indexes(numbers), x_grain=grain, sort="x", why=why)
        if len(numbers) <= 4:
            why = "Several numbers over time."
            return _chart("multi_line", x=when.index, y=_indexes(numbers), x_grain=grain, sort="x", why=why)
    if len(categories) == 1 and len(numbers) == 1:
        group = categories[0]
        if group.distinct <= MAX_COLOURS and when.distinct * group.distinct >= len(rows):
            why = f"One number over time, a line for each of {group.distinct} groups."
            return _chart(
                "multi_line",
                x=when.index,
                y=_indexes(numbers),
                color=group.index,
                x_grain=grain,
                sort="x",
                why=why,
            )
        return _chart("table", why=f"{group.distinct} lines would be too many to tell apart.")
    return _chart("table", why="Dates repeat, so a line would mislead.")


def _by_category(
    rows: Sequence[Sequence[JsonValue]], group: ColumnFacts, numbers: Sequence[ColumnFacts]
) -> ChartSpec:
    if group.distinct + (group.nulls == 1) < len(rows):
        return _chart("table", why="Groups repeat, so bars would mislead.")
    if len(numbers) > 1:
        if len(numbers) <= 3 and len(rows) <= MAX_BARS:
            why = "A few numbers for a few groups, side by side."
            return _chart("grouped_bar", x=group.index, y=_indexes(numbers), why=why)
        return _chart("table", why="Too many numbers to draw side by side.")
    sort: Sort = "none" if _is_ordered([row[group.index] for row in rows]) else "-y"
    if len(rows) <= MAX_BARS and group.longest <= LONG_LABEL:
        return _chart("bar", x=group.index, y=_indexes(numbers), sort=sort, why="One number for each group.")
    if len(rows) <= MAX_LONG_BARS:
        why = "One number for each group; the names are long or many."
        return _chart("horizontal_bar", x=group.index, y=_indexes(numbers), sort=sort, why=why)
    return _chart("table", why=f"{len(rows)} bars would be too many to read.")


def _by_two(
    rows: Sequence[Sequence[JsonValue]], groups: Sequence[ColumnFacts], measure: ColumnFacts
) -> ChartSpec:
    if len({(str(row[groups[0].index]), str(row[groups[1].index])) for row in rows}) < len(rows):
        return _chart("table", why="Groups repeat, so bars would mislead.")
    wide, narrow = sorted(groups, key=lambda c: -c.distinct)
    if len(rows) <= MAX_LONG_BARS and 2 * len(rows) <= wide.distinct * narrow.distinct:
        names, why = _indexes(groups), "One number for each; most pairs of groups do not occur."
        return _chart("horizontal_bar", x=names[0], y=(measure.index,), names=names, sort="-y", why=why)
    if wide.distinct <= 25 and narrow.distinct <= MAX_COLOURS:
        why = "One number for each pair of groups."
        return _chart("grouped_bar", x=wide.index, y=(measure.index,), color=narrow.index, why=why)
    if wide.distinct <= 60 and narrow.distinct <= 60:
        why = "Many pairs of groups: the darker, the larger."
        return _chart("heatmap", x=wide.index, y=(measure.index,), color=narrow.index, why=why)
    return _chart("table", why="Too many groups to draw.")


def _indexes(columns: Sequence[ColumnFacts]) -> tuple[int, ...]:
    return tuple(column.index for column in columns)


def _is_ordered(cells: Sequence[JsonValue]) -> bool:
    seen = {str(cell).lower() for cell in cells}
    return any(seen <= set(order) for order in ORDERED)


def _grain(cells: Sequence[JsonValue]) -> str:
    """The coarsest period that all cells begin."""
    texts = [str(cell) for cell in cells if cell is not None]
    days = [day for text in texts if (day := moment(text)) is not None]
    if any(len(text) > 10 and not text[11:].startswith("00:00") for text in texts):
        return "hour"
    if any(day.day != 1 for day in days):
        return "day"
    if any(day.month != 1 for day in days):
        return "quarter" if all(day.month % 3 == 1 for day in days) and len(days) > 2 else "month"
    return "year"


def _alt(spec: ChartSpec, rows: Sequence[Sequence[JsonValue]], names: Sequence[str]) -> str:
    """What a person who cannot see the chart should be told."""
    if spec.kind == "table" or not spec.y:
        return f"Table of {len(rows)} rows: {', '.join(names)}."
    measure = spec.y[0]
    if spec.kind == "number":
        return "; ".join(f"{names[i]}: {rows[0][i]}" for i in spec.y) + "."
    points = [(value, row) for row in rows if (value := number(row[measure])) is not None]
    if not points:
        return f"{spec.title}: no values."
    low, high = min(points, key=_value), max(points, key=_value)
    label = spec.names or ((spec.x,) if spec.x is not None and spec.x != measure else ())
    at_low, at_high = (
        f" ({' '.join(str(row[i]) for i in label)})" if label else "" for _, row in (low, high)
    )
    kind = spec.kind.replace("_", " ")
    return (
        f"{kind.capitalize()} chart of {names[measure]}, {len(rows)} points: "
        f"lowest {low[0]}{at_low}, highest {high[0]}{at_high}."
    )


def _value(point: tuple[Decimal, Sequence[JsonValue]]) -> Decimal:
    return point[0]
