"""Words of questions and the names they mean."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from knowledge.indexing import quick_knowledge
from knowledge.linking import linker_for
from tests.knowledge.sources import build_club, opened


async def _columns(question: str, folder: Path) -> set[tuple[str, str]]:
    """(words, column) of every column that a question is well said to name."""
    build_club(folder / "club.sqlite")
    async with opened("sqlite", folder / "club.sqlite") as connector:
        linker = linker_for(await quick_knowledge(connector, "club", "Club"))
    lattice = linker.link(question, date(2026, 11, 21))
    named = [m for m in lattice.of("column") if m.score >= 0.5]
    return {(lattice.text(m.first, m.last), m.column) for m in named}


async def test_a_preposition_belongs_to_the_verb_that_a_name_spells(tmp_path: Path) -> None:
    assert ("played on", "played_on") in await _columns("matches played on 3 May", tmp_path)


async def test_a_preposition_after_a_noun_is_no_part_of_a_name(tmp_path: Path) -> None:
    said = {words for words, _ in await _columns("Which plays on each ground, in each city?", tmp_path)}
    assert said.isdisjoint({"plays on", "on"})
