"""How each dialect cuts a moment to a period and takes a component of it, as data.

One table serves both ways: rendering fills `{x}` in, reading matches a syntax tree against the parsed
template. The first form of a dialect is the one that is written; the others are only recognised.
Weekdays count from Sunday = 0, weeks are ISO weeks that begin on Monday.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import sqlglot
from sqlglot import exp

from connectors.sql.grammar import reader

DateForm = tuple[str, str]
"""("bucket", grain) or ("part", part)."""

_HOLE = "__moment__"
_SQLITE_MONTH = "CAST(STRFTIME('%m', {x}) AS INTEGER)"
_EXTRACTED = ("year", "quarter", "month", "week", "day", "hour")


def _truncated(call: str, week: str = "week") -> dict[DateForm, tuple[str, ...]]:
    grains = ("year", "quarter", "month", "week", "day", "hour")
    return {("bucket", grain): (call.format(unit=week if grain == "week" else grain),) for grain in grains}


def _extracted(week: str = "week", day: str = "day") -> dict[DateForm, tuple[str, ...]]:
    units = {"week": week, "day": day}
    return {("part", part): (f"EXTRACT({units.get(part, part).upper()} FROM {{x}})",) for part in _EXTRACTED}


_FORMS: dict[str, dict[DateForm, tuple[str, ...]]] = {
    "sqlite": {
        ("bucket", "year"): ("STRFTIME('%Y', {x})",),
        ("bucket", "quarter"): (f"STRFTIME('%Y', {{x}}) || '-Q' || (({_SQLITE_MONTH} + 2) / 3)",),
        ("bucket", "month"): ("STRFTIME('%Y-%m', {x})",),
        ("bucket", "week"): ("DATE({x}, '-6 days', 'weekday 1')",),
        ("bucket", "day"): ("DATE({x})",),
        ("bucket", "hour"): ("STRFTIME('%Y-%m-%d %H:00', {x})",),
        ("part", "year"): ("CAST(STRFTIME('%Y', {x}) AS INTEGER)",),
        ("part", "quarter"): (f"({_SQLITE_MONTH} + 2) / 3",),
        ("part", "month"): (_SQLITE_MONTH,),
        ("part", "week"): (
            "(CAST(STRFTIME('%j', DATE({x}, '-3 days', 'weekday 4')) AS INTEGER) - 1) / 7 + 1",
        ),
        ("part", "day"): ("CAST(STRFTIME('%d', {x}) AS INTEGER)",),
        ("part", "weekday"): ("CAST(STRFTIME('%w', {x}) AS INTEGER)",),
        ("part", "hour"): ("CAST(STRFTIME('%H', {x}) AS INTEGER)",),
    },
    "postgres": {
        **_truncated("DATE_TRUNC('{unit}', {{x}})"),
        **{
            ("bucket", grain): (
                f"CAST(DATE_TRUNC('{grain}', {{x}}) AS DATE)",
                f"DATE_TRUNC('{grain}', {{x}})",
            )
            for grain in ("year", "quarter", "month", "week", "day")
        },
        **_extracted(),
        ("part", "weekday"): ("EXTRACT(DOW FROM {x})",),
    },
    "duckdb": {
        **_truncated("DATE_TRUNC('{unit}', {{x}})"),
        ("part", "year"): ("YEAR({x})", "EXTRACT(YEAR FROM {x})", "DATE_PART('year', {x})"),
        ("part", "quarter"): ("QUARTER({x})", "EXTRACT(QUARTER FROM {x})", "DATE_PART('quarter', {x})"),
        ("part", "month"): ("MONTH({x})", "EXTRACT(MONTH FROM {x})", "DATE_PART('month', {x})"),
        ("part", "week"): ("WEEK({x})", "EXTRACT(WEEK FROM {x})", "DATE_PART('week', {x})"),
        ("part", "day"): ("DAY({x})", "EXTRACT(DAY FROM {x})", "DATE_PART('day', {x})"),
        ("part", "weekday"): ("DAYOFWEEK({x})", "EXTRACT(DOW FROM {x})", "DATE_PART('dow', {x})"),
        ("part", "hour"): ("HOUR({x})", "EXTRACT(HOUR FROM {x})", "DATE_PART('hour', {x})"),
    },
    "mysql": {
        ("bucket", "year"): ("DATE_FORMAT({x}, '%Y')",),
        ("bucket", "quarter"): ("CONCAT(YEAR({x}), '-Q', QUARTER({x}))",),
        ("bucket", "month"): ("DATE_FORMAT({x}, '%Y-%m')",),
        ("bucket", "week"): ("DATE_SUB(DATE({x}), INTERVAL WEEKDAY({x}) DAY)",),
        ("bucket", "day"): ("DATE({x})",),
        ("bucket", "hour"): ("DATE_FORMAT({x}, '%Y-%m-%d %H:00')",),
        ("part", "year"): ("YEAR({x})", "EXTRACT(YEAR FROM {x})"),
        ("part", "quarter"): ("QUARTER({x})", "EXTRACT(QUARTER FROM {x})"),
        ("part", "month"): ("MONTH({x})", "EXTRACT(MONTH FROM {x})"),
        ("part", "week"): ("WEEK({x}, 3)",),
        ("part", "day"): ("DAY({x})", "DAYOFMONTH({x})", "EXTRACT(DAY FROM {x})"),
        ("part", "weekday"): ("DAYOFWEEK({x}) - 1",),
        ("part", "hour"): ("HOUR({x})", "EXTRACT(HOUR FROM {x})"),
    },
    "bigquery": {
        **_truncated("DATE_TRUNC({{x}}, {unit})", week="ISOWEEK"),
        ("bucket", "hour"): ("TIMESTAMP_TRUNC({x}, HOUR)",),
        **_extracted(week="isoweek"),
        ("part", "weekday"): ("EXTRACT(DAYOFWEEK FROM {x}) - 1",),
    },
    "snowflake": {
        **_truncated("DATE_TRUNC('{unit}', {{x}})"),
        **_extracted(week="weekiso"),
        ("part", "weekday"): ("DAYOFWEEK({x})",),
    },
    "trino": {
        **_truncated("DATE_TRUNC('{unit}', {{x}})"),
        **_extracted(),
        ("part", "weekday"): ("DAY_OF_WEEK({x}) % 7",),
    },
}


def date_template(dialect: str, form: DateForm) -> str:
    """SQL of a date form with `{x}` where the moment goes; unknown dialects get PostgreSQL's spelling."""
    return _FORMS.get(dialect, _FORMS["postgres"])[form][0]


