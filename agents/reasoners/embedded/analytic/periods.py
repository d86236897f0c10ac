"""Periods and numbers of a business question as conditions on a date, a year, or an amount."""

from __future__ import annotations

from datetime import date, timedelta

from agents.reasoners.embedded.analytic.unsettled import Unsettled
from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.draft import Col, Condition, Operator, Term
from connectors.sql.reading import Literal


def period_of(chunk: Chunk) -> tuple[date, date] | None:
    mention = chunk.mentions[0]
    if mention.period is not None:
        return mention.period.start, mention.period.end
    if mention.number is not None and mention.number.year:
        return date(int(mention.number.value), 1, 1), date(int(mention.number.value) + 1, 1, 1)
    return None


def number_literal(chunk: Chunk) -> Literal:
    number = chunk.mentions[0].number
    if number is None:
        raise Unsettled(chunk.text)
    return Literal(number.value, "number")


def between(column: Col, sign: str, start: date, end: date, has_time: bool) -> list[Condition]:
    """Rows dated within, before or after a period; right for days and for moments."""
    term, one_day = Term(column), end - start == timedelta(days=1)

    def at(operator: Operator, day: date) -> Condition:
        return Condition(term, operator, (Literal(day.isoformat(), "date"),))

    if sign == ">":
        return [at(">=", end)]
    if sign == "<":
        return [at("<", start)]
    if sign == ">=":
        return [at(">=", start)]
    if sign == "<=":
        return [at("<", end)]
    if one_day and not has_time:
        return [at("=", start)]
    return [at(">=", start), at("<", end)]


def year_conditions(column: Col, sign: str, first: int, last: int) -> list[Condition]:
    term = Term(column)
    if sign in ("<", ">=") or (not sign and first == last):
        return [Condition(term, sign or "=", (Literal(first, "number"),))]  # type: ignore[arg-type]
    if sign in (">", "<="):
        return [Condition(term, sign, (Literal(last, "number"),))]  # type: ignore[arg-type]
    return [Condition(term, "between", (Literal(first, "number"), Literal(last, "number")))]
