"""Set operations: "both … and", "but not", "either … or", "of customers and of staff"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from heapq import nlargest

from agents.reasoners.embedded.draft import Clause, Col, Draft, SetOperator, Term
from agents.reasoners.embedded.generate.nesting import Option, link_of
from agents.reasoners.embedded.generate.sketch import Sketch
from agents.reasoners.embedded.generate.wheres import Where, having_of
from agents.reasoners.embedded.structure import Judgement, odds

_COMBINED = re.compile(r"(intersect|except|union)\[(.*)\]((?:group)?(?:having)?)$")
_PARTNERS = 3
_NEAR = 0.5
"""Names that share so much of their words say the same kind of thing."""
_COUNTS = ("count>", "count<", "count=")


def combined(draft: Draft, sketch: Sketch, judgement: Judgement, where: Where) -> Iterator[Option]:
    """The draft itself, or together with the second query that the sketch asks for."""
    if not sketch.combine:
        for outside, _ in where.split(sketch.where, ""):
            yield 0.0, replace(draft, where=outside)
        return
    shape = _COMBINED.match(sketch.combine)
    if shape is None:
        return
    operator: SetOperator = shape[1]  # type: ignore[assignment]
    for outside, inside in where.split(sketch.where, shape[2]):
        base = replace(draft, where=outside)
        partner = replace(draft, where=inside, having=(), order=(), limit=None, distinct=False)
        if shape[3]:
            yield from _grouped(base, partner, operator, judgement, where)
        elif shape[2]:
            if outside != inside:
                yield 0.0, replace(base, combine=(operator, partner))
        else:
            yield from _elsewhere(base, partner, operator, judgement)


def _grouped(
    base: Draft, partner: Draft, operator: SetOperator, judgement: Judgement, where: Where
) -> Iterator[Option]:
    """With a partner that asks for so many rows of another table."""
    resolver, main = judgement.scene.resolver, judgement.scene.main
    key = resolver.key(main) if main else None
    keys = (Term(key),) if key is not None else tuple(t for t in partner.select if t.column is not None)
    for having in _havings(judgement, where):
        if having == base.having or not keys:
            continue
        for table in nlargest(2, judgement.tables, key=lambda t: (t != main, judgement.within[t], t)):
            other = replace(partner, group=keys, having=having).reading_tables(table)
            likely = odds(judgement.within[table])
            yield likely, replace(base, combine=(operator, other))


def _havings(judgement: Judgement, where: Where) -> Iterator[tuple[Clause, ...]]:
    for code in _COUNTS:
        having = having_of(code, where.atoms, judgement)
        if having:
            yield having


def _elsewhere(base: Draft, partner: Draft, operator: SetOperator, judgement: Judgement) -> Iterator[Option]:
    """With what another table says: rows that are in it as well, that are not in it, or the like of them."""
    if any(term.aggregated or term.column is None for term in base.select):
        return
    tables = nlargest(_PARTNERS, judgement.tables, key=lambda t: (judgement.within[t], t))
    for table in tables:
        likely = odds(judgement.within[table])
        if table in base.own_tables:
            continue
        if operator == "except":
            yield likely, replace(base, combine=(operator, partner.reading_tables(table)))
        alike = [_alike(term, table, judgement) for term in base.select]
        columns = [Term(column) for column in alike if column is not None]
        if len(columns) == len(base.select):
            other = replace(partner, select=tuple(columns), group=(), tables=())
            yield likely, replace(base, combine=(operator, other))


def _alike(term: Term, table: str, judgement: Judgement) -> Col | None:
    """The column of another table that says the same kind of thing: a reference, the same name, the nearest name."""
    column, resolver = term.column, judgement.scene.resolver
    assert column is not None
    if column == resolver.key(column.table):
        link = link_of(column.table, table, judgement)
        if link is not None and link[0] == column:
            return link[1]
    lemmas = set(resolver.linker.names.lemmas(column.name))
    own = set(resolver.linker.names.lemmas(column.table.rpartition(".")[2]))
    found = [
        (_nearness(lemmas - own or lemmas, Col(table, name), judgement), name)
        for name in resolver.columns(table)
    ]
    best = max(found, default=(0.0, ""))
    if best[0] >= _NEAR:
        return Col(table, best[1])
    return resolver.name(table) if column == resolver.name(column.table) else None


def _nearness(lemmas: set[str], column: Col, judgement: Judgement) -> float:
    """Shared words of two names, the words of the table aside."""
    names = judgement.scene.resolver.linker.names
    other = set(names.lemmas(column.name))
    other = other - set(names.lemmas(column.table.rpartition(".")[2])) or other
    return len(lemmas & other) / len(lemmas | other)
