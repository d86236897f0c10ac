"""What a query shows: the likeliest columns and computed values for a shape like "C,count(*)"."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nlargest
from itertools import combinations, product
from math import log

from agents.reasoners.embedded.draft import ROWS, STAR, Aggregate, Col, Term
from agents.reasoners.embedded.structure import Judgement, odds

_PLAIN = 4
_COMPUTED = 2
_KEPT = 5

Option = tuple[float, tuple[Term, ...]]


def selections(code: str, judgement: Judgement) -> list[Option]:
    """Ways to fill the shape, best first; none for shapes beyond plain columns and simple aggregates."""
    codes = code.split(",")
    columns = codes.count("C")
    computed = [_computed(item, judgement) for item in codes if item != "C"]
    if any(not options for options in computed):
        return []
    found: list[Option] = []
    for score, plain in _plain(columns, judgement):
        for chosen in product(*computed):
            terms = tuple(dict.fromkeys([*plain, *(term for _, term in chosen)]))
            if len(terms) == len(codes):
                found.append((score + sum(item[0] for item in chosen), terms))
    return nlargest(_KEPT, found, key=lambda item: item[0])


def _plain(columns: int, judgement: Judgement) -> Sequence[Option]:
    """The likeliest sets of columns; each column's chance counts as shown or as not shown."""
    chances = judgement.roles["select"]
    base = sum(log(1 - chance) for chance in chances.values())
    if not columns:
        return [(base, ())]
    ranked = nlargest(
        columns + _PLAIN, chances.items(), key=lambda item: (item[1], item[0].table, item[0].name)
    )
    sets = []
    for chosen in combinations(ranked, columns):
        score = base + sum(odds(chance) for _, chance in chosen)
        sets.append((score, tuple(Term(column) for column in _in_order([c for c, _ in chosen], judgement))))
    return nlargest(_KEPT, sets, key=lambda item: item[0])


def _in_order(columns: Sequence[Col], judgement: Judgement) -> list[Col]:
    """As they are named in the question."""
    places = judgement.scene.columns

    def spoken(column: Col) -> int:
        place = places.get(column)
        return place.position if place is not None else 99

    return sorted(columns, key=spoken)


def _computed(code: str, judgement: Judgement) -> list[tuple[float, Term]]:
    if code == "count(*)":
        return [(0.0, ROWS)]
    if code == "*":
        return [(0.0, STAR)]
    function, _, rest = code.partition("(")
    if rest not in ("C)", "distinct C)"):
        return []
    aggregate: Aggregate = function  # type: ignore[assignment]
    resolver, chances = judgement.scene.resolver, judgement.roles["aggregate"]
    fitting = {
        column: chance
        for column, chance in chances.items()
        if function in ("count", "min", "max") or resolver.is_measured(column)
    }
    ranked = nlargest(_COMPUTED, fitting.items(), key=lambda item: (item[1], item[0].table, item[0].name))
    return [(log(chance), Term(column, aggregate, distinct=rest != "C)")) for column, chance in ranked]
