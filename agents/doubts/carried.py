"""Words of a question that were understood, and that no part of its plan says: they are marked, so that nobody misses them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from agents.plan import Plan, WordLink
from knowledge.lexicon import load

_MARKED = frozenset({"table", "column", "value", "number", "date"})
_WORD = re.compile(r"\w+")
_DAYS = re.compile(r"\d{4}-\d{2}-\d{2}")


def with_left_out(plan: Plan) -> Plan:
    """The plan whose links say "ignored" where a word has a meaning that the plan does not use."""
    said = frozenset(
        _said([step.query.model_dump(mode="json", exclude_defaults=True) for step in plan.steps])
    )
    links = tuple(link if _carried(link, said) else _ignored(link) for link in plan.links)
    return plan if links == plan.links else plan.model_copy(update={"links": links})


def _ignored(link: WordLink) -> WordLink:
    plain = link.kind != "value" and link.words.lower() in load().business["verbs"]
    # "Who work in each store" says no more than the tables do, so nothing is told of it.
    reason = "" if plain else f"it may mean {link.target}, and the plan does not use that"
    return link.model_copy(update={"kind": "ignored", "target": "", "reason": reason})


def _said(part: Any) -> Iterator[str]:
    """Every word and value that a plan holds, in lower case."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name not in ("id", "label", "why"):
                yield from _said(value)
    elif isinstance(part, list):
        for value in part:
            yield from _said(value)
    elif part is not None:
        text = str(part).lower()
        yield text
        yield from _WORD.findall(text)
        yield from _DAYS.findall(text)


def _carried(link: WordLink, said: frozenset[str]) -> bool:
    if link.kind not in _MARKED:
        return True
    place, _, value = link.target.lower().partition(" = ")
    match link.kind:
        case "value" if value:
            return value in said or set(_WORD.findall(value)) <= said
        case "number":
            return _is_number_said(link.target, said)
        case "date":
            return _is_date_said(link.target, said)
        case _:
            names = re.split(r" × | to | from | of ", place)
            return any(name.rpartition(".")[2] in said for name in names)


def _is_number_said(text: str, said: frozenset[str]) -> bool:
    """As it is, as the year of a day, or in a smaller unit: 10 minutes are 600,000 milliseconds."""
    try:
        number = float(text)
    except ValueError:
        return True
    if number in (0.0, 1.0):
        return True
    years = {f"{int(number) + offset}-01-01" for offset in (0, 1)} if number.is_integer() else set()
    values = [float(word) for word in said if re.fullmatch(r"-?\d+(\.\d+)?", word)]
    return bool(years & said) or any(value % number == 0 for value in values if value)


def _is_date_said(text: str, said: frozenset[str]) -> bool:
    days = [date.fromisoformat(day) for day in _DAYS.findall(text)]
    near = {(day - timedelta(days=back)).isoformat() for day in days for back in (0, 1)}
    return not days or bool(near & said) or any(str(day.year) in said for day in days)
