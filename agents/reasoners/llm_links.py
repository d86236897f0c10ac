"""What the embedded linker makes of a question's words, as hints for a language model: names, stored spellings, periods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from knowledge.base import SourceKnowledge
from knowledge.linking import Lattice, Mention, link

WORTH_SAYING = {"table": 0.6, "column": 0.6, "value": 0.75, "date": 0.0}
"""Least score of a link that is passed on."""
PER_SPAN = 3
MOST = 25
VALUE_CHARS = 60


def links(question: str, sources: Iterable[SourceKnowledge], today: date) -> list[dict[str, Any]]:
    """Longer stretches first; a word within a longer match is left out, and so is every value that must stay home."""
    found: list[dict[str, Any]] = []
    for knowledge in sources:
        lattice = link(question, knowledge, today)
        for mention in _longest(lattice, knowledge):
            said = {"words": lattice.text(mention.first, mention.last), **_meaning(mention)}
            if said not in found:
                found.append(said)
    return found[:MOST]


def _longest(lattice: Lattice, knowledge: SourceKnowledge) -> Iterator[Mention]:
    allowed = [
        mention for mention in lattice.of("table", "column", "value", "date") if _may_say(mention, knowledge)
    ]
    allowed.sort(key=lambda m: (m.first - m.last, m.first, -m.score))
    taken: dict[int, tuple[int, int]] = {}
    spans: dict[tuple[int, int], int] = {}
    for mention in allowed:
        span = (mention.first, mention.last)
        inside = any(taken.get(token, span) != span for token in range(*span))
        if inside or spans.get(span, 0) >= PER_SPAN:
            continue
        spans[span] = spans.get(span, 0) + 1
        taken.update(dict.fromkeys(range(*span), span))
        yield mention


def _may_say(mention: Mention, knowledge: SourceKnowledge) -> bool:
    if mention.score < WORTH_SAYING[mention.kind]:
        return False
    if mention.kind != "value":
        return True
    profile = knowledge.profiles.get((mention.table, mention.column))
    return knowledge.values_allowed and not (profile is not None and profile.personal)


def _meaning(mention: Mention) -> dict[str, str]:
    if mention.period is not None:
        return {"from": mention.period.start.isoformat(), "before": mention.period.end.isoformat()}
    if mention.kind == "table":
        return {"table": mention.table}
    column = {"column": f"{mention.table}.{mention.column}"}
    return {**column, "value": mention.value[:VALUE_CHARS]} if mention.kind == "value" else column
