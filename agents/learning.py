"""What an approved answer teaches beside itself: the project's own word that its question used.

A question says "DACH", the words of the source do not, and the statement that people approved has one condition
that no word of the question accounts for: that condition is what the word means. Proposes, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise

from agents.checks.walk import changed, nodes
from agents.fingerprints import short_id
from agents.plans.derivation import CannotDerive, read
from agents.reasoners.embedded.analytic.business import pieces_of
from connectors.sql.reading import AGGREGATES, Arithmetic, ColumnRef, Function, Literal, Predicate, Reading
from connectors.sql.readings.joins import conjuncts
from connectors.sql.readings.render import render_part
from knowledge.base import GlossaryTerm, SourceKnowledge
from knowledge.glossary import terms_in
from knowledge.linking import Lattice, linker_for
from knowledge.text import name_stems, stem

_SAID = 0.6
"""How well a name or a value must be said to account for a condition."""
_VERBAL = ("ed", "ing", "ly")


def learned_term(question: str, sql: str, knowledge: SourceKnowledge) -> GlossaryTerm | None:
    """The word that the question uses and the source does not know, with what the statement makes of it.

    A filter when one condition is left that nothing else in the question says; a metric when one computation is.
    None when there is no such word, or more than one thing that it may mean.
    """
    linker = linker_for(knowledge)
    lattice = linker.link(question, date.max)
    word = _unknown(lattice, knowledge)
    if not word or terms_in(word, knowledge.glossary):
        return None
    try:
        reading = read(sql, knowledge)
    except CannotDerive:
        return None
    tables = {s.alias: f"{s.schema}.{s.table}" if s.schema else s.table for s in reading.sources if s.table}
    if len(set(tables.values())) < len(reading.sources):
        return None
    filters = [part for part in conjuncts(reading.where) if not _accounted(part, lattice)]
    metrics = [] if filters else list(_computed(reading, lattice))
    meant = filters or metrics
    used = {column.table for part in meant for column in _columns(part)}
    if len(meant) != 1 or not used or not used <= set(tables):
        return None
    bare = {alias: name.rpartition(".")[2] for alias, name in tables.items()}
    named = changed(meant[0], lambda n: replace(n, table=bare[n.table]) if isinstance(n, ColumnRef) else n)
    return GlossaryTerm(
        id=short_id(knowledge.source_id, "term", word.lower()),
        term=word,
        kind="filter" if filters else "metric",
        definition=f"Learned from the approved answer to “{question}”.",
        targets=tuple(sorted(tables[alias] for alias in used)),
        expression=render_part(named, knowledge.dialect),
    )


def _unknown(lattice: Lattice, knowledge: SourceKnowledge) -> str:
    """The one stretch of the question that means nothing in the source; empty when there are several, or none."""
    _, _, pieces = pieces_of(lattice, linker_for(knowledge))
    chunks = [p.chunk for p in pieces if p.letter == "?" and not p.chunk.text.lower().endswith(_VERBAL)]
    if not chunks or any(a.last != b.first for a, b in pairwise(chunks)):
        return ""
    return lattice.text(chunks[0].first, chunks[-1].last)


def _accounted(part: Predicate, lattice: Lattice) -> bool:
    """Whether the question says the values of a condition, or, where it has none, its columns."""
    literals = [node for node in nodes(part) if isinstance(node, Literal)]
    if not literals:
        return any(_is_named(column, lattice) for column in _columns(part))
    return any(_is_said(literal, lattice) for literal in literals)


def _is_said(literal: Literal, lattice: Lattice) -> bool:
    said = [m for m in lattice.mentions if m.score >= _SAID]
    text = str(literal.value)
    return (
        any(m.kind == "value" and m.value == text for m in said)
        or any(m.number is not None and str(m.number.value) == text for m in said)
        or any(m.period is not None and text[:4] in (str(m.period.start)[:4], str(m.period.end)[:4]) for m in said)
        or any(m.number is not None and m.number.year and text[:4] in (str(m.number.value), str(m.number.value + 1)) for m in said)
    )  # fmt: skip


def _is_named(column: ColumnRef, lattice: Lattice) -> bool:
    said = {stem(token.lower) for token in lattice.tokens}
    return any(word in said for word in name_stems(column.name))


def _computed(reading: Reading, lattice: Lattice) -> Iterator[Function]:
    """Aggregates of an arithmetic, or of a column that the question does not name."""
    for output in reading.outputs:
        call = output.expression
        if not isinstance(call, Function) or call.name not in AGGREGATES or not call.args:
            continue
        inner = call.args[0]
        if isinstance(inner, Arithmetic) or (isinstance(inner, ColumnRef) and not _is_named(inner, lattice)):
            yield call


def _columns(node: object) -> Iterator[ColumnRef]:
    return (part for part in nodes(node) if isinstance(part, ColumnRef))