def match_date(node: exp.Expr, dialect: str) -> tuple[DateForm, exp.Expr] | None:
    """The date form that a syntax tree spells, and the moment inside it."""
    for form, template in _templates(dialect).get(type(node), ()):
        bound: list[exp.Expr] = []
        if _unify(template, node, bound):
            return form, bound[0]
    return None


@lru_cache(maxsize=32)
def _templates(dialect: str) -> Mapping[type[exp.Expr], tuple[tuple[DateForm, exp.Expr], ...]]:
    """Parsed forms by the class of their root, so that most nodes are dismissed with one look-up."""
    found: dict[type[exp.Expr], list[tuple[DateForm, exp.Expr]]] = {}
    for form, texts in _FORMS.get(dialect, _FORMS["postgres"]).items():
        for text in texts:
            tree = sqlglot.parse_one(text.format(x=_HOLE), read=reader(dialect))
            found.setdefault(type(tree), []).append((form, tree))
    return {root: tuple(forms) for root, forms in found.items()}


def _unify(template: object, node: object, bound: list[exp.Expr]) -> bool:
    if isinstance(template, exp.Column) and template.name == _HOLE:
        if not isinstance(node, exp.Expr):
            return False
        if not bound:
            bound.append(node)
        return bool(bound[0] == node)
    if isinstance(template, list) and isinstance(node, list):
        return len(template) == len(node) and all(
            _unify(one, other, bound) for one, other in zip(template, node, strict=True)
        )
    if isinstance(template, exp.Expr) and isinstance(node, exp.Expr):
        if type(template) is not type(node):
            return False
        if isinstance(template, exp.Literal):
            return bool(template == node)
        keys = {key for tree in (template, node) for key, value in tree.args.items() if value}
        return all(_unify(template.args.get(key), node.args.get(key), bound) for key in keys)
    if isinstance(template, str) and isinstance(node, str):
        return template.lower() == node.lower()
    return template == node or (not template and not node)
