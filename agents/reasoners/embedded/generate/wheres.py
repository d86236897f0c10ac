"""Sets of conditions: at most one for each value or number of the question, the likeliest sets first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import combinations
from math import log

from agents.reasoners.embedded.draft import ROWS, Aggregate, Clause, Condition, Term
from agents.reasoners.embedded.generate.atoms import Atom, operator_at
from agents.reasoners.embedded.generate.sketch import clauses_code
from agents.reasoners.embedded.structure import Judgement
from connectors.sql.reading import Literal

_PER_SPOT = 3
_KEPT = 16
_UNLIKELY = 0.02


@dataclass(frozen=True, slots=True)
class Where:
    score: float
    atoms: tuple[Atom, ...]

    def split(self, outer: str, inner: str) -> Iterator[tuple[tuple[Clause, ...], tuple[Clause, ...]]]:
        """Ways to share the conditions out to an outer and an inner query of these shapes; one of them may be in both."""
        size = inner.count(",") + inner.count("|") + 1 if inner else 0
        total = size + (outer.count(",") + outer.count("|") + 1 if outer else 0)
        if total not in (len(self.atoms), len(self.atoms) + 1):
            return
        for chosen in combinations(range(len(self.atoms)), size):
            within = clauses_like(inner, [self.atoms[number] for number in chosen])
            if within is None:
                continue
            rest = [atom for number, atom in enumerate(self.atoms) if number not in chosen]
            if total == len(self.atoms):
                without = clauses_like(outer, rest)
                if without is not None:
                    yield without, within
                continue
            for number in chosen:
                without = clauses_like(outer, [*rest, self.atoms[number]])
                if without is not None and (size > 1 or not rest):
                    yield without, within


def clauses_like(code: str, atoms: Sequence[Atom]) -> tuple[Clause, ...] | None:
    """The conditions as clauses of the shape; None when they do not make it."""
    conditions = [atom.condition for atom in sorted(atoms, key=lambda atom: atom.spot)]
    if "|" not in code:
        clauses: tuple[Clause, ...] = tuple((condition,) for condition in conditions)
        return clauses if clauses_code(clauses) == code else None
    wanted = max(part.count("|") + 1 for part in code.split(","))
    for first in range(len(conditions) - wanted + 1):
        joined = tuple(conditions[first : first + wanted])
        clauses = (*((c,) for c in conditions[:first]), joined, *((c,) for c in conditions[first + wanted :]))
        if clauses_code(clauses) == code:
            return clauses
    return None


def wheres(judgement: Judgement) -> list[Where]:
    """Sets of conditions, best first; the empty set is always among them."""
    spots: defaultdict[int, list[tuple[float, Atom]]] = defaultdict(list)
    for chance, atom in judgement.atoms:
        if len(spots[atom.spot]) < _PER_SPOT and chance >= _UNLIKELY:
            spots[atom.spot].append((chance, atom))
    found = [Where(0.0, ())]
    for spot in sorted(spots):
        options = spots[spot]
        if not options:
            continue
        left = log(1 - options[0][0])
        found = nlargest(
            _KEPT,
            [
                longer
                for where in found
                for longer in (
                    Where(where.score + left, where.atoms),
                    *(Where(where.score + log(chance), (*where.atoms, atom)) for chance, atom in options),
                )
            ],
            key=lambda where: where.score,
        )
    return found


def having_of(code: str, used: Sequence[Atom], judgement: Judgement) -> tuple[Clause, ...] | None:
    """The condition on groups of this shape; None when the question has no number for it."""
    if not code:
        return ()
    for draft in judgement.scene.drafts:
        if clauses_code(draft.having, aggregates=True) == code:
            return draft.having
    taken = {atom.spot for atom in used}
    for position, chunk in enumerate(judgement.scene.segmentation.chunks):
        number = chunk.mentions[0].number if chunk.kind == "N" else None
        if number is None or position in taken:
            continue
        operator, _ = operator_at(judgement.scene, position)
        for term in _measured(code, judgement):
            clause: Clause = (Condition(term, operator, (Literal(number.value, "number"),)),)
            if clauses_code((clause,), aggregates=True) == code:
                return (clause,)
    return None


def _measured(code: str, judgement: Judgement) -> Iterator[Term]:
    name = code.rstrip("<>=!")
    if name == "count":
        yield ROWS
    elif name in ("avg", "sum", "min", "max"):
        aggregate: Aggregate = name  # type: ignore[assignment]
        resolver = judgement.scene.resolver
        likely = {
            column: judgement.roles["aggregate"][column] + judgement.roles["where"][column]
            for column in judgement.scene.columns
            if resolver.is_number(column.table, column.name)
        }
        for column in nlargest(1, likely, key=lambda c: (likely[c], c.table, c.name)):
            yield Term(column, aggregate)
