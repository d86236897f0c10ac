"""The drafts that a question may mean: every segmentation read by the rules, and each doubtful chunk read another way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from agents.reasoners.embedded.among import relative
from agents.reasoners.embedded.chunks import Chunk, Segmentation, segmentations
from agents.reasoners.embedded.compile import NoPath, to_reading
from agents.reasoners.embedded.draft import Draft
from agents.reasoners.embedded.generate.fill import fill
from agents.reasoners.embedded.generate.rules import parse
from agents.reasoners.embedded.generate.scene import Scene, scene_of
from agents.reasoners.embedded.generate.variants import variants
from agents.reasoners.embedded.generate.weigh import Weigher
from agents.reasoners.embedded.resolve import Resolver
from agents.reasoners.embedded.structure import Judgement, Structure, structure
from connectors.sql.reading import Reading
from knowledge.linking import Lattice, Linker

_CLOSE = 0.3
"""Another meaning of a chunk is tried when it scores at most so much less."""
_READ = 14
"""Readings of the rules themselves."""
_VARIED = 4
"""Of which so many are varied."""
_FIRST = 4
"""Readings of the rules that are kept however unlikely the models find them."""
_LIKELY = 30
_UNFILLED = {"fill": 0.0, "fill_place": 99.0, "fill_score": -20.0}
_WEIGHED = 6
"""Readings of the rules that the learned models look at."""


@dataclass(frozen=True, slots=True)
class Candidate:
    draft: Draft
    reading: Reading
    main: str
    """The table that the question is about."""
    chunks: tuple[Chunk, ...]
    leftover: tuple[str, ...]
    """Tags that no rule consumed."""
    notes: frozenset[str]
    behind: float
    """How far its segmentation and its choices score behind the best ones."""
    chosen: tuple[int, ...] = ()
    """Chunks read in another than their best meaning."""
    gap: float = 1.0
    """By how much the closest call among the meanings of its chunks was won."""
    variant: str = ""
    """The edit that made it out of what the rules read; "learned" for shapes filled by the models."""
    weighed: Mapping[str, float] = field(default_factory=dict)
    """What the learned models say of it, for the ranker."""


@dataclass(frozen=True, slots=True)
class RuleReadings:
    """What the rules make of a question."""

    found: dict[Draft, Candidate]
    scene: Scene


def read_by_rules(lattice: Lattice, linker: Linker) -> RuleReadings:
    found: dict[Draft, Candidate] = {}
    cut = segmentations(lattice, linker.lexicon)
    for segmentation in cut:
        behind = cut[0].score - segmentation.score
        for choices, cost in _choices(segmentation, linker, alternatives=segmentation is cut[0]):
            candidate = _candidate(segmentation, linker, choices, behind + cost)
            if candidate is not None and candidate.draft not in found:
                found[candidate.draft] = candidate
            if len(found) >= _READ:
                break
    drafts = tuple(found)[:_WEIGHED]
    main = next(iter(found.values())).main if found else ""
    scene = scene_of(lattice, linker, cut[0], drafts, main)
    return RuleReadings(found, scene)


def candidates(lattice: Lattice, linker: Linker, models: Structure | None = None) -> list[Candidate]:
    """Distinct candidates that compile, in a fixed order: the rules' readings, their small edits, the learned shapes.

    `models` are the shipped ones unless given.
    """
    rules = read_by_rules(lattice, linker)
    found = dict(rules.found)
    for candidate in list(found.values())[:_VARIED]:
        _vary(candidate, linker, found)
    judgement = (models or structure()).judge(rules.scene)
    places = _fill(judgement, linker, found)
    weigher = Weigher(judgement)
    weighed = [
        replace(candidate, weighed={**weigher.weigh(draft), **places.get(draft, _UNFILLED)})
        for draft, candidate in found.items()
        if len(set(draft.select)) == len(draft.select)
    ]
    kept = _likely(weighed)
    among = relative([item.weighed for item in kept], [item.draft for item in kept])
    return [replace(item, weighed={**item.weighed, **more}) for item, more in zip(kept, among, strict=True)]


def _likely(weighed: list[Candidate]) -> list[Candidate]:
    """The rules' first readings and those that the models find likeliest, in their order."""
    places = sorted(range(len(weighed)), key=lambda place: -weighed[place].weighed["m:total"])
    kept = {*range(_FIRST), *places[:_LIKELY]}
    return [candidate for place, candidate in enumerate(weighed) if place in kept]


def _fill(
    judgement: Judgement, linker: Linker, found: dict[Draft, Candidate]
) -> dict[Draft, dict[str, float]]:
    """Adds the learned shapes; how each draft among them ranks and scores."""
    filled = fill(judgement)
    places = {
        item.draft: {"fill": 1.0, "fill_place": float(place), "fill_score": item.score - filled[0].score}
        for place, item in enumerate(filled)
    }
    scene = judgement.scene
    gap = scene.gap
    known = {candidate.reading for candidate in found.values()}
    for item in filled:
        if item.draft in found:
            continue
        try:
            reading = to_reading(item.draft, linker.knowledge, spoken=scene.spoken)
        except NoPath:
            continue
        if reading in known:
            continue
        known.add(reading)
        found[item.draft] = Candidate(
            item.draft, reading, scene.main, scene.segmentation.chunks, (), frozenset(), 0.0,
            gap=gap, variant="learned",
        )  # fmt: skip
    return places


def _vary(candidate: Candidate, linker: Linker, found: dict[Draft, Candidate]) -> None:
    """Adds the small edits of a candidate, and its other ways to join."""
    segmentation = Segmentation(candidate.chunks, 0.0)
    resolver = Resolver(segmentation, linker)
    for name, draft in variants(candidate.draft, resolver, candidate.main):
        if draft in found:
            continue
        try:
            reading = to_reading(draft, linker.knowledge)
        except NoPath:
            continue
        found[draft] = replace(candidate, draft=draft, reading=reading, variant=name)


def _candidate(
    segmentation: Segmentation, linker: Linker, choices: dict[int, int], behind: float
) -> Candidate | None:
    draft, state = parse(segmentation, linker, choices)
    try:
        reading = to_reading(draft, linker.knowledge)
    except NoPath:
        return None
    return Candidate(
        draft=draft,
        reading=reading,
        main=state.main,
        chunks=segmentation.chunks,
        leftover=tuple(state.tags),
        notes=frozenset(state.notes),
        behind=behind,
        chosen=tuple(sorted(choices)),
        gap=state.resolver.least_gap(),
    )


def _choices(
    segmentation: Segmentation, linker: Linker, alternatives: bool
) -> Iterator[tuple[dict[int, int], float]]:
    """No override first, then the second (and third) meaning of each doubtful chunk."""
    yield {}, 0.0
    if not alternatives:
        return
    resolver = Resolver(segmentation, linker)
    for position, chunk in enumerate(segmentation.chunks):
        if chunk.kind not in ("C", "V", "T"):
            continue
        ranked = resolver.ranked(chunk, position)
        for number in range(1, min(len(ranked), 4)):
            cost = ranked[0][0] - ranked[number][0]
            if cost <= _CLOSE:
                yield {position: number}, cost
