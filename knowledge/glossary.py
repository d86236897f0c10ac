"""A project's own words, found in questions."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.base import GlossaryTerm
from knowledge.text import stems


def terms_in(question: str, terms: Sequence[GlossaryTerm]) -> list[GlossaryTerm]:
    """Terms that the question names, by their own or another name, longest names first."""
    asked = stems(question)
    found = [(length, term) for term in terms if (length := _named(asked, term))]
    return [term for _, term in sorted(found, key=lambda pair: (-pair[0], pair[1].term))]


def names_of(term: GlossaryTerm) -> tuple[str, ...]:
    """The term and its synonyms."""
    return (term.term, *term.synonyms)


def _named(asked: Sequence[str], term: GlossaryTerm) -> int:
    """How many words of the question the term's longest name in it takes; 0 when it is not named."""
    best = 0
    for name in names_of(term):
        wanted = stems(name)
        places = range(len(asked) - len(wanted) + 1)
        if wanted and any(asked[place : place + len(wanted)] == wanted for place in places):
            best = max(best, len(wanted))
    return best
