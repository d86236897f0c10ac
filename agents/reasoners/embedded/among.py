"""How a candidate stands among the others of its question: what it is ahead in, and how many share each of its parts.

The readings of one question err in different places. What most of the likely ones have in common is more often
right than any one of them is as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from math import exp

from agents.reasoners.embedded.draft import Draft
from agents.reasoners.embedded.generate.sketch import sketch_of

_BEHIND_BEST = (
    "m:total", "m:shape", "m:select", "m:aggregate", "m:group", "m:order", "m:where", "m:from", "m:within", "h:joint", "fill_score",
    "in:select", "in:where", "in:from", "in:within",
)  # fmt: skip
"""What the learned models say: as far as it is below the best of the question."""
_ABOVE_LEAST = ("out:select", "out:where", "out:from", "out:within")
PARTS = ("select", "where", "having", "group", "order", "from", "shape", "nest", "distinct", "width", "whole")

Numbers = dict[str, float]


def relative(rows: Sequence[Mapping[str, float]], drafts: Sequence[Draft]) -> list[Numbers]:
    """Numbers for the first ranking: the models' weights beside the question's best, and the agreement that they give."""
    if not rows:
        return []
    totals = [row["m:total"] for row in rows]
    places = {
        number: place for place, number in enumerate(sorted(range(len(rows)), key=lambda i: -totals[i]))
    }
    best = {name: max(row.get(name, 0.0) for row in rows) for name in _BEHIND_BEST}
    best |= {name: min(row.get(name, 0.0) for row in rows) for name in _ABOVE_LEAST}
    found = []
    for number, (row, shared) in enumerate(zip(rows, agreement(totals, drafts), strict=True)):
        numbers = {f"rel:{name}": row.get(name, 0.0) - value for name, value in best.items()}
        numbers |= {f"con:{name}": share for name, share in shared.items()}
        found.append({**numbers, "rel:place": float(places[number])})
    return found


def agreement(scores: Sequence[float], drafts: Sequence[Draft]) -> list[Numbers]:
    """For each draft and each of its parts, the probability of all drafts that have the same.

    Args:
        scores: log-odds up to a constant.
    """
    odds = [exp(score - max(scores)) for score in scores]
    total = sum(odds)
    kinds = [_parts(draft) for draft in drafts]
    mass: defaultdict[tuple[str, Hashable], float] = defaultdict(float)
    for kind, one in zip(kinds, odds, strict=True):
        for name, part in zip(PARTS, kind, strict=True):
            mass[name, part] += one / total
    return [{name: mass[name, part] for name, part in zip(PARTS, kind, strict=True)} for kind in kinds]


def _parts(draft: Draft) -> tuple[Hashable, ...]:
    sketch = sketch_of(draft)
    select, where, having = frozenset(draft.select), frozenset(draft.where), frozenset(draft.having)
    group, order = frozenset(draft.group), (draft.order, draft.limit)
    whole = (select, where, group, order, draft.combine)
    return (
        select, where, having, group, order, frozenset(draft.own_tables), sketch, (sketch.nest, sketch.combine),
        draft.distinct, len(draft.select), whole,
    )  # fmt: skip
