"""People who are asked for without the name of their table, and verbs that mean what was done: "who", "people", "ordered in"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from agents.reasoners.embedded.analytic.roles import Roles
from agents.reasoners.embedded.chunks import Chunk
from knowledge.linking import Lattice, Mention

PERSON = "person"
"""How a table is meant by a word for people."""
_WHO = "WHO_WH"
_BEFORE_VERB = frozenset({"who", "that", "which"})
_BEING = frozenset({"is", "are", "was", "were"})
_TIMED = frozenset({"D", "N", "BOTH", "EITHER"})
_STAFF_FIRST, _BUYERS_FIRST = ("work", "works", "working", "employed"), ("selling", "spending")
_TIED, _UNRELATED = 3.0, 9.0
_SAID, _NEARLY = 0.9, 0.03


def with_doers(chunks: Sequence[Chunk], lattice: Lattice, roles: Roles) -> list[Chunk]:
    """The chunks with tables put in for people and for verbs that were taken for something else."""
    verbal = list(_with_verbs(chunks, lattice))
    return list(_with_people(verbal, lattice, roles))


def _with_verbs(chunks: Sequence[Chunk], lattice: Lattice) -> Iterator[Chunk]:
    """ "customers who ordered in 2024" sorts nothing: before a period, "ordered in" is what was done."""
    for chunk, after in pairwise((*chunks, None)):
        assert chunk is not None
        timed = chunk.kind == "ORDER" and after is not None and after.kind in _TIMED
        verb = (chunk.first, chunk.first + 1)
        meant = (
            [m for m in lattice.mentions if (m.first, m.last) == verb and m.score >= _SAID] if timed else []
        )
        kind = "column" if any(m.kind == "column" for m in meant) else "table"
        named = tuple(m for m in meant if m.kind == kind)
        yield replace(chunk, kind=kind[0].upper(), mentions=named) if named else chunk


def _with_people(chunks: Sequence[Chunk], lattice: Lattice, roles: Roles) -> Iterator[Chunk]:
    """With the tables of people for "people", and for a "who" that asks for no table that is named."""
    people = roles.linker.lexicon.business["people"]
    opening = next((chunk for chunk in chunks if chunk.kind == _WHO or chunk.kind != "word"), None)
    for position, chunk in enumerate(chunks):
        said = chunk.kind == "word" and chunk.text.lower() in people
        asked = chunk is opening and chunk.kind == _WHO and _asks_alone(chunks[position + 1 :], roles)
        mentions = tuple(_persons(chunk, chunks, lattice, roles)) if said or asked else ()
        yield replace(chunk, kind="T", mentions=mentions) if mentions else chunk


def _asks_alone(chunks: Sequence[Chunk], roles: Roles) -> bool:
    """Whether no table of people follows that "who" would be about."""
    persons = set(_tables_of_people(roles))
    named = [m.table for chunk in chunks if chunk.kind == "T" for m in chunk.mentions[:1]]
    if named and chunks[0].text.lower() in _BEING:
        return False
    return persons.isdisjoint(named)


def _persons(chunk: Chunk, chunks: Sequence[Chunk], lattice: Lattice, roles: Roles) -> Iterator[Mention]:
    """The tables of people, the one that what else is said belongs to most closely first."""
    lexicon = roles.linker.lexicon
    words = {token.lower for token in lattice.tokens}
    works = bool(words & set(_STAFF_FIRST))
    buys = any(words & lexicon.business[group] for group in _BUYERS_FIRST)

    def order(table: str) -> tuple[float, float, str]:
        told = (c for c in chunks if c.kind in ("T", "C", "V") and c is not chunk and not _is_deed(c, roles))
        far = sum(_farness(table, other, roles) for other in told)
        staff = _is_called(table, "staff", roles)
        away = works != staff and (works or buys)
        return far + (_UNRELATED if away else 0.0), float(not _is_called(table, "buyers", roles)), table

    for table in sorted(_tables_of_people(roles), key=order):
        if order(table)[0] < _UNRELATED:
            yield Mention(chunk.first, chunk.last, "table", 0.8, PERSON, table)


def _tables_of_people(roles: Roles) -> list[str]:
    """Tables whose rows have a first and a last name, or are called like people."""
    tables = (table for table in roles.tables if not roles.is_view(table))
    return [t for t in tables if len(roles.names(t)) == 2 or _is_called(t, "persons", roles)]


def _is_called(table: str, group: str, roles: Roles) -> bool:
    lexicon = roles.linker.lexicon
    lemmas = roles.linker.names.lemmas(table.rpartition(".")[2])
    return lemmas[-1] in {lexicon.lemma(word) for word in lexicon.business[group]}


def _is_deed(chunk: Chunk, roles: Roles) -> bool:
    """Whether a chunk says what was done, though its word is also like a name: "spent", "placed"."""
    business, word = roles.linker.lexicon.business, chunk.text.lower()
    return any(word in business[group] for group in ("spending", "selling", "verbs"))


def _farness(table: str, chunk: Chunk, roles: Roles) -> float:
    """How many steps lie between people and what a chunk means at the nearest."""
    steps: list[float] = []
    most = max((mention.score for mention in chunk.mentions), default=0.0)
    for mention in chunk.mentions:
        if mention.score < most - _NEARLY:
            continue
        back, forth = roles.steps(mention.table, table), roles.steps(table, mention.table)
        steps += [float(n) for n in (back, forth) if n is not None]
    if steps or chunk.kind == "V":
        return min(steps, default=0.0)
    tied = chunk.kind == "T" and any(roles.related(table, mention.table) for mention in chunk.mentions[:1])
    return _TIED if tied else _UNRELATED
