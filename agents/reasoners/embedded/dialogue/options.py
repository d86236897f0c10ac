"""Every way to read a question after an answer: by itself, completed, as an edit, over the rows found."""

from __future__ import annotations

from dataclasses import replace

from agents.reasoners.embedded.analytic.business import roles_of
from agents.reasoners.embedded.analytic.edit import base_of, business_edit
from agents.reasoners.embedded.candidates import Candidate
from agents.reasoners.embedded.chunks import Chunk, segmentations
from agents.reasoners.embedded.compile import NoPath, to_reading
from agents.reasoners.embedded.dialogue.by_hand import by_hand
from agents.reasoners.embedded.dialogue.heads import heads
from agents.reasoners.embedded.dialogue.heard import heard, named
from agents.reasoners.embedded.dialogue.leaning import marks
from agents.reasoners.embedded.dialogue.merge import (
    condensed,
)
from agents.reasoners.embedded.dialogue.periods import earlier_period
from agents.reasoners.embedded.dialogue.relation import numbers, odds
from agents.reasoners.embedded.dialogue.scene import Option, Scene
from agents.reasoners.embedded.dialogue.ways import ways
from agents.reasoners.embedded.draft import Draft
from agents.reasoners.embedded.features import features
from agents.reasoners.embedded.follow_up import edited, is_plain
from agents.reasoners.embedded.think import Understanding
from connectors.sql.reading import Reading


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
    for candidate, way, behind in ways(scene, alone, pool.chunks):
        pool.add(candidate, way, behind)
    known = heads(scene.before, scene.earlier, roles_of(scene.linker))
    for option in tuple(pool.found.values()):
        for way, draft in condensed(option.candidate.draft, scene.before, known):
            pool.edit(draft, way, option)
    kinds = marks(scene.question)
    asked = dict.fromkeys(named(scene.lattice, scene.before), 1.0)
    found = list(pool.found.values())
    for option in found:
        read = features(option.candidate, scene.linker.knowledge, scene.linker.lexicon)
        option.numbers.update(numbers(option.candidate, read, scene.before, kinds, known))
        option.numbers.update(asked)
        option.numbers.update(dict.fromkeys(heard(scene.question, option.candidate.draft, scene.before), 1.0))
        option.numbers.update({f"way:{way}": 1.0 for way in option.ways})
        option.numbers.update(dict.fromkeys(by_hand(option, scene, kinds), 1.0))
        option.numbers["past"] = float(all(way.startswith("past") for way in option.ways))
        option.numbers["ways"] = float(min(4, len(option.ways)))
        option.numbers["behind"] = max(-6.0, -option.behind)
        if "standalone" in option.ways and alone is not None:
            sure = odds(alone.confidence)
            option.numbers["sure"] = sure
            option.numbers.update({f"alone&{mark}": 1.0 for mark in kinds})
    return found


class _Pool:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.chunks: tuple[Chunk, ...] = segmentations(scene.lattice, scene.linker.lexicon)[0].chunks
        self.found: dict[Reading, Option] = {}

    def edit(self, draft: Draft, way: str, source: Option | None = None) -> None:
        """Adds an edit that the whole question asks for, or that goes on from another one."""
        knowledge, roles = self.scene.linker.knowledge, roles_of(self.scene.linker)
        try:
            reading = to_reading(draft, knowledge)
        except NoPath:
            return
        if source is not None:
            self.add(replace(source.candidate, draft=draft, reading=reading), way, source.behind)
            return
        base = base_of(self.scene.before, roles)
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
