"""The likeliest shapes of a query, with the likeliest columns, conditions and tables in their places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from itertools import combinations, islice
from math import log

from agents.reasoners.embedded.draft import ROWS, STAR, Aggregate, Draft, Sort, Term
from agents.reasoners.embedded.generate.combining import combined
from agents.reasoners.embedded.generate.nesting import nested
from agents.reasoners.embedded.generate.selections import selections
from agents.reasoners.embedded.generate.sketch import Sketch
from agents.reasoners.embedded.generate.wheres import Where, having_of, wheres
from agents.reasoners.embedded.structure import Judgement, odds

_SKETCHES = 24
_EACH = 8
"""Fillings of one sketch."""
_KEPT = 90
_WORST = -9.0
"""Sketches that score so much below the best one are not filled."""


@dataclass(frozen=True, slots=True)
class Filled:
    score: float
    draft: Draft


def fill(judgement: Judgement) -> list[Filled]:
    """Drafts with their scores, best first, each draft once."""
    best: dict[Draft, float] = {}
    if not judgement.sketches:
        return []
    top = judgement.sketches[0][0]
    options = wheres(judgement)
    for likely, sketch in judgement.sketches[:_SKETCHES]:
        if likely < top + _WORST:
            break
        filled = nlargest(
            _EACH, islice(_fillings(sketch, judgement, options), 400), key=lambda item: item.score
        )
        for item in filled:
            score = likely + item.score
            if score > best.get(item.draft, float("-inf")):
                best[item.draft] = score
    ranked = sorted(best.items(), key=lambda item: -item[1])[:_KEPT]
    return [Filled(score, draft) for draft, score in ranked]


def _fillings(sketch: Sketch, judgement: Judgement, options: Sequence[Where]) -> Iterator[Filled]:
    shape = sum(_size(code) for code in (sketch.where, *_inner(sketch)))
    fitting = [option for option in options if len(option.atoms) in (shape, shape - 1)]
    for where in fitting[:5]:
        for shown_score, shown in selections(sketch.select, judgement):
            for group_score, group in _groups(sketch, shown, judgement):
                for order_score, order in _orders(sketch, judgement, shown):
                    having = having_of(sketch.having, where.atoms, judgement)
                    if having is None or (sketch.order and not order):
                        continue
                    draft = Draft(
                        select=shown, group=group, having=having, order=order,
                        limit=_limit(sketch, judgement), distinct=bool(sketch.distinct),
                    )  # fmt: skip
                    score = where.score + shown_score + group_score + order_score
                    yield from _read(draft, sketch, judgement, score, where)


def _size(code: str) -> int:
    """How many conditions a shape of clauses holds."""
    return code.count(",") + code.count("|") + 1 if code else 0


def _inner(sketch: Sketch) -> Iterator[str]:
    """The shapes of the conditions within sub-queries and partners."""
    for code in (sketch.nest, sketch.combine):
        yield from (part.partition("]")[0] for part in code.split("[")[1:])


def _groups(
    sketch: Sketch, shown: tuple[Term, ...], judgement: Judgement
) -> list[tuple[float, tuple[Term, ...]]]:
    if not sketch.group:
        return [(0.0, ())]
    plain = tuple(term for term in shown if term.column is not None and not term.aggregated)
    chances = judgement.roles["group"]
    ranked = nlargest(3, chances.items(), key=lambda item: (item[1], item[0].table, item[0].name))
    found = [
        (log(chance), tuple(dict.fromkeys((Term(column), *plain))))
        for column, chance in ranked
        if chance > 0.01
    ]
    if plain:
        chance = max(chances.get(term.column, 0.01) for term in plain if term.column is not None)
        found.append((log(chance), plain))
    return found


def _orders(
    sketch: Sketch, judgement: Judgement, shown: tuple[Term, ...]
) -> list[tuple[float, tuple[Sort, ...]]]:
    code = sketch.order.replace("+", "")
    if code in ("", "limit"):
        return [(0.0, ())]
    what, direction = code.split(" ")[:2]
    down = direction == "desc"
    if what == "count(*)":
        return [(0.0, (Sort(ROWS, down),))]
    function, _, rest = what.partition("(")
    if rest not in ("", "C)") or (not rest and what != "C"):
        return []
    aggregate: Aggregate = function if rest else ""  # type: ignore[assignment]
    chances = judgement.roles["order"]
    if aggregate in ("sum", "avg"):
        resolver = judgement.scene.resolver
        chances = {column: chance for column, chance in chances.items() if resolver.is_measured(column)}
    ranked = nlargest(3, chances.items(), key=lambda item: (item[1], item[0].table, item[0].name))
    return [
        (log(chance), (Sort(Term(column, aggregate), down),)) for column, chance in ranked if chance > 0.02
    ]


def _limit(sketch: Sketch, judgement: Judgement) -> int | None:
    if sketch.order.endswith(" 1"):
        return 1
    if not sketch.order.endswith(" n") and sketch.order != "limit":
        return None
    stated = [draft.limit for draft in judgement.scene.drafts if draft.limit is not None and draft.limit > 1]
    if stated:
        return stated[0]
    for chunk in judgement.scene.segmentation.chunks:
        number = chunk.mentions[0].number if chunk.kind == "N" else None
        if (
            number is not None
            and not number.year
            and 1 < number.value <= 100
            and number.value == int(number.value)
        ):
            return int(number.value)
    return 1


def _read(draft: Draft, sketch: Sketch, judgement: Judgement, score: float, where: Where) -> Iterator[Filled]:
    """The draft with its nested parts and with the tables that it reads beside those of its columns."""
    for more, whole in (
        nested(draft, sketch, judgement, where) if sketch.nest else combined(draft, sketch, judgement, where)
    ):
        for extra, read in _tables(whole, judgement):
            yield Filled(score + more + extra, read)


def _tables(draft: Draft, judgement: Judgement) -> Iterator[tuple[float, Draft]]:
    """Nothing added, each likely table added, the two likeliest added; every table's chance counts as in or out."""
    used = set(draft.own_tables)
    inner = {table for part in draft.everywhere() for table in part.own_tables} - used
    chances = judgement.tables
    base = sum(log(chances[t]) if t in used else log(1 - chances[t]) for t in chances if t not in inner)
    counts = (
        ROWS in draft.select
        or STAR in draft.select
        or any(s.term == ROWS for s in draft.order)
        or bool(draft.having)
    )
    others = nlargest(
        2, ((chance, t) for t, chance in chances.items() if t not in used and (t not in inner or counts))
    )
    likely = [(odds(chance), table) for chance, table in others if chance > 0.04]
    if used:
        yield base, draft
    for size in (1, 2):
        for chosen in combinations(likely, size):
            yield (
                base + sum(item[0] for item in chosen),
                replace(draft).reading_tables(*(item[1] for item in chosen)),
            )
