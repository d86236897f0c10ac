"""A question in its conversation, and one way to read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from agents.reasoners.embedded.candidates import Candidate
from agents.reasoners.embedded.dialogue.discount import Discount
from agents.reasoners.embedded.draft import Draft
from knowledge.linking import Lattice, Linker


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
    earlier: tuple[Draft, ...] = ()
    """The queries before that one, latest first."""
