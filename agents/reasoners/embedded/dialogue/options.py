"""Every way to read a question after an answer: by itself, completed, as an edit, over the rows found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from agents.reasoners.embedded import rank
from agents.reasoners.embedded.analytic import VARIANT
from agents.reasoners.embedded.analytic.business import business, roles_of
from agents.reasoners.embedded.analytic.edit import base_of, business_edit
from agents.reasoners.embedded.candidates import Candidate, candidates
from agents.reasoners.embedded.chunks import Chunk, segmentations
from agents.reasoners.embedded.compile import NoPath, to_reading
from agents.reasoners.embedded.dialogue.discount import Discount
from agents.reasoners.embedded.dialogue.leaning import LEANING, completed, marks
from agents.reasoners.embedded.dialogue.merge import (
    NEGATIVE,
    beyond,
    excluded,
    merged,
    names_of,
    others,
    subject,
)
from agents.reasoners.embedded.dialogue.periods import day_of, earlier_period
from agents.reasoners.embedded.dialogue.relation import numbers, odds
from agents.reasoners.embedded.differences import words_of
from agents.reasoners.embedded.draft import Condition, Draft, Operator
from agents.reasoners.embedded.features import features
from agents.reasoners.embedded.follow_up import edited, is_plain
from agents.reasoners.embedded.think import Understanding
from connectors.sql.reading import Literal, Reading
from knowledge.linking import Lattice, Linker

_READ = 6
"""Readings of the completed question that are put together with the query before."""


_POINTING = frozenset({"plural", "possessive", "among"})
"""Marks of words that stand for the rows of the answer before."""


@dataclass(slots=True)
class Option:
    """One way to read the question, with all the ways by which it was come to."""

    candidate: Candidate
    ways: list[str]
    behind: float
    """By how much the reading it was made from scores less than the best one."""
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """A question and the query it may go on from."""

    question: str
    lattice: Lattice
    linker: Linker
    before: Draft
    today: date
    discount: Discount | None = None
    """What the query before takes off its prices; its draft is without it."""


def options(scene: Scene, alone: Understanding | None) -> list[Option]:
    """Distinct by what they compile to.

    Args:
        alone: what the question says by itself; None where it can only be an edit.
    """
    pool = _Pool(scene)
    earlier = earlier_period(scene.question, scene.before)
    if earlier is not None:
        pool.edit(earlier, "plain")
        return list(pool.found.values())
    if is_plain(scene.question):
        for candidate in edited(scene.question, scene.lattice, scene.linker, scene.before)[:1]:
            pool.add(candidate, "plain", 0.0)
        return list(pool.found.values())
    if alone is not None and alone.best is not None:
        pool.add(alone.best.candidate, "standalone", 0.0)
    whole = business_edit(scene.question, scene.lattice, scene.linker, scene.before)
    if whole is not None:
        pool.add(whole, "whole", 0.0)
    for place, candidate in enumerate(edited(scene.question, scene.lattice, scene.linker, scene.before)):
        pool.add(candidate, f"edit{min(place, 2)}", candidate.behind)
    for candidate, way, behind in _merges(scene, alone, pool.chunks):
        pool.add(candidate, way, behind)
    kinds = marks(scene.question)
    names = frozenset(names_of(scene.before, roles_of(scene.linker)))
    found = list(pool.found.values())
    for option in found:
        read = features(option.candidate, scene.linker.knowledge, scene.linker.lexicon)
        option.numbers.update(numbers(option.candidate, read, scene.before, kinds, names))
        option.numbers.update({f"way:{way}": 1.0 for way in option.ways})
        option.numbers.update(dict.fromkeys(_by_hand(option, scene, kinds), 1.0))
        option.numbers["ways"] = float(min(4, len(option.ways)))
        option.numbers["behind"] = max(-6.0, -option.behind)
        if "standalone" in option.ways and alone is not None:
            sure = odds(alone.confidence)
            option.numbers["sure"] = sure
            option.numbers.update({f"alone&{mark}": 1.0 for mark in kinds})
    return found


def _by_hand(option: Option, scene: Scene, kinds: frozenset[str]) -> Iterator[str]:
    """What only weights set by hand look at."""
    draft, before, ways = option.candidate.draft, scene.before, option.ways
    if "whole" in ways:
        if _periods(draft) != _periods(before):
            yield "period"
        if "and-their" in kinds and (
            set(draft.select) > set(before.select) or draft.group == before.group != ()
        ):
            yield "adding"
        figures = {term for term in before.select if term.aggregated}
        same = (draft.select, draft.group, draft.where) == (before.select, before.group, before.where)
        if same and draft.group and "extreme" in kinds:
            yield "ranked"
        if "by" in kinds and figures and figures <= set(draft.select) and draft.group != before.group:
            yield "breakdown"
    if "figure" in ways:
        yield "figure"
    if "excludes" in kinds and set(draft.where) > set(before.where):
        fresh = [clause for clause in draft.where if clause not in before.where]
        negative = "excluded" in ways or any(c.operator in NEGATIVE for clause in fresh for c in clause)
        yield "excluded" if negative else "negation-lost"
    if "who" in kinds and all(
        t.column is not None and roles_of(scene.linker).is_key(t.column) for t in draft.select
    ):
        yield "number-for-who"
    if "standalone" in ways:
        names_table = any(m.kind == "table" and m.how in ("exact", "stem") for m in scene.lattice.mentions)
        if option.candidate.variant == VARIANT and names_table and kinds.isdisjoint(LEANING):
            yield "fresh"
        if _narrowed(before) and not kinds.isdisjoint(_POINTING):
            yield "ignoring"


def _narrowed(draft: Draft) -> bool:
    return bool(draft.where or draft.having or draft.limit is not None)


def _periods(draft: Draft) -> set[object]:
    """The dates that a query asks for, and the periods it is grouped by."""
    grains = {(term.column, term.grain) for term in draft.terms if term.grain}
    return grains | {value.value for c in draft.conditions for value in c.values if day_of(value) is not None}


class _Pool:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.chunks: tuple[Chunk, ...] = segmentations(scene.lattice, scene.linker.lexicon)[0].chunks
        self.found: dict[Reading, Option] = {}

    def edit(self, draft: Draft, way: str) -> None:
        """Adds an edit that the whole question asks for."""
        knowledge, roles = self.scene.linker.knowledge, roles_of(self.scene.linker)
        base, reading = base_of(self.scene.before, roles), to_reading(draft, knowledge)
        self.add(Candidate(draft, reading, base, self.chunks, (), frozenset({"edit"}), 0.0), way, 0.0)

    def add(self, candidate: Candidate, way: str, behind: float) -> None:
        if candidate.draft == self.scene.before:
            return
        if self.scene.discount is not None and way != "standalone":
            candidate = replace(candidate, reading=self.scene.discount.put_back(candidate.reading))
        known = self.found.get(candidate.reading)
        if known is None:
            self.found[candidate.reading] = Option(candidate, [way], behind)
            return
        if way not in known.ways:
            known.ways.append(way)
        known.behind = min(known.behind, behind)


def _merges(
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
    if "other" in kinds and (rest := others(before)) is not None:
        add(rest, "others", 0.0)
    if "than-that" in kinds:
        above = not any(word in scene.question.lower() for word in ("below", "under", "less", "fewer", "lower", "younger", "cheaper", "smaller", "shorter"))  # fmt: skip
        for draft in beyond(before, base, roles, above):
            add(draft, "beyond", 0.0)
    if (limited := _of_figure(scene, chunks)) is not None:
        add(limited, "figure", 0.0)
    for candidate, behind in _read(scene, alone):
        if "excludes" in kinds and not behind and (less := excluded(candidate.draft, before)) is not None:
            add(less, "excluded", behind)
        for way, draft in merged(candidate.draft, before, base, roles):
            add(draft, way, behind, candidate.leftover)
    return found


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
    for sign, number in pairwise(chunk for chunk in chunks if chunk.kind != "word"):
        if sign.kind in _COMPARED and number.kind == "N" and number.mentions[0].number is not None:
            literal = Literal(number.mentions[0].number.value, "number")
            clause = (Condition(figures[0], _COMPARED[sign.kind], (literal,)),)
            return replace(before, having=(*before.having, clause), limit=None)
    return None
