"""What the tables of a source are to each other and to a business question: owners, dates, measures, names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from agents.reasoners.embedded.draft import Col, Term
from connectors.base import TypeFamily
from knowledge.base import ColumnKind, ColumnProfile
from knowledge.linking import Linker, Mention
from knowledge.text import stem

_BIRTH = frozenset({"birth", "birthday", "dob"})
_TECHNICAL = frozenset({"updat", "modify", "modifi", "load", "insert", "sync"})
_DUE = frozenset({"requir", "promis", "due", "expect", "deadlin", "plan", "schedul", "estim", "target"})
_SALES = ("revenue", "sales", "turnover", "amount", "subtotal", "total")
_ADDITIVE = frozenset(
    {"amount", "revenue", "sale", "quantity", "total", "subtotal", "budget", "population", "refund", "cost", "freight",
     "unit", "stock", "payment", "profit", "tip", "fare", "area", "spend", "discount", "bytes", "number", "count"}
)  # fmt: skip
_SAID = 0.8
_SEVERAL, _REPEATED = 50, 0.3
"""Of so many rows, a name that less than this share of them has for itself calls none of them."""
_NOT_ADDITIVE = frozenset(
    {"price", "rate", "rating", "age", "score", "satisfaction", "average", "percent", "balance"}
)


class Roles:
    """Questions about one source's schema that the grammar asks; everything is read off keys, types and profiles."""

    def __init__(self, linker: Linker) -> None:
        self.linker = linker
        self.knowledge = linker.knowledge
        self.tables = {table.full_name: table for table in self.knowledge.schema.tables}

    @cached_property
    def _parents(self) -> dict[str, list[str]]:
        parents: dict[str, list[str]] = {}
        for edge in self.knowledge.joins.edges:
            parents.setdefault(edge.left_table, []).append(edge.right_table)
        return parents

    def owners(self, table: str) -> Iterator[tuple[str, int]]:
        """The table and all that its rows belong to, nearest first, with the number of steps."""
        seen, layer, steps = {table}, [table], 0
        while layer:
            for name in layer:
                yield name, steps
            steps += 1
            layer = [p for name in layer for p in self._parents.get(name, ()) if p not in seen]
            layer = list(dict.fromkeys(layer))
            seen.update(layer)

    def steps(self, table: str, owner: str) -> int | None:
        """How many references lead from a row of `table` to its one row of `owner`; None when none do."""
        return next((steps for name, steps in self.owners(table) if name == owner), None)

    def related(self, one: str, other: str) -> bool:
        return one == other or bool(self.knowledge.joins.trees([one, other], 1))

    def is_view(self, table: str) -> bool:
        return table in self.tables and self.tables[table].is_view

    def columns(self, table: str) -> list[Col]:
        return (
            [Col(table, column.name) for column in self.tables[table].columns] if table in self.tables else []
        )

    def lemmas(self, column: Col) -> set[str]:
        return set(self.linker.names.lemmas(column.name))

    def profile(self, column: Col) -> ColumnProfile | None:
        return self.knowledge.profiles.get((column.table, column.name))

    def family(self, column: Col) -> TypeFamily:
        table = self.tables.get(column.table)
        found = table.column(column.name) if table is not None else None
        return found.family if found is not None else TypeFamily.other

    def is_key(self, column: Col) -> bool:
        """Whether a column identifies rows or refers to others, so that its numbers mean nothing by themselves."""
        table = self.tables.get(column.table)
        if table is not None and column.name in table.primary_key:
            return True
        profile = self.profile(column)
        if profile is not None and profile.kind is ColumnKind.id:
            return True
        return any(
            e.left_table == column.table and column.name in e.left_columns for e in self.knowledge.joins.edges
        )

    def is_number(self, column: Col) -> bool:
        if self.is_key(column):
            return False
        profile = self.profile(column)
        numeric = (
            profile is not None and isinstance(profile.min, int | float) and not isinstance(profile.min, bool)
        )
        return self.family(column).is_number or numeric

    def is_date(self, column: Col) -> bool:
        profile, family = self.profile(column), self.family(column)
        dated = profile is not None and profile.kind is ColumnKind.date
        return family.is_temporal or (dated and not family.is_number)

    def is_flag(self, column: Col) -> bool:
        profile = self.profile(column)
        return self.family(column) is TypeFamily.boolean or (
            profile is not None and profile.kind is ColumnKind.flag
        )

    def has_nulls(self, column: Col) -> bool:
        profile = self.profile(column)
        return profile is not None and bool(profile.nulls)

    def additive(self, column: Col) -> bool:
        """Whether adding the column up over rows means something: amounts do, prices and ratings do not."""
        lemma = self.linker.lexicon.lemma
        lemmas = self.lemmas(column)
        return not lemmas & {lemma(w) for w in _NOT_ADDITIVE} and bool(lemmas & {lemma(w) for w in _ADDITIVE})

    def dates(self, table: str) -> list[Col]:
        """Date columns of a table, the one that says when a row happened first."""
        dated = [c for c in self.columns(table) if self.is_date(c)]
        own = set(self.linker.names.lemmas(table.rpartition(".")[2]))
        telling = [c for c in dated if not self.lemmas(c) & (_BIRTH | _TECHNICAL)]
        return sorted(telling, key=lambda c: not own & self.lemmas(c))

    def is_own_date(self, column: Col) -> bool:
        """Whether a date is named after its table: the order date of an order. An only date is, too."""
        own = set(self.linker.names.lemmas(column.table.rpartition(".")[2]))
        return bool(own & self.lemmas(column)) or len(self.dates(column.table)) == 1

    def is_birth(self, column: Col) -> bool:
        """Whether a column tells since when somebody lives: the larger it is, the younger they are."""
        return bool(self.lemmas(column) & _BIRTH)

    def is_due(self, column: Col) -> bool:
        """Whether a date says when something should have happened."""
        return bool({stem(word) for word in self.linker.names.words(column.name)} & _DUE)

    def when(self, table: str) -> Col | None:
        """The date of a row: its own, else that of the nearest row it belongs to."""
        return next((dates[0] for name, _ in self.owners(table) if (dates := self.dates(name))), None)

    def opposite(self, word: str, table: str) -> Col | None:
        """What is missing, or not set, on rows that are said to be so: "open" tickets have no date of closing."""
        for other in self.linker.lexicon.opposites.get(word, ()):
            lemma = self.linker.lexicon.lemma(other)
            for column in self.columns(table):
                if lemma in self.lemmas(column) and (
                    self.is_flag(column) or (self.is_date(column) and self.has_nulls(column))
                ):
                    return column
        return None

    def is_state(self, word: str, mentions: Sequence[Mention], table: str) -> bool:
        """Whether a word before a table says in which state its rows are."""
        if self.opposite(word, table) is not None:
            return True
        return any(
            m.table == table and m.column and m.score >= _SAID and self.is_flag(Col(m.table, m.column))
            for m in mentions
        )

    def year(self, table: str) -> Col | None:
        """A year kept as a number."""
        lemma = self.linker.lexicon.lemma("year")
        return next((c for c in self.columns(table) if lemma in self.lemmas(c) and self.is_number(c)), None)

    def key(self, table: str) -> Col | None:
        """The one column that identifies a row; without one, a name that no two rows share."""
        found = self.tables.get(table)
        if found is None:
            return None
        if len(found.primary_key) == 1:
            return Col(table, found.primary_key[0])
        for column in self.columns(table):
            profile = self.profile(column)
            if (
                profile is not None
                and not profile.sampled
                and profile.rows
                and profile.distinct == profile.rows
            ):
                return column
        return None

    def hinted(self, words: Sequence[str], table: str, numeric: bool = True) -> Col | None:
        for word in words:
            lemma = self.linker.lexicon.lemma(word)
            for column in self.columns(table):
                usable = not numeric or self.is_number(column) or self.is_date(column)
                if lemma in self.lemmas(column) and not self.is_key(column) and usable:
                    return column
        return None

    def amount(self, table: str) -> Term | None:
        """What the rows of a table are worth in all: its amount, else its quantity times its price."""
        line = self.hinted(("extended",), table)
        if line is not None and "price" in self.linker.names.words(line.name):
            return Term(line, "sum")
        column = self.hinted(_SALES, table)
        if column is not None and self.is_number(column):
            return Term(column, "sum")
        price, quantity = self.hinted(("price",), table), self.hinted(("quantity", "qty"), table)
        if price is not None and quantity is not None:
            return Term(price, "sum", operator="*", other=Term(quantity))
        return None

    def worth(self, table: str) -> Col | None:
        """What one row is worth: its amount, else its price."""
        amount = self.amount(table)
        if amount is not None and amount.column is not None and not amount.operator:
            return amount.column
        return (
            self.hinted(("price", "fee", "cost"), table)
            if self.hinted(("quantity",), table) is None
            else None
        )

    def discount(self, table: str) -> Col | None:
        """The part of the price that is let off, kept as a fraction of it."""
        column = self.hinted(("discount", "rebate"), table)
        profile = self.profile(column) if column is not None else None
        most = profile.max if profile is not None else None
        return column if isinstance(most, int | float) and 0 < most <= 1 else None

    def sales(self, needed: Sequence[str]) -> list[Term]:
        """What may be meant by revenue, likeliest first: amounts of rows that belong to all that is asked for."""
        found: list[tuple[tuple[bool, bool, int, str], Term]] = []
        for name in sorted(self.tables):
            term = None if self.is_view(name) else self.amount(name)
            if term is None or self.when(name) is None:
                continue
            reached = all(any(t == o or self.bridged(o, t) for o, _ in self.owners(name)) for t in needed)
            lines = self.hinted(("quantity", "qty"), name) is not None
            named = term.column is not None and bool(self.lemmas(term.column) & {"revenue", "sale"})
            if reached:
                found.append(((not named, not lines, len(list(self.owners(name))), name), term))
        return [term for _, term in sorted(found, key=lambda item: item[0])]

    def names(self, table: str) -> tuple[Col, ...]:
        """What people call a row of the table by: its first and last name, else its name or title, else its only text."""
        lemmas = {c: self.lemmas(c) for c in self.columns(table)}
        parts = [
            next((c for c, said in lemmas.items() if word in said and "name" in said), None)
            for word in ("first", "last")
        ]
        if parts[0] is not None and parts[1] is not None:
            return parts[0], parts[1]
        own = set(self.linker.names.lemmas(table.rpartition(".")[2]))
        named = [c for c, said in lemmas.items() if said & {"name", "title"} and not self.is_key_number(c)]
        named.sort(key=lambda c: (not lemmas[c] <= own | {"name", "title"}, "name" not in lemmas[c]))
        named = [c for c in named if not self._repeats(c)]
        if named:
            return (named[0],)
        same = [c for c, said in lemmas.items() if said == own and not self.is_key_number(c)]
        if same:
            return (same[0],)
        profiled = [
            c for c in lemmas if (p := self.profile(c)) and p.kind is ColumnKind.name and not self._repeats(c)
        ]
        return (profiled[0],) if profiled else ()

    def _repeats(self, column: Col) -> bool:
        """Whether so many rows share a name that it is the name of something else: the ship name of an order."""
        profile = self.profile(column)
        if profile is None or profile.sampled or not profile.rows or not profile.distinct:
            return False
        return profile.rows >= _SEVERAL and profile.distinct < _REPEATED * profile.rows

    def is_key_number(self, column: Col) -> bool:
        return self.is_key(column) and self.family(column).is_number

    def link(self, one: str, other: str) -> Col | None:
        """The column by which rows of `one` belong to `other`; of the table that ties both together, if they only do so there."""
        edges = [e for e in self.knowledge.joins.edges if e.right_table == other and len(e.left_columns) == 1]
        own = [e for e in edges if e.left_table == one]
        tying = [e for e in edges if self.steps(e.left_table, one) == 1 and not self.is_view(e.left_table)]
        found = own or tying
        return Col(found[0].left_table, found[0].left_columns[0]) if len(found) == 1 else None

    def bridged(self, one: str, other: str) -> bool:
        """Whether a table ties the rows of two others together and does nothing else, so that each pair comes once."""
        edges = self.knowledge.joins.edges
        between = {e.left_table for e in edges if e.right_table == one} & {
            e.left_table for e in edges if e.right_table == other
        }
        return any(self.only_ties(table) for table in between)

    def only_ties(self, table: str) -> bool:
        """Whether a table holds nothing but pairs."""
        found = self.tables.get(table)
        return found is not None and len(found.primary_key) == 2 and len(found.columns) <= 4
