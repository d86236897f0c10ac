"""Signs that only weights set by hand look at, for what the training turns hardly have."""

from __future__ import annotations

from collections.abc import Iterator

from agents.reasoners.embedded.analytic import VARIANT
from agents.reasoners.embedded.analytic.business import roles_of
from agents.reasoners.embedded.dialogue.heads import subject
from agents.reasoners.embedded.dialogue.leaning import LEANING
from agents.reasoners.embedded.dialogue.merge import (
    NEGATIVE,
)
from agents.reasoners.embedded.dialogue.periods import day_of
from agents.reasoners.embedded.dialogue.scene import Option, Scene
from agents.reasoners.embedded.draft import Draft, Term

_POINTING = frozenset({"plural", "possessive", "among", "that"})
"""Marks of words that stand for the rows of the answer before."""


def by_hand(option: Option, scene: Scene, kinds: frozenset[str]) -> Iterator[str]:
    """What only weights set by hand look at."""
    draft, before, ways = option.candidate.draft, scene.before, option.ways
    if "whole" in ways:
        if _periods(draft) != _periods(before):
            yield "period"
        wider = set(draft.select) > set(before.select) and _names(before, scene)
        if "and-their" in kinds and (wider or draft.group == before.group != ()):
            yield "adding"
        figures = {term for term in before.select if term.aggregated}
        same = (draft.select, draft.group, draft.where) == (before.select, before.group, before.where)
        if same and draft.group and "extreme" in kinds:
            yield "ranked"
        if "by" in kinds and figures and figures <= set(draft.select) and draft.group != before.group:
            yield "breakdown"
    if {"figure", "bound"}.intersection(ways):
        yield "figure"
    if "excludes" in kinds and set(draft.where) > set(before.where):
        fresh = [clause for clause in draft.where if clause not in before.where]
        negative = "excluded" in ways or any(c.operator in NEGATIVE for clause in fresh for c in clause)
        yield "excluded" if negative else "negation-lost"
    if "who" in kinds and all(
        t.column is not None and roles_of(scene.linker).is_key(t.column) for t in draft.select
    ):
        yield "number-for-who"
    facts = draft.select == before.select and not before.group and _facts(before, scene)
    if "which-thing" in kinds and facts:
        yield "fact-for-thing"
    if "standalone" in ways:
        names_table = any(m.kind == "table" and m.how in ("exact", "stem") for m in scene.lattice.mentions)
        if option.candidate.variant == VARIANT and names_table and kinds.isdisjoint(LEANING):
            yield "fresh"
        if _narrowed(before) and not kinds.isdisjoint(_POINTING):
            yield "ignoring"


def _names(before: Draft, scene: Scene) -> bool:
    """Whether the answer before shows what its things are called; a single fact of one thing is not added to."""
    names = {Term(column) for column in roles_of(scene.linker).names(subject(before))}
    return not names or not names.isdisjoint(before.select)


def _facts(before: Draft, scene: Scene) -> bool:
    """Whether the answer before shows something of its things, and not what they are called."""
    return not any(term.aggregated for term in before.select) and not _names(before, scene)


def _narrowed(draft: Draft) -> bool:
    return bool(draft.where or draft.having or draft.limit is not None)


def _periods(draft: Draft) -> set[object]:
    """The dates that a query asks for, and the periods it is grouped by."""
    grains = {(term.column, term.grain) for term in draft.terms if term.grain}
    return grains | {value.value for c in draft.conditions for value in c.values if day_of(value) is not None}
