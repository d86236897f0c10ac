"""How a draft nests, combines and denies, beside the words that ask for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.draft import Condition, Draft

Numbers = dict[str, float]
_DENYING = ("!=", "not in", "not like", "not exists", "not between")
_TURNS = ("NOT", "BUT", "THANAVG", "BELOWAVG", "AND", "OR", "BOTH", "EITHER")
"""Cues after which what is nested or set against the rest is said."""


def inside(draft: Draft, chunks: Sequence[Chunk]) -> Numbers:
    """Features for the ranker."""
    kinds = [chunk.kind for chunk in chunks]
    denials = sum(_denials(part) for part in draft.everywhere())
    numbers: Numbers = {kind: float(count) for kind, count in Counter(_kinds(draft)).items()}
    clauses = [clause for part in draft.everywhere() for clause in part.where]
    numbers |= {
        "n:denials": float(denials),
        "n:undenied": float(kinds.count("NOT") - denials),
        "n:choices": float(sum(len(clause) > 1 for clause in clauses)),
        "n:same_choices": float(sum(_one_column(clause) for clause in clauses)),
        "n:deep": float(sum(1 for _ in draft.everywhere()) - 1),
    }
    inner = [condition for part in draft.inner for condition in _stated(part)]
    if inner:
        outer = _spots(_stated(draft, own=True), chunks)
        within = [spot for spot in _spots(inner, chunks) if spot not in outer]
        first = min(within, default=0)
        before = [spot for spot, kind in enumerate(kinds) if kind in _TURNS and spot < first]
        numbers["n:turned"] = float(any(all(spot < turn for spot in outer) for turn in before))
        numbers["n:behind"] = float(all(spot < first for spot in outer)) if within else 0.0
        numbers["n:negated"] = float(any(kinds[spot] == "NOT" for spot in range(max(0, first - 5), first)))
    return numbers


def _kinds(draft: Draft) -> Iterable[str]:
    """The kinds of set operations and sub-queries."""
    for part in draft.everywhere():
        if part.combine is not None:
            yield f"set:{part.combine[0]}"
        for condition in part.conditions:
            if condition.query is not None:
                query = condition.query
                kind = query.select[0].aggregate if query.select else ""
                rest = "top" if query.limit is not None else "counted" if query.having else ""
                yield f"sub:{kind or rest or condition.operator}"


def _denials(draft: Draft) -> int:
    excepts = draft.combine is not None and draft.combine[0] == "except"
    return sum(condition.operator in _DENYING for condition in draft.conditions) + excepts


def _one_column(clause: Sequence[Condition]) -> bool:
    return len(clause) > 1 and len({condition.term for condition in clause}) == 1


def _stated(draft: Draft, own: bool = False) -> list[Condition]:
    """Conditions with values of the question, those of the parts inside too unless only its `own`."""
    parts = (draft,) if own else draft.everywhere()
    return [condition for part in parts for condition in part.conditions if condition.values]


def _spots(conditions: Sequence[Condition], chunks: Sequence[Chunk]) -> set[int]:
    """Where in the question the values of conditions are said."""
    wanted = {_plain(value.value) for condition in conditions for value in condition.values}
    return {spot for spot, chunk in enumerate(chunks) if not wanted.isdisjoint(_values(chunk))}


def _values(chunk: Chunk) -> set[str]:
    if chunk.kind == "N":
        return {_plain(mention.number.value) for mention in chunk.mentions[:1] if mention.number is not None}
    if chunk.kind == "V":
        return {_plain(chunk.text.strip("'\"")), *(_plain(mention.value) for mention in chunk.mentions)}
    return set()


def _plain(value: object) -> str:
    return str(value).strip("%").lower().removesuffix(".0")
