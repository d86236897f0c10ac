"""The question cut into the pieces that the business grammar reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from agents.reasoners.embedded.analytic.doers import with_doers
from agents.reasoners.embedded.analytic.roles import Roles
from agents.reasoners.embedded.chunks import Chunk, segmentations
from knowledge.linking import Lattice, Mention
from knowledge.question_words import Token

GRAINS = {
    "year": "year", "years": "year", "yearly": "year", "annually": "year", "annual": "year",
    "quarter": "quarter", "quarters": "quarter", "quarterly": "quarter",
    "month": "month", "months": "month", "monthly": "month",
    "week": "week", "weeks": "week", "weekly": "week",
    "day": "day", "days": "day", "daily": "day",
}  # fmt: skip
_BEFORE_GRAIN = frozenset({"by", "per", "each", "every", "and", ",", "a", "previous", "prior"})
_ADVERBS = frozenset({"yearly", "annually", "quarterly", "monthly", "weekly", "daily"})
_EXACT = 0.95
_SURE, _HEADED = 0.6, 0.85
_DONE, _VERBAL = 0.7, ("ed", "ing")


@dataclass(frozen=True, slots=True)
class Pieces:
    """The cut that was chosen, and the links that were set aside on the way."""

    chunks: tuple[Chunk, ...]
    lattice: Lattice


def cut(lattice: Lattice, roles: Roles) -> Pieces | None:
    """The likeliest cut once the links that business questions do not mean are set aside."""
    lattice = replace(lattice, mentions=tuple(_headed(lattice, roles)))
    pruned = replace(lattice, mentions=tuple(_pruned(lattice, roles)))
    found = segmentations(pruned, roles.linker.lexicon, k=1)
    if not found:
        return None
    chunks = _named_totals(found[0].chunks, pruned)
    done = [_done_tables(chunk, pruned) for chunk in chunks]
    return Pieces(tuple(with_doers(list(_done_values(done, lattice)), pruned, roles)), pruned)


def _headed(lattice: Lattice, roles: Roles) -> Iterator[Mention]:
    """With tables called by the last word of their name, when no other thing is called so: "tickets" are support_tickets."""
    lemma = roles.linker.lexicon.lemma
    heads = Counter(_head(table, roles) for table in roles.tables if not roles.is_view(table))
    known = {
        (m.first, m.last) for m in lattice.mentions if m.kind in ("table", "column") and m.score >= _SURE
    }
    for m in lattice.mentions:
        called = lemma(lattice.tokens[m.first].lower) if m.last - m.first == 1 else ""
        alone = (
            m.kind == "table" and m.how == "part" and heads[called] == 1 and (m.first, m.last) not in known
        )
        yield replace(m, score=_HEADED) if alone and called == _head(m.table, roles) else m


def _head(table: str, roles: Roles) -> str:
    return roles.linker.names.lemmas(table.rpartition(".")[2])[-1]


def _done_values(chunks: Sequence[Chunk], lattice: Lattice) -> Iterator[Chunk]:
    """ "returned orders" are orders whose state is "returned", where orders have such a state: it is their own."""
    tables = {m.table for chunk in chunks if chunk.kind == "T" for m in chunk.mentions[:1]}
    for chunk in chunks:
        place = (chunk.first, chunk.last, "value")
        stored = tuple(
            m for m in lattice.mentions
            if (m.first, m.last, m.kind) == place and m.table in tables and m.how in ("exact", "case")
        )  # fmt: skip
        verbal = chunk.kind == "T" and chunk.text.lower().endswith(_VERBAL)
        yield replace(chunk, kind="V", mentions=stored) if verbal and stored else chunk


def _done_tables(chunk: Chunk, lattice: Lattice) -> Chunk:
    """ "rented" is what rentals are about: a verb that means a table stands for it."""
    if chunk.kind != "word" or not chunk.text.lower().endswith(_VERBAL):
        return chunk
    place = (chunk.first, chunk.last, "table")
    named = tuple(m for m in lattice.mentions if (m.first, m.last, m.kind) == place and m.score >= _DONE)
    return replace(chunk, kind="T", mentions=named) if named else chunk


def _named_totals(chunks: Sequence[Chunk], lattice: Lattice) -> Iterator[Chunk]:
    """ "the average total" is the average of a column of that name, not a total."""
    for before, chunk in pairwise((None, *chunks)):
        assert chunk is not None
        named = tuple(
            m for m in lattice.mentions if (m.first, m.last, m.kind) == (chunk.first, chunk.last, "column")
        )
        averaged = before is not None and before.kind in ("AVG", "MAX", "MIN")
        yield (
            replace(chunk, kind="C", mentions=named) if chunk.kind == "SUM" and averaged and named else chunk
        )


def _pruned(lattice: Lattice, roles: Roles) -> list[Mention]:
    tokens = lattice.tokens
    named = [m for m in lattice.mentions if m.kind in ("table", "column") and not roles.is_view(m.table)]
    exact = [m for m in named if m.score >= _EXACT and not _says_split(m, tokens)]
    tables = [m for m in exact if m.kind == "table"]
    whole_views = [
        m for m in lattice.mentions if m.kind == "table" and m.score >= _EXACT and roles.is_view(m.table)
        and m.last - m.first > 1
    ]  # fmt: skip
    return [
        m
        for m in lattice.mentions
        if not _is_grain(m, tokens)
        and not _says_deed(m, tokens, roles)
        and not (m.kind == "column" and _counts_rows(m, tokens, tables))
        and not (roles.is_view(m.table) and not _spoken_of(m, whole_views))
        and not (m.kind == "value" and (_is_plain_word(m, tokens, exact) or _opens_cue(m, tokens, roles)))
        and not (m.kind in ("table", "column") and _within_longer(m, tables))
        and not (m.kind == "table" and (m.score < 0.6 or _says_split(m, tokens)))
    ]


def _counts_rows(mention: Mention, tokens: Sequence[Token], tables: Sequence[Mention]) -> bool:
    """Whether a name was put together of a count and what is counted: "number of orders" is no order number."""
    said = [token.lower for token in tokens[mention.first : mention.first + 2]]
    return said in (["number", "of"], ["count", "of"]) and any(
        table.first > mention.first and table.last == mention.last for table in tables
    )


def _says_deed(mention: Mention, tokens: Sequence[Token], roles: Roles) -> bool:
    """Whether a name was put together of a doer and a deed: "employee sold" is no column of sales employees."""
    loose = (
        mention.kind == "column"
        and mention.last - mention.first > 1
        and mention.how in ("synonym", "derived")
    )
    return loose and tokens[mention.last - 1].lower in roles.linker.lexicon.business["selling"]


def _is_grain(mention: Mention, tokens: Sequence[Token]) -> bool:
    """Whether a period is meant: "per month", "monthly"."""
    if mention.last - mention.first != 1 or mention.kind not in ("table", "column", "value"):
        return False
    word = tokens[mention.first].lower
    if word not in GRAINS:
        return False
    return word in _ADVERBS or (mention.first > 0 and tokens[mention.first - 1].lower in _BEFORE_GRAIN)


def _says_split(mention: Mention, tokens: Sequence[Token]) -> bool:
    """Whether a name was put together across "by": "films by category" is no film_category."""
    return any(token.lower in ("by", "per", "each") for token in tokens[mention.first : mention.last])


def _spoken_of(mention: Mention, views: Sequence[Mention]) -> bool:
    return any(view.table == mention.table for view in views)


def _is_plain_word(mention: Mention, tokens: Sequence[Token], exact: Sequence[Mention]) -> bool:
    """Whether a stored value is spelled like a name of the schema and not marked as a value in any way."""
    inner = tokens[mention.first : mention.last]
    marked = any(t.kind in ("quoted", "number") or (t.capitalised and t.start > 0) for t in inner)
    return not marked and any(m.first <= mention.first and mention.last <= m.last for m in exact)


def _opens_cue(mention: Mention, tokens: Sequence[Token], roles: Roles) -> bool:
    """Whether a value that only resembles a word stands where two words say something: "running total"."""
    pair = tuple(token.lower for token in tokens[mention.first : mention.first + 2])
    return (
        mention.how in ("stem", "part")
        and not tokens[mention.first].capitalised
        and pair in roles.linker.lexicon.cues
    )


def _within_longer(mention: Mention, tables: Sequence[Mention]) -> bool:
    """Whether the words are part of a longer name of a table: "items" of "order items"."""
    return any(
        t.first <= mention.first and mention.last <= t.last and t.last - t.first > mention.last - mention.first
        and t.table != mention.table
        for t in tables
    )  # fmt: skip
