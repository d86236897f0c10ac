"""Reviewed question–SQL pairs: found again by sameness of question, kept true to the schema, learned from outcomes."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace

from connectors.base import Schema
from knowledge.base import Pattern, PatternMatch
from knowledge.fingerprint import columns_fingerprint
from knowledge.questions import SAME_QUESTION, similarity

__all__ = [
    "SAME_QUESTION",
    "credited",
    "dependencies_fingerprint",
    "expired_by",
    "similar_patterns",
    "visible_patterns",
    "votes",
]

_LEAST_SIMILAR = 0.35
_TOLERATED_LOSSES = 2


def similar_patterns(question: str, patterns: Iterable[Pattern], limit: int = 5) -> list[PatternMatch]:
    """Active patterns (and negatives) by similarity of question; among equals, the one that did better."""
    matches = [
        PatternMatch(pattern, score)
        for pattern in patterns
        if pattern.status == "active" and (score := similarity(question, pattern.question)) >= _LEAST_SIMILAR
    ]
    matches.sort(
        key=lambda match: (-match.score, match.pattern.losses - match.pattern.wins, match.pattern.id)
    )
    return matches[:limit]


def visible_patterns(patterns: Iterable[Pattern], schema: Schema) -> tuple[Pattern, ...]:
    """Patterns all of whose tables and columns are in the reader's (already cut down) schema."""
    return tuple(pattern for pattern in patterns if _known(pattern, schema))


def dependencies_fingerprint(pattern: Pattern, schema: Schema) -> str:
    """What `Pattern.fingerprint` is when the pattern is made; it depends on the pattern's columns only."""
    return columns_fingerprint(schema, pattern.columns)


def expired_by(patterns: Iterable[Pattern], schema: Schema) -> list[Pattern]:
    """The active and candidate patterns whose columns changed or went, as expired patterns that say so."""
    found = []
    for pattern in patterns:
        if pattern.status not in ("active", "candidate") or pattern.negative:
            continue
        gone = [name for name in (*pattern.tables, *pattern.columns) if not _has(schema, name)]
        if gone:
            note = f"No longer in the source: {', '.join(gone)}."
        elif pattern.fingerprint and dependencies_fingerprint(pattern, schema) != pattern.fingerprint:
            note = "The type of a column it uses changed."
        else:
            continue
        found.append(replace(pattern, status="expired", note=note))
    return found


def credited(pattern: Pattern, *, wins: int, losses: int) -> Pattern:
    """The pattern with what people said of answers that used it; it expires when it loses clearly more than it wins."""
    after = replace(pattern, wins=wins, losses=losses)
    if after.status == "active" and not after.negative and losses > wins + _TOLERATED_LOSSES:
        return replace(after, status="expired", note="Answers that used it were disliked.")
    return after


def votes(verdicts: Iterable[tuple[str, bool]], judges: Container[str]) -> tuple[int, int]:
    """(wins, losses) of (person, liked) in the order they were given.

    Whoever may approve patterns counts with every answer, everybody else once, with their last word:
    one member alone cannot bring down what others approved.
    """
    given = list(verdicts)
    last = {person: liked for person, liked in given if person not in judges}
    counted = [*last.values(), *(liked for person, liked in given if person in judges)]
    return counted.count(True), counted.count(False)


def _known(pattern: Pattern, schema: Schema) -> bool:
    return all(_has(schema, name) for name in (*pattern.tables, *pattern.columns))


def _has(schema: Schema, name: str) -> bool:
    if schema.table(name) is not None:
        return True
    table_name, _, column = name.rpartition(".")
    table = schema.table(table_name) if table_name else None
    return table is not None and table.column(column) is not None
