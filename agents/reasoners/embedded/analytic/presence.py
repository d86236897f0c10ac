"""Rows that other rows belong to, or do not: what is without something, late, or has several of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.reasoners.embedded.analytic.periods import number_literal
from agents.reasoners.embedded.analytic.places import Places
from agents.reasoners.embedded.analytic.said import Limit
from agents.reasoners.embedded.analytic.unsettled import Unsettled
from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.draft import ROWS, Clause, Col, Condition, Draft, Term
from connectors.sql.reading import Literal


class Presence:
    """Conditions on rows of `base` by what belongs to them; `near` are the tables that were spoken of, most important first."""

    def __init__(self, places: Places, base: str, near: Sequence[str]) -> None:
        self.places = places
        self.roles = places.roles
        self.base = base
        self.near = list(dict.fromkeys([base, *near]))

    def key(self, table: str) -> Col:
        found = self.roles.key(table)
        if found is None:
            raise Unsettled(f"{table} has no key")
        return found

    def _literal(self, value: str, term: Term) -> Literal:
        if term.column is not None and self.roles.family(term.column).is_number:
            return Literal(float(value) if "." in value else int(value), "number")
        return Literal(value, "text")

    def column_called(self, chunk: Chunk) -> Col | None:
        """A column of the rows themselves that may be empty and is called like the table that was heard: "without a region"."""
        lemma = self.roles.linker.lexicon.lemma
        said = {lemma(word) for word in chunk.text.lower().split()} - {
            lemma(word) for word in ("a", "an", "the", "any")
        }
        named = (
            c
            for c in self.roles.columns(self.base)
            if self.roles.lemmas(c) == said and self.roles.has_nulls(c)
        )
        return next(named, None)

    def missing(self, table: str, where: tuple[Clause, ...] = ()) -> Condition:
        """Rows of `base` to which no row of `table` belongs that fulfils `where`."""
        key = self.key(self.base)
        edges = [
            e
            for e in self.roles.knowledge.joins.edges
            if e.left_table == table and e.right_table == self.base
        ]
        if self.roles.steps(self.base, table) is not None:
            if where:
                raise Unsettled("a reference that is absent in part")
            return self._unreferred(table)
        if edges and len(edges[0].left_columns) == 1:
            reference, key = Col(table, edges[0].left_columns[0]), Col(self.base, edges[0].right_columns[0])
            known: tuple[Clause, ...] = (
                ((Condition(Term(reference), "is not null"),),) if self.roles.has_nulls(reference) else ()
            )
            query = Draft((Term(reference),), (*known, *where))
            return Condition(Term(key), "not in", query=query)
        if not self.roles.related(table, self.base):
            raise Unsettled(table)
        return Condition(Term(key), "not in", query=Draft((Term(key),), where, tables=(table,)))

    def _reference(self, limit: Limit) -> list[Condition]:
        """Rows that refer to the row that has all the values, through the column that was said."""
        column = self.places.column(limit.hint, self.near, self._refers)
        if column is None:
            raise Unsettled("no reference")
        edge = next(
            e
            for e in self.roles.knowledge.joins.edges
            if (e.left_table, e.left_columns) == (column.table, (column.name,))
        )
        where: list[Clause] = []
        for chunk in (limit.chunk, *limit.others):
            mention = self.places.best(chunk.mentions, [], lambda m: m.table == edge.right_table)
            if mention is None:
                raise Unsettled(chunk.text)
            term = Term(Col(mention.table, mention.column))
            where.append((Condition(term, "=", (self._literal(mention.value, term),)),))
        return [
            Condition(
                Term(column),
                "in",
                query=Draft((Term(Col(edge.right_table, edge.right_columns[0])),), tuple(where)),
            )
        ]

    def _refers(self, column: Col) -> bool:
        return any(
            (e.left_table, e.left_columns) == (column.table, (column.name,))
            for e in self.roles.knowledge.joins.edges
        )

    def _unreferred(self, table: str) -> Condition:
        """ "orders without a store": the reference is empty."""
        for edge in self.roles.knowledge.joins.edges:
            if edge.left_table == self.base and edge.right_table == table and len(edge.left_columns) == 1:
                column = Col(self.base, edge.left_columns[0])
                if self.roles.has_nulls(column):
                    return Condition(Term(column), "is null")
        raise Unsettled(table)

    def present(self, table: str) -> Condition | None:
        """Rows of `base` to which some row of `table` belongs; None when every row has one."""
        if table == self.base or self.roles.steps(self.base, table) is not None:
            return None
        return replace(self.missing(table), operator="in")

    def _late(self, limit: Limit) -> list[Condition]:
        """Done after the date by which it was due; nothing is late where no such date is kept."""
        due = [c for c in self.roles.dates(self.base) if self.roles.is_due(c)]
        done = [
            c
            for c in self.roles.dates(self.base)
            if not self.roles.is_due(c) and not self.roles.is_own_date(c)
        ]
        said = self.places.column(limit.hint, [self.base], lambda c: c in done) if limit.hint else None
        if said is None and len(done) == 1 and (limit.hint is None or limit.hint.kind != "word"):
            said = done[0]
        if len(due) != 1 or said is None:
            raise Unsettled("late")
        return [Condition(Term(said), "<=" if limit.negated else ">", other=Term(due[0]))]


def having(limit: Limit) -> Clause:
    """How many rows a group must have."""
    return (Condition(ROWS, limit.sign or "=", tuple(number_literal(chunk) for chunk in limit.numbers)),)
