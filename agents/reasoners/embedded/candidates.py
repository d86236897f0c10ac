"""The drafts that a question may mean: every segmentation read by the rules, and each doubtful chunk read another way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from agents.reasoners.embedded.chunks import Chunk, Segmentation, segmentations
from agents.reasoners.embedded.compile import NoPath, to_reading
from agents.reasoners.embedded.draft import Draft
from agents.reasoners.embedded.generate.rules import parse
from agents.reasoners.embedded.generate.variants import variants
from agents.reasoners.embedded.resolve import Resolver
from connectors.sql.reading import Reading
from knowledge.linking import Lattice, Linker

_CLOSE = 0.3
"""Another meaning of a chunk is tried when it scores at most so much less."""
_READ = 14
"""Readings of the rules themselves."""
_VARIED = 4
"""Of which so many are varied."""
_MOST = 64


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
    """The edit that made it out of what the rules read."""


def candidates(lattice: Lattice, linker: Linker) -> list[Candidate]:
    """Distinct candidates that compile, in a fixed order; the first is the rules' own best reading."""
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
    for candidate in list(found.values())[:_VARIED]:
        _vary(candidate, linker, found)
    return list(found.values())[:_MOST]


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
