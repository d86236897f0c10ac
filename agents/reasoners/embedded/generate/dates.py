"""Dates and periods as conditions: "in 2024", "since March", "last month", "before 7 May 2019"."""

from __future__ import annotations

from datetime import date, timedelta

from agents.reasoners.embedded.draft import Col, Condition, Term
from agents.reasoners.embedded.generate.state import Match, State, pattern
from connectors.base import TypeFamily
from connectors.sql.reading import Literal
from knowledge.base import ColumnKind

_GROUPING = ("by", "per", "EACH", "each")
_DATED = pattern(
    r"(?:<C><be>)?(?:(?P<sign>(?:GT|LT|GE|LE|EQ)\d+) )?(?:in |on |at |of |during |for |from |within |the |year |month |date |_ |since |by )*<D>"
)
_SIGNED_YEAR = pattern(
    r"(?:(?:in |on )?<C><be>)?(?P<sign>(?:GT|LT|GE|LE)\d+ )?(?:in |during |of |for |from |the |year |_ )*<N>"
)


def date_conditions(state: State) -> None:
    for match in state.find(_DATED):
        span = state.chunk(match[3]).mentions[0].period
        named = _named(state, match)
        column = named or date_column(state)
        if column is None or span is None:
            continue
        _consume(state, match, named)
        sign = (match.found.group("sign") or "").rstrip("0123456789")
        add_period(state, column, sign, span.start, span.end)
    for match in state.find(_SIGNED_YEAR):
        number = state.chunk(match[3]).mentions[0].number
        if number is None or not number.year:
            continue
        named = _named(state, match)
        column = named or date_column(state)
        if column is None or state.resolver.is_number(column.table, column.name):
            continue
        _consume(state, match, named)
        sign = (match.found.group("sign") or "").strip().rstrip("0123456789")
        year = int(number.value)
        add_period(state, column, sign, date(year, 1, 1), date(year + 1, 1, 1))


def _named(state: State, match: Match) -> Col | None:
    """The date column said beside the date; not one that rows are to be grouped by."""
    if not match[1] or (match.first and state.tags[match.first - 1] in _GROUPING):
        return None
    column = state.column(match[1])
    return column if is_date(state, column) else None


def _consume(state: State, match: Match, named: Col | None) -> None:
    """Everything that was matched but a column that has another part to play."""
    spoken = state.tags[match.first : match.last]
    match.consume_tags([tag for tag in spoken if tag != match[1] or named is not None])


def is_date(state: State, column: Col) -> bool:
    profile = state.resolver.profile(column.table, column.name)
    family = state.resolver.family(column)
    return family.is_temporal or (
        profile is not None and profile.kind is ColumnKind.date and not family.is_number
    )


def date_column(state: State) -> Col | None:
    """The date that a period without a column is about: one of the main table, else of a table that takes part."""
    for table in dict.fromkeys([state.main, *state.tables]):
        dated = [
            Col(table, name) for name in state.resolver.columns(table) if is_date(state, Col(table, name))
        ]
        if dated:
            birth = {"birth", "birthday", "dob"}
            telling = [c for c in dated if not birth & set(state.linker.names.lemmas(c.name))]
            return (telling or dated)[0]
    return None


def add_period(state: State, column: Col, sign: str, start: date, end: date) -> None:
    """The condition that a date column lies in, before or after a period, right for dates and for moments."""
    day = end - start == timedelta(days=1)
    moment = state.resolver.family(column) is TypeFamily.timestamp or _has_time(state, column)

    def value(day_: date) -> Literal:
        return Literal(day_.isoformat(), "date")

    term = Term(column)
    if sign == "GT":
        state.add_where(
            Condition(
                term, ">" if day and not moment else ">=", (value(start if day and not moment else end),)
            )
        )
    elif sign == "GE":
        state.add_where(Condition(term, ">=", (value(start),)))
    elif sign == "LT":
        state.add_where(Condition(term, "<", (value(start),)))
    elif sign == "LE":
        state.add_where(
            Condition(
                term, "<=" if day and not moment else "<", (value(start if day and not moment else end),)
            )
        )
    elif day and not moment:
        state.add_where(Condition(term, "=", (value(start),)))
    else:
        state.add_where(Condition(term, ">=", (value(start),)))
        state.add_where(Condition(term, "<", (value(end),)))


def _has_time(state: State, column: Col) -> bool:
    profile = state.resolver.profile(column.table, column.name)
    return profile is not None and any(
        len(str(value)) > 10 for value in (profile.min, profile.max) if value is not None
    )
