"""How well a draft fits what the learned models think of the question, whoever made the draft.

Sums over sets are exact (`fsum`), so that they do not hang on the order in which a set gives its members.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import fsum, log

from agents.reasoners.embedded.draft import Col, Condition, Draft, Term
from agents.reasoners.embedded.generate.sketch import Sketch, sketch_of
from agents.reasoners.embedded.structure import UNSEEN, Judgement, odds

Numbers = dict[str, float]
_RARE = 0.02
"""Chance of what the models were not asked about."""


class Weigher:
    """Weighs the drafts of one question."""

    def __init__(self, judgement: Judgement) -> None:
        self._judgement = judgement
        self._best = {head: max(codes.values()) for head, codes in judgement.heads.items()}
        self._places = {sketch: number for number, (_, sketch) in enumerate(judgement.sketches)}
        self._top = judgement.sketches[0][0] if judgement.sketches else 0.0
        self._atoms: dict[tuple[Col | None, str, str], float] = {}
        for chance, atom in reversed(judgement.atoms):
            self._atoms[_plain(atom.condition)] = chance
        self._keys = [_plain(atom.condition) for _, atom in judgement.atoms]
        self._none = {
            role: sum(log(1 - c) for c in chances.values()) for role, chances in judgement.roles.items()
        }
        self._ranked = {
            role: sorted(chances, key=lambda c: -chances[c]) for role, chances in judgement.roles.items()
        }

    def weigh(self, draft: Draft) -> Numbers:
        sketch = sketch_of(draft)
        numbers = self._shape(sketch)
        roles = self._judgement.roles
        shown = [term for term in draft.select if not term.aggregated]
        computed = [t for t in draft.select if t.aggregated and (t.aggregate != "count" or t.distinct)]
        self._role("select", _columns(shown), roles["select"], numbers)
        self._role("aggregate", _columns(computed), roles["aggregate"], numbers)
        keys = [term for term in draft.group if term not in shown] or list(draft.group)
        self._role("group", _columns(keys), roles["group"], numbers)
        self._role("order", _columns(sort.term for sort in draft.order), roles["order"], numbers)
        self._conditions(draft, numbers)
        self._tables(draft, numbers)
        numbers["m:total"] = sum(
            numbers[name]
            for name in (
                "m:shape",
                "m:select",
                "m:aggregate",
                "m:group",
                "m:order",
                "m:where",
                "m:from",
                "m:within",
            )
        )
        return numbers

    def _shape(self, sketch: Sketch) -> Numbers:
        """How likely each part of the shape is, beside the likeliest code of its head."""
        numbers: Numbers = {}
        for head, code in sketch.parts():
            numbers[f"h:{head}"] = self._judgement.head(head, code) - self._best[head]
        numbers["m:shape"] = sum(self._judgement.head(head, code) for head, code in sketch.parts())
        place = self._places.get(sketch)
        numbers["h:place"] = float(place if place is not None else 60)
        known = self._judgement.sketches[place][0] if place is not None else self._top + 2 * UNSEEN
        numbers["h:joint"] = known - self._top
        return numbers

    def _role(self, role: str, used: set[Col], chances: Mapping[Col, float], numbers: Numbers) -> None:
        """The chance that exactly these columns play the role, and the weakest in and the strongest out."""
        inside = [chances.get(column, _RARE) for column in used]
        outside = next((chances[column] for column in self._ranked[role] if column not in used), None)
        known = fsum(log(1 - chances[column]) for column in used if column in chances)
        numbers[f"m:{role}"] = fsum(log(c) for c in inside) + self._none[role] - known
        numbers[f"in:{role}"] = odds(min(inside)) if inside else 0.0
        numbers[f"out:{role}"] = odds(outside) if outside is not None else -7.0

    def _conditions(self, draft: Draft, numbers: Numbers) -> None:
        used = {_plain(c) for part in draft.everywhere() for c in part.conditions if c.query is None}
        aggregated = {_plain(c) for part in draft.everywhere() for clause in part.having for c in clause}
        spots: dict[int, float] = {}
        spoken: set[int] = set()
        inside = [self._atoms.get(key, _RARE) for key in used - aggregated]
        for (chance, atom), key in zip(self._judgement.atoms, self._keys, strict=True):
            if key in used:
                spoken.add(atom.spot)
            spots[atom.spot] = max(spots.get(atom.spot, 0.0), chance)
        idle = [chance for spot, chance in spots.items() if spot not in spoken]
        numbers["m:where"] = fsum(log(c) for c in inside) + fsum(log(1 - c) for c in idle)
        numbers["in:where"] = odds(min(inside)) if inside else 0.0
        numbers["out:where"] = odds(max(idle)) if idle else -7.0
        numbers["conditions_unknown"] = float(sum(key not in self._atoms for key in used - aggregated))

    def _tables(self, draft: Draft, numbers: Numbers) -> None:
        used, chances = set(draft.own_tables), self._judgement.tables
        within = {table for part in draft.everywhere() for table in part.own_tables} - used
        inside = [chances.get(table, _RARE) for table in used]
        outside = [chance for table, chance in chances.items() if table not in used and table not in within]
        numbers["m:from"] = fsum(log(c) for c in inside) + fsum(log(1 - c) for c in outside)
        numbers["in:from"] = odds(min(inside)) if inside else 0.0
        numbers["out:from"] = odds(max(outside)) if outside else -7.0
        chances = self._judgement.within
        nested = {table for part in draft.inner for deep in part.everywhere() for table in deep.own_tables}
        inside = [chances.get(table, _RARE) for table in nested]
        outside = [chance for table, chance in chances.items() if table not in nested]
        numbers["m:within"] = fsum(log(c) for c in inside) + fsum(log(1 - c) for c in outside)
        numbers["in:within"] = odds(min(inside)) if inside else 0.0
        numbers["out:within"] = odds(max(outside)) if outside else -7.0


def _columns(terms: Iterable[Term]) -> set[Col]:
    return {Col(column.table, column.name) for term in terms for column in term.columns}


def _plain(condition: Condition) -> tuple[Col | None, str, str]:
    """A condition by its column, comparison and values."""
    column = condition.term.column
    bare = Col(column.table, column.name) if column is not None else None
    return bare, condition.operator, "|".join(str(value.value).lower() for value in condition.values)
