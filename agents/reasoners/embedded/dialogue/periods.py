""" "And the quarter before?": the period that the query before asks for, moved back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from agents.reasoners.embedded.draft import Condition, Draft
from connectors.sql.reading import Literal

_BEFORE = re.compile(
    r"^\W*(?:and |what about |how about |now )*(?:in |for )?(?:the )?"
    r"(?:(?P<unit>year|quarter|month|period|one) (?:before|earlier)(?: that)?|(?:previous|prior|preceding) (?P<other>year|quarter|month|period|one))\W*$",
    re.IGNORECASE,
)
_DAY = re.compile(r"[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])")
"""Days that every month has."""
_MONTHS = {"year": 12, "quarter": 3, "month": 1}


def earlier_period(question: str, before: Draft) -> Draft | None:
    """The query before for an earlier period; None when the question asks for something else, or there is no one period."""
    match = _BEFORE.match(question)
    ends = [(c, day_of(c.values[0])) for c in before.conditions if c.operator in (">=", "<") and c.values]
    days = sorted(day for _, day in ends if day is not None)
    if match is None or len(ends) != 2 or len(days) != 2 or ends[0][0].term != ends[1][0].term:
        return None
    first, last = days
    if first.day != 1 or last.day != 1:
        return None
    length = 12 * (last.year - first.year) + last.month - first.month
    back = _MONTHS.get((match["unit"] or match["other"]).lower(), length)

    def moved(condition: Condition) -> Condition:
        day = next((day for known, day in ends if known == condition), None)
        if day is None:
            return condition
        months = 12 * day.year + day.month - 1 - back
        value = date(months // 12, months % 12 + 1, 1).isoformat()
        return replace(condition, values=(replace(condition.values[0], value=value),))

    return replace(before, where=tuple(tuple(map(moved, clause)) for clause in before.where))


def day_of(value: Literal) -> date | None:
    """The day that a value is; plans keep days as text."""
    text = str(value.value)
    return date.fromisoformat(text) if value.kind in ("date", "text") and _DAY.fullmatch(text) else None
