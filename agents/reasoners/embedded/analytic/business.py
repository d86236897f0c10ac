"""The one reading of a plain business question, or none."""

from __future__ import annotations

from functools import lru_cache

from agents.reasoners.embedded.analytic import VARIANT
from agents.reasoners.embedded.analytic.conditions import Unsettled
from agents.reasoners.embedded.analytic.dress import discounted, running, share_of_rows, share_of_total
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
from connectors.sql.reading import Reading
from knowledge.linking import Lattice, Linker


@lru_cache(maxsize=64)
def roles_of(linker: Linker) -> Roles:
    return Roles(linker)


def _dressed(reading: Reading, settled: Settled, roles: Roles) -> Reading:
    for term in settled.draft.terms:
        price = term.column
        if (
            term.operator == "*"
            and price is not None
            and (discount := roles.discount(price.table)) is not None
        ):
            reading = discounted(reading, price.name, discount.name)
            break
    if settled.share:
        return share_of_rows(reading, settled.asked) if settled.asked else share_of_total(reading)
    return running(reading) if settled.running else reading


def business(lattice: Lattice, linker: Linker) -> Candidate | None:
    """The question read by the business grammar; None unless every word of it found a place."""
    roles = roles_of(linker)
    pieces = cut(lattice, roles)
    if pieces is None:
        return None

    def is_state(word: Chunk, table: Chunk) -> bool:
        return roles.is_state(word.text.lower(), word.mentions, table.mentions[0].table)

    said = Reader(spell(pieces, linker.lexicon, is_state)).read(TAILS)
    if said is None:
        return None
    try:
        settled = Settler(said, Places(roles)).settle()
        reading = _dressed(to_reading(settled.draft, linker.knowledge), settled, roles)
    except (Unsettled, NoPath):
        return None
    return Candidate(
        settled.draft,
        reading,
        settled.base,
        pieces.chunks,
        tuple(dict.fromkeys(settled.assumed)),
        frozenset({VARIANT}),
        0.0,
        variant=VARIANT,
    )
