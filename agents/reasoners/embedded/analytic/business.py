"""The one reading of a plain business question, or none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from agents.reasoners.embedded.analytic import VARIANT
from agents.reasoners.embedded.analytic.doers import PERSON
from agents.reasoners.embedded.analytic.dress import (
    discounted,
    first_of_each,
    growth,
    running,
    share_of_rows,
    share_of_total,
)
from agents.reasoners.embedded.analytic.durations import in_days, with_durations
from agents.reasoners.embedded.analytic.glossary import Definition, with_filters, with_metric, with_terms
from agents.reasoners.embedded.analytic.places import Places
from agents.reasoners.embedded.analytic.read import Reader
from agents.reasoners.embedded.analytic.roles import Roles
from agents.reasoners.embedded.analytic.said import Limit, Said
from agents.reasoners.embedded.analytic.settle import Settled, Settler
from agents.reasoners.embedded.analytic.spans import cut
from agents.reasoners.embedded.analytic.symbols import Piece, spell
from agents.reasoners.embedded.analytic.tails import TAILS
from agents.reasoners.embedded.analytic.unsettled import Unsettled
from agents.reasoners.embedded.candidates import Candidate
from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.compile import NoPath, Spoken, to_reading
from agents.reasoners.embedded.differences import with_column
from agents.reasoners.embedded.draft import Col, Term
from connectors.sql.reading import ColumnRef, Function, Reading
from knowledge.linking import Lattice, Linker

KNOWLEDGE = "knowledge:"
"""Begins the notes that name the terms of the project a reading rests on."""
SPECIAL = "special"
"""Notes that a question says something that the ranked candidates have no form for."""
_SPECIAL = frozenset({"reference", "columns", "late", "several"})
_CLAUSE = 4
"""Pieces of a question that is long enough to end in a verb."""
_DATES = 4
_BEHIND = 0.4
"""By how much another date is less likely than the first one."""


@lru_cache(maxsize=64)
def roles_of(linker: Linker) -> Roles:
    return Roles(linker)


def _dressed(reading: Reading, settled: Settled, roles: Roles) -> Reading:
    if settled.metric is not None:
        term, metric = settled.metric
        assert term.column is not None
        alias = term.column.table.rpartition(".")[2]
        placeholder = Function("sum", (ColumnRef(alias, term.column.name),))
        reading = with_metric(reading, placeholder, metric)
    predicates = [definition.predicate for definition in settled.filters if definition.predicate is not None]
    if predicates:
        reading = with_filters(reading, predicates)
    terms = [term for part in settled.draft.everywhere() for term in part.terms]
    for term in terms if settled.metric is None else ():
        price = term.column if term.aggregate == "sum" else None
        if price is not None and "price" in roles.linker.names.words(price.name):
            discount = roles.discount(price.table)
            reading = discounted(reading, price.name, discount.name) if discount is not None else reading
            break
    reading = in_days(reading, roles.knowledge)
    if settled.share:
        return share_of_rows(reading, settled.asked) if settled.asked else share_of_total(reading)
    if settled.per:
        return first_of_each(reading, len(settled.per))
    if settled.growth:
        return growth(reading)
    return running(reading) if settled.running else reading


def pieces_of(
    lattice: Lattice, linker: Linker
) -> tuple[tuple[Chunk, ...], Mapping[int, Definition], list[Piece]]:
    """The question's chunks, the project's terms among them by first token, and the letters they spell."""
    roles = roles_of(linker)
    pieces = cut(lattice, roles)
    if pieces is None:
        return (), {}, []

    def is_state(word: Chunk, table: Chunk) -> bool:
        return roles.is_state(word.text.lower(), word.mentions, table.mentions[0].table)

    chunks, defined = with_terms(pieces.chunks, pieces.lattice, linker.knowledge)
    chunks = with_durations(chunks, pieces.lattice, roles)
    return chunks, defined, spell(replace(pieces, chunks=chunks), linker.lexicon, is_state)


def business(lattice: Lattice, linker: Linker) -> list[Candidate]:
    """The question read by the business grammar, and by other dates where it is open which one counts.

    Empty unless every word of the question found a place.
    """
    roles = roles_of(linker)
    chunks, defined, spelled = pieces_of(lattice, linker)
    read = _read(spelled, roles, linker, defined) or _read(
        _without_verb(spelled, roles), roles, linker, defined
    )
    if read is None:
        return []
    said, settled, reading = read
    measures = [*said.measures, *([said.top.by] if said.top is not None and said.top.by is not None else [])]
    worth = any(measure.what in ("sales", "pieces", "amount", "duration", "each") for measure in measures)
    special = said.stated or worth or any(_is_special(limit) for limit in said.limits)
    candidate = Candidate(
        settled.draft,
        reading,
        settled.base,
        chunks,
        tuple(dict.fromkeys(settled.assumed)),
        frozenset(
            {
                VARIANT,
                *([SPECIAL] if special or defined else []),
                *(f"{KNOWLEDGE}{d.term.id}" for d in defined.values()),
            }
        ),
        0.0,
        variant=VARIANT,
    )
    others = _other_people(candidate, spelled, roles, linker, defined)
    return [candidate, *_other_dates(candidate, settled, roles, linker), *others]


def _is_special(limit: Limit) -> bool:
    """Whether the ranked candidates have no form for a condition: "late", "5 minutes", "in stock"."""
    return limit.kind in _SPECIAL or bool(limit.unit) or (limit.kind == "number" and not limit.numbers)


def _other_people(
    candidate: Candidate,
    spelled: Sequence[Piece],
    roles: Roles,
    linker: Linker,
    defined: Mapping[int, Definition],
) -> Iterator[Candidate]:
    """The same of other people, where "who" or "people" does not say of which."""
    place = next(
        (i for i, p in enumerate(spelled) if p.letter == "T" and p.chunk.mentions[0].how == PERSON), None
    )
    if place is None:
        return
    chunk = spelled[place].chunk
    for number, mention in enumerate(chunk.mentions[1:], 1):
        turned = replace(chunk, mentions=(mention,))
        other = [*spelled[:place], Piece("T", turned), *spelled[place + 1 :]]
        read = _read(other, roles, linker, defined)
        if read is not None:
            _, settled, reading = read
            yield replace(
                candidate,
                draft=settled.draft,
                reading=reading,
                main=settled.base,
                chunks=tuple(turned if c is chunk else c for c in candidate.chunks),
                behind=_BEHIND * number,
            )


def _read(
    spelled: Sequence[Piece], roles: Roles, linker: Linker, defined: Mapping[int, Definition]
) -> tuple[Said, Settled, Reading] | None:
    said = Reader(spelled).read(TAILS) if spelled else None
    if said is None:
        return None
    try:
        settled = Settler(said, Places(roles), defined).settle()
        reading = to_reading(settled.draft, linker.knowledge, spoken=_over(settled.over))
        return said, settled, _dressed(reading, settled, roles)
    except (Unsettled, NoPath):
        return None


def _over(tables: Collection[str]) -> Spoken | None:
    """Ways over tables that were named on the way come first: "fees by branch of the stylist"."""
    if not tables:
        return None
    return lambda edge: float(sum(table in tables for table in (edge.left_table, edge.right_table)))


def _without_verb(spelled: Sequence[Piece], roles: Roles) -> Sequence[Piece]:
    """Without a last word that is a verb, though a date is named after it: "does each supplier deliver"."""
    if len(spelled) < _CLAUSE or spelled[-1].letter != "C":
        return ()
    mentions = spelled[-1].chunk.mentions
    verbal = " " not in spelled[-1].chunk.text and roles.is_date(Col(mentions[0].table, mentions[0].column))
    return spelled[:-1] if verbal else ()


def _other_dates(candidate: Candidate, settled: Settled, roles: Roles, linker: Linker) -> Iterator[Candidate]:
    """The same by other dates of the same rows, unless one is plainly the date of the row."""
    dated = settled.dated
    if dated is None or roles.is_own_date(dated):
        return
    for number, other in enumerate(roles.dates(dated.table)[:_DATES], 1):
        if other == dated:
            continue
        draft = with_column(candidate.draft, dated, other)
        if Term(dated) in candidate.draft.select and Term(other) in candidate.draft.select:
            draft = replace(draft, select=candidate.draft.select)
        reading = to_reading(draft, linker.knowledge, spoken=_over(settled.over))
        reading = _dressed(reading, settled, roles)
        yield replace(candidate, draft=draft, reading=reading, behind=_BEHIND * number)
