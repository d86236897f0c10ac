"""The one reading of a plain business question, or none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from agents.reasoners.embedded.analytic import VARIANT
from agents.reasoners.embedded.analytic.conditions import Unsettled
from agents.reasoners.embedded.analytic.dress import (
    discounted,
    first_of_each,
    growth,
    running,
    share_of_rows,
    share_of_total,
)
from agents.reasoners.embedded.analytic.places import Places
from agents.reasoners.embedded.analytic.read import Reader
from agents.reasoners.embedded.analytic.roles import Roles
from agents.reasoners.embedded.analytic.settle import Settled, Settler
from agents.reasoners.embedded.analytic.spans import cut
from agents.reasoners.embedded.analytic.symbols import spell
from agents.reasoners.embedded.analytic.tails import TAILS
from agents.reasoners.embedded.candidates import Candidate
from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.compile import NoPath, to_reading
from agents.reasoners.embedded.differences import with_column
from connectors.sql.reading import Reading
from knowledge.linking import Lattice, Linker

SPECIAL = "special"
"""Notes that a question says something that the ranked candidates have no form for."""
_DATES = 4
_BEHIND = 0.4
"""By how much another date is less likely than the first one."""


@lru_cache(maxsize=64)
def roles_of(linker: Linker) -> Roles:
    return Roles(linker)


def _dressed(reading: Reading, settled: Settled, roles: Roles) -> Reading:
    for term in settled.draft.terms:
        price = term.column if term.aggregate == "sum" else None
        if price is not None and "price" in roles.linker.names.words(price.name):
            discount = roles.discount(price.table)
            reading = discounted(reading, price.name, discount.name) if discount is not None else reading
            break
    if settled.share:
        return share_of_rows(reading, settled.asked) if settled.asked else share_of_total(reading)
    if settled.per:
        return first_of_each(reading, len(settled.per))
    if settled.growth:
        return growth(reading)
    return running(reading) if settled.running else reading


def business(lattice: Lattice, linker: Linker) -> list[Candidate]:
    """The question read by the business grammar, and by other dates where it is open which one counts.

    Empty unless every word of the question found a place.
    """
    roles = roles_of(linker)
    pieces = cut(lattice, roles)
    if pieces is None:
        return []

    def is_state(word: Chunk, table: Chunk) -> bool:
        return roles.is_state(word.text.lower(), word.mentions, table.mentions[0].table)

    said = Reader(spell(pieces, linker.lexicon, is_state)).read(TAILS)
    if said is None:
        return []
    try:
        settled = Settler(said, Places(roles)).settle()
        reading = _dressed(to_reading(settled.draft, linker.knowledge), settled, roles)
    except (Unsettled, NoPath):
        return []
    special = said.stated or any(limit.kind in ("reference", "columns") for limit in said.limits)
    candidate = Candidate(
        settled.draft,
        reading,
        settled.base,
        pieces.chunks,
        tuple(dict.fromkeys(settled.assumed)),
        frozenset({VARIANT, SPECIAL} if special else {VARIANT}),
        0.0,
        variant=VARIANT,
    )
    return [candidate, *_other_dates(candidate, settled, roles, linker)]


def _other_dates(candidate: Candidate, settled: Settled, roles: Roles, linker: Linker) -> Iterator[Candidate]:
    """The same by other dates of the same rows, unless one is plainly the date of the row."""
    dated = settled.dated
    if dated is None or roles.is_own_date(dated):
        return
    for number, other in enumerate(roles.dates(dated.table)[:_DATES], 1):
        if other == dated:
            continue
        draft = with_column(candidate.draft, dated, other)
        reading = _dressed(to_reading(draft, linker.knowledge), settled, roles)
        yield replace(candidate, draft=draft, reading=reading, behind=_BEHIND * number)
