"""The ways to go on from the answer before that no edit by itself says: merged with it, among it, instead of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from agents.reasoners.embedded import rank
from agents.reasoners.embedded.analytic.business import business, roles_of
from agents.reasoners.embedded.analytic.edit import base_of
from agents.reasoners.embedded.analytic.roles import Roles
from agents.reasoners.embedded.candidates import Candidate, candidates
from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.compile import NoPath, to_reading
from agents.reasoners.embedded.dialogue.heads import Head, heads, subject
from agents.reasoners.embedded.dialogue.heard import function_said
from agents.reasoners.embedded.dialogue.hinted import hinted_columns
from agents.reasoners.embedded.dialogue.leaning import completed, marks
from agents.reasoners.embedded.dialogue.merge import (
    Step,
    absent,
    beyond,
    excluded,
    merged,
    others,
    refigured,
)
from agents.reasoners.embedded.dialogue.scene import Scene
from agents.reasoners.embedded.differences import words_of
from agents.reasoners.embedded.draft import Clause, Col, Condition, Draft, Operator, Term
from agents.reasoners.embedded.features import features
from agents.reasoners.embedded.follow_up import counted
from agents.reasoners.embedded.think import Understanding
from connectors.sql.reading import Literal

_READ = 6
"""Readings of the completed question that are put together with the query before."""
_HINTED = 4
"""Columns that a question word may ask for."""


def ways(
    scene: Scene, alone: Understanding | None, chunks: tuple[Chunk, ...]
) -> list[tuple[Candidate, str, float]]:
    linker, before = scene.linker, scene.before
    roles = roles_of(linker)
    base = base_of(before, roles)
    found: list[tuple[Candidate, str, float]] = []

    def add(draft: Draft, way: str, behind: float, leftover: tuple[str, ...] = ()) -> None:
        try:
            reading = to_reading(draft, linker.knowledge)
        except NoPath:
            return
        candidate = Candidate(draft, reading, base, chunks, leftover, frozenset({"edit"}), behind)
        found.append((candidate, way, behind))

    kinds = marks(scene.question)
    known = heads(before, scene.earlier, roles)
    if "other" in kinds:
        for way, rest in _rest(before, roles, known):
            add(rest, way, 0.0)
            if "how-many" in kinds:
                add(counted(rest), f"{way}-counted", 0.0)
    if "than-that" in kinds:
        above = not any(word in scene.question.lower() for word in ("below", "under", "less", "fewer", "lower", "younger", "cheaper", "smaller", "shorter"))  # fmt: skip
        for draft in beyond(before, base, roles, above):
            add(draft, "beyond", 0.0)
    if (limited := _of_figure(scene, chunks)) is not None:
        add(limited, "figure", 0.0)
    if (moved := _of_bound(scene, chunks)) is not None:
        add(moved, "bound", 0.0)
    for way, draft in refigured(before, function_said(scene.question), known):
        add(draft, way, 0.0)
    for column in _hinted(scene, roles):
        for way, draft in merged(Draft(select=(Term(column),)), before, base, roles, known):
            add(draft, f"hint-{way}", 0.0)
    for candidate, behind in _read(scene, alone):
        if "excludes" in kinds and not behind and (less := excluded(candidate.draft, before)) is not None:
            add(less, "excluded", behind)
        for way, draft in merged(candidate.draft, before, base, roles, known):
            add(draft, way, behind, candidate.leftover)
        for way, draft in _past(candidate.draft, scene, roles):
            add(draft, way, behind, candidate.leftover)
    return found


def _past(new: Draft, scene: Scene, roles: Roles) -> Iterator[Step]:
    """Going on from the turn before the last one, where that was about other things: "which of these clubs …"."""
    if not scene.earlier or subject(scene.earlier[0]) == subject(scene.before):
        return
    before, *earlier = scene.earlier
    for way, draft in merged(new, before, base_of(before, roles), roles, heads(before, earlier, roles)):
        if way != "alone":
            yield f"past-{way}", draft


def _hinted(scene: Scene, roles: Roles) -> list[Col]:
    tables = dict.fromkeys([subject(scene.before), *scene.before.own_tables])
    return [column for table in tables if table for column in hinted_columns(scene.question, table, roles)][
        :_HINTED
    ]


def _rest(before: Draft, roles: Roles, known: Sequence[Head]) -> Iterator[Step]:
    """What the query before left out."""
    if (rest := others(before)) is not None:
        yield "others", rest
        for how, head in known:
            yield f"others-{how}", replace(rest, select=head, distinct=False)
    yield from absent(before, roles, known)


def _read(scene: Scene, alone: Understanding | None) -> list[tuple[Candidate, float]]:
    """What the completed question says by itself, likeliest first, with how far each is behind."""
    linker = scene.linker
    named = any(m.kind == "table" and m.how in ("exact", "stem") for m in scene.lattice.mentions)
    noun = _noun(scene)
    text = completed(scene.question, noun, named)
    if alone is not None and text == scene.question and alone.ranked:
        first = alone.ranked[0].score
        return [(item.candidate, max(0.0, first - item.score)) for item in alone.ranked[:_READ]]
    lattice = linker.link(text, scene.today)
    if not lattice.tokens:
        return []
    found: list[Candidate] = candidates(lattice, linker)
    scores = rank.before_trial([features(item, linker.knowledge, linker.lexicon) for item in found])
    order = sorted(range(len(found)), key=lambda place: -scores[place])[:_READ]
    read = [(found[place], scores[order[0]] - scores[place]) for place in order]
    whole = business(lattice, linker)[:1]
    return [*((item, 0.0) for item in whole), *read]


def _noun(scene: Scene) -> str:
    """What the answer before is about: the things of a table, or what its groups are called."""
    before, roles = scene.before, roles_of(scene.linker)
    table = subject(before)
    grouped = before.group[0].column if before.group else None
    if grouped is not None and not roles.is_key(grouped) and grouped not in roles.names(table):
        return words_of(grouped.name, scene.linker)
    return words_of(table, scene.linker)


_COMPARED: Mapping[str, Operator] = {"GT": ">", "LT": "<", "GE": ">=", "LE": "<=", "EQ": "="}


def _of_figure(scene: Scene, chunks: Sequence[Chunk]) -> Draft | None:
    """ "only those with more than 5" after a figure for each group: the groups whose figure is so large."""
    before = scene.before
    figures = [term for term in before.select if term.aggregated]
    if not before.group or len(figures) != 1 or any(chunk.kind in ("C", "V", "D") for chunk in chunks):
        return None
    clause = _comparison(figures[0], chunks)
    return replace(before, having=(*before.having, clause), limit=None) if clause is not None else None


def _of_bound(scene: Scene, chunks: Sequence[Chunk]) -> Draft | None:
    """ "and those below 100?" after a condition on a number: another bound in its place."""
    before = scene.before
    bounds = [c for c in before.where if len(c) == 1 and c[0].operator in _COMPARED.values()]
    bounds = [
        c
        for c in bounds
        if c[0].values and c[0].query is None and isinstance(c[0].values[0].value, int | float)
    ]
    if len(bounds) != 1 or any(chunk.kind in ("C", "V", "D") for chunk in chunks):
        return None
    clause = _comparison(bounds[0][0].term, chunks)
    if clause is None:
        return None
    return replace(before, where=tuple(clause if known == bounds[0] else known for known in before.where))


def _comparison(term: Term, chunks: Sequence[Chunk]) -> Clause | None:
    """What the words say of a term that they do not name: "more than 5"."""
    for sign, number in pairwise(chunk for chunk in chunks if chunk.kind != "word"):
        if sign.kind in _COMPARED and number.kind == "N" and number.mentions[0].number is not None:
            literal = Literal(number.mentions[0].number.value, "number")
            return (Condition(term, _COMPARED[sign.kind], (literal,)),)
    return None
