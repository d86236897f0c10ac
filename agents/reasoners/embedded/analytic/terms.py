"""What a business question computes, and for what it computes it: measures and splits as terms of a draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agents.reasoners.embedded.analytic.glossary import Definition
from agents.reasoners.embedded.analytic.places import Places
from agents.reasoners.embedded.analytic.said import Measure, Said, Split
from agents.reasoners.embedded.analytic.unsettled import Unsettled
from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.draft import ROWS, Col, Term

_WORTH = frozenset({"value", "amount", "worth", "total", "size"})
_SAID = 0.9
"""How well a column must be said to be counted."""


class Terms:
    """Finds terms near the tables that a question speaks of; raises `Unsettled` when something said has no place."""

    def __init__(self, said: Said, places: Places, defined: Mapping[int, Definition]) -> None:
        self.said = said
        self._defined = defined
        self.metric: tuple[Term, Definition] | None = None
        self.filters = [defined[chunk.first] for chunk in said.filters]
        self.places = places
        self.roles = places.roles
        self.assumed: list[str] = list(said.guesses)
        self.dated: Col | None = None
        self.spoken = list(self._spoken())
        self.used: set[str] = set()
        """Tables that rows are grouped by."""

    def _spoken(self) -> Iterator[str]:
        """Tables that the question names, in order."""
        said = self.said
        chunks: list[Chunk | None] = [
            said.subject,
            *(m.chunk for m in said.measures),
            *(m.of for m in said.measures),
        ]
        if said.top is not None and said.top.by is not None:
            chunks += [said.top.by.chunk, said.top.by.of]
        for split in said.splits:
            chunks += [split.within, split.chunk]
        chunks += [*said.others, *(limit.hint for limit in said.limits)]
        yield from dict.fromkeys(
            self.tied(table, chunk.text) for chunk in chunks if chunk and (table := self.places.table(chunk))
        )

    def term(self, measure: Measure, near: list[str]) -> tuple[Term, str]:
        """The term of a measure and the table whose rows it is computed over."""
        table = self.places.table(measure.chunk)
        if measure.what == "rows":
            if not table and not near:
                raise Unsettled("rows of what")
            return ROWS, table or near[0]
        if measure.what == "sales":
            return self._sales(near)
        if measure.what == "duration" and measure.chunk is not None:
            return self._duration(measure)
        if measure.what == "each":
            return self._each(measure)
        if measure.what == "pieces":
            return self._pieces([*([table] if table else []), *near])
        if measure.what == "metric" and measure.chunk is not None:
            definition = self._defined[measure.chunk.first]
            term = Term(Col(definition.tables[0], definition.column), "sum")
            self.metric = term, definition
            return term, self.reaching(definition, definition.tables[0])
        if measure.what == "amount":
            worth = self.roles.amount(table)
            if worth is not None:
                return worth, table
            raise Unsettled("amount")
        return self._column_term(measure, near)

    def _worth_per_row(self, of: str) -> tuple[Term, str] | None:
        """ "average order value", where what an order is worth is kept in its lines: the sum ÷ the number of orders."""
        worth = [
            term for term in self.roles.sales([of]) if term.column is not None and term.column.table != of
        ]
        own = self.roles.amount(of)
        for term in worth if own is None else ():
            assert term.column is not None
            edges = [
                e
                for e in self.roles.knowledge.joins.edges
                if e.left_table == term.column.table and e.right_table == of
            ]
            if edges and term.operator == "":
                count = Term(Col(edges[0].left_table, edges[0].left_columns[0]), "count", distinct=True)
                return Term(term.column, "sum", operator="/", other=count), term.column.table
        return None

    def _duration(self, measure: Measure) -> tuple[Term, str]:
        """The days between two dates, over rows of the table from which both are reached."""
        assert measure.chunk is not None
        start, end = (Col(mention.table, mention.column) for mention in measure.chunk.mentions)
        base = end.table if self.roles.steps(end.table, start.table) is not None else start.table
        return Term(end, measure.function, operator="-", other=Term(start)), base

    def _each(self, measure: Measure) -> tuple[Term, str]:
        """How many rows of one table there are for each row of another, on average; those that have none aside."""
        one, other = self.places.table(measure.chunk), self.places.table(measure.of)
        link = self.roles.link(one, other)
        if link is None:
            raise Unsettled("each")
        count = Term(link, "count", distinct=True)
        return Term(link, "count", operator="/", other=count), link.table

    def reaching(self, definition: Definition, base: str) -> str:
        """`base`, when each of its rows has at most one row of every table that the definition is about."""
        if any(self.roles.steps(base, table) is None for table in definition.tables):
            raise Unsettled(definition.term.term)
        return base

    def _column_term(self, measure: Measure, near: list[str]) -> tuple[Term, str]:
        of = self.places.table(measure.of)
        worth = measure.chunk is not None and measure.chunk.text.lower() in _WORTH
        if of and worth and measure.function == "avg" and (ratio := self._worth_per_row(of)) is not None:
            return ratio
        around = [*([of] if of else []), *near]
        if measure.function == "count":
            around = around or [t for t in [self._named_by_value(measure.chunk)] if t]
            number = self.places.number(measure.chunk, around)
            if number is not None and self.roles.additive(number) and not self.said.splits:
                return Term(number, "sum"), number.table
            column = self.places.column(measure.chunk, around)
            said = measure.chunk.mentions if measure.chunk is not None else ()
            if column is None or not any(m.column == column.name and m.score >= _SAID for m in said):
                raise Unsettled("column")
            return Term(column, "count", distinct=True), column.table
        column = self.places.number(measure.chunk, around)
        if column is None and (named := self._named_amount(measure)) is not None:
            return named
        if column is None and measure.function in ("max", "min"):
            column = self.places.column(measure.chunk, around, self.roles.is_date)
        if column is None:
            raise Unsettled("no number")
        over = of if of and self.roles.steps(of, column.table) is not None else column.table
        function = measure.function or ("sum" if self.roles.additive(column) else "avg")
        return Term(column, function), over

    def _named_amount(self, measure: Measure) -> tuple[Term, str] | None:
        """ "order amount", where those words are no name of a number: what rows of the table are worth."""
        lemma = self.roles.linker.lexicon.lemma
        words = measure.chunk.text.lower().split() if measure.chunk is not None else []
        if (
            len(words) < 2
            or words[-1] not in _WORTH
            or measure.function not in ("", "sum", "avg", "max", "min")
        ):
            return None
        for table in sorted(self.roles.tables):
            own = self.roles.linker.names.lemmas(table.rpartition(".")[2])
            worth = self.roles.worth(table) if own[-1:] == (lemma(words[-2]),) else None
            if worth is not None:
                return Term(worth, measure.function or "sum"), table
        return None

    def _sales(self, near: list[str]) -> tuple[Term, str]:
        found = self.roles.sales(near)
        if not found or found[0].column is None:
            raise Unsettled("revenue")
        return found[0], found[0].column.table

    def _pieces(self, near: list[str]) -> tuple[Term, str]:
        """How many were sold: the quantity of order lines."""
        for term in self.roles.sales(near):
            table = term.column.table if term.column is not None else ""
            quantity = self.roles.hinted(("quantity", "qty", "units", "pieces"), table)
            if quantity is not None:
                return Term(quantity, "sum"), table
        raise Unsettled("pieces")

    def _named_by_value(self, chunk: Chunk | None) -> str:
        """The table that has the column and a row of the name that is said: "people in California"."""
        tables = {m.table for m in chunk.mentions} if chunk is not None else set()
        for limit in self.said.limits:
            if limit.kind == "value":
                found = self.places.best(
                    limit.chunk.mentions,
                    [],
                    lambda m: m.table in tables and self.identifies(m.table, m.column),
                )
                if found is not None:
                    return found.table
        return ""

    def identifies(self, table: str, column: str) -> bool:
        return Col(table, column) in self.roles.names(table) or self.roles.key(table) == Col(table, column)

    def split_terms(self, split: Split, base: str) -> tuple[list[Term], list[Term]]:
        """What is shown of a split, and what rows are grouped by."""
        if split.grain:
            column = self._split_date(split.chunk, base)
            term = Term(column, grain=split.grain)
            return [term], [term]
        chunk = split.chunk
        if chunk is not None and chunk.kind == "T":
            return self.named(self.tied(self.places.table(chunk), chunk.text))
        if chunk is not None and chunk.kind == "V":
            mention = self.places.value(chunk, [base, *self.spoken], None)
            if mention is None:
                raise Unsettled(chunk.text)
            return self.named(mention.table)
        within = self.places.table(split.within)
        column_ = self.places.column(chunk, [within] if within else [base, *self.spoken])
        if column_ is None:
            raise Unsettled("split")
        return [Term(column_)], [Term(column_)]

    def tied(self, table: str, words: str) -> str:
        """The table that a tie is named after: rows of film_category are spoken of as the category."""
        if not self.roles.only_ties(table):
            return table
        last = self.roles.linker.lexicon.lemma(words.lower().split()[-1])
        edges = [e for e in self.roles.knowledge.joins.edges if e.left_table == table]
        named = [e.right_table for e in edges if last in self.roles.linker.names.lemmas(e.right_table)]
        return named[0] if named else table

    def _split_date(self, said: Chunk | None, base: str) -> Col:
        """The date whose periods are meant: the one said beside the period, else that of the row."""
        if said is not None:
            found = self.places.column(said, [base, *self.spoken], self.roles.is_date)
            if found is None:
                raise Unsettled("no date")
            return found
        column = self.roles.when(base)
        if column is None:
            raise Unsettled("no date")
        self.dated = column
        return column

    def named(self, table: str) -> tuple[list[Term], list[Term]]:
        """A row of a table by its name; grouped by its key as well when two rows may share the name."""
        self.used.add(table)
        names = [Term(column) for column in self.roles.names(table)]
        key = self.roles.key(table)
        if not names:
            if key is None:
                raise Unsettled(table)
            return [Term(key)], [Term(key)]
        first = self.roles.profile(names[0].column) if names[0].column is not None else None
        unique = len(names) == 1 and first is not None and first.distinct == first.rows and not first.sampled
        if unique or key is None or Term(key) in names:
            return names, names
        return names, [Term(key), *names]

    def check_fan_out(self, term: Term, base: str, group: list[Term]) -> Term:
        """Adding up or averaging over rows that a join repeats is wrong; counting counts each row once."""
        for other in group:
            table = other.column.table if other.column is not None else base
            if table == base or any(
                self.roles.bridged(t, table) or t == table for t, _ in self.roles.owners(base)
            ):
                continue
            if term == ROWS and self.roles.key(base) is not None and self.roles.related(base, table):
                return Term(self.roles.key(base), "count", distinct=True)
            raise Unsettled("rows would be counted more than once")
        return term
