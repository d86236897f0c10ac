"""Turns that follow a training question, made from its known query: an edit of it in words, or another question by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from agents.reasoners.embedded.analytic.business import roles_of
from agents.reasoners.embedded.analytic.edit import base_of
from agents.reasoners.embedded.analytic.roles import Roles
from agents.reasoners.embedded.differences import words_of
from agents.reasoners.embedded.draft import ROWS, STAR, Aggregate, Clause, Col, Condition, Draft, Sort, Term
from connectors.sql.reading import Literal
from knowledge.linking import Linker

Made = tuple[str, Draft]
"""What is said, and the query that it means."""

_COLUMNS = (
    "What are their {c}s?", "Show their {c}.", "What is the {c} of each of them?", "Tell me their {c}s.", "And the {c}?",
    "Just the {c}s.", "List the {c} instead.", "What {c} do they have?", "I only need the {c}.",
)  # fmt: skip
_ALSO = (
    "Also show their {c}.", "Show the {c} as well.", "And their {c}s too.", "Include the {c}.", "Add the {c}, please.",
    "Along with the {c}.", "Can you also list the {c}s?",
)  # fmt: skip
_EQUALS = (
    "Only those with {c} {v}.", "Which of them have the {c} {v}?", "Of those, which have {c} {v}?", "Just the ones whose {c} is {v}.",
    "Which ones have {v} as {c}?", "Among these, show those whose {c} is {v}.", "Keep only the ones with {c} {v}.",
)  # fmt: skip
_OVER = (
    "Which of those have a {c} above {v}?", "Only the ones with {c} greater than {v}.", "Of these, which have more than {v} {c}?",
    "Show just those whose {c} is over {v}.", "Which ones have a {c} higher than {v}?",
)  # fmt: skip
_SWAPPED = (
    "What about {v}?",
    "How about {v}?",
    "And {v}?",
    "And for {v}?",
    "Same for {v}.",
    "Now show {v} instead.",
)
_COUNTED = (
    "How many are there?", "How many of them are there?", "Count them.", "What is the number of those?", "How many is that?",
    "How many are they in total?",
)  # fmt: skip
_FIGURES: Mapping[Aggregate, Sequence[str]] = {
    "avg": ("What is their average {c}?", "What is the average {c} of those?", "And the average {c}?", "Find the mean {c} of these."),
    "max": ("What is the highest {c} among them?", "What is the maximum {c} of those?", "And the largest {c}?"),
    "min": ("What is their lowest {c}?", "What is the minimum {c} of these?", "And the smallest {c}?"),
    "sum": ("What is their total {c}?", "What is the sum of the {c} of those?", "And the total {c}?"),
}  # fmt: skip
_MOST = ("Which one has the highest {c}?", "Which of them has the most {c}?", "Of those, which has the largest {c}?", "Show the one with the greatest {c}.")  # fmt: skip
_LEAST = (
    "Which one has the lowest {c}?",
    "Which of these has the least {c}?",
    "And the one with the smallest {c}?",
)
_SORTED = (
    "Sort them by {c}.",
    "Order those by {c}.",
    "Sort by {c} in ascending order.",
    "List them in order of {c}.",
)
_DOWN = ("Sort them by {c} in descending order.", "Order these by {c} from high to low.", "Sort by {c}, largest first.")  # fmt: skip
_GROUPS = ("How many are there for each {c}?", "Count them by {c}.", "How many of them are there per {c}?", "Break that down by {c}.")  # fmt: skip
_FIGURE_TOO = ("Show the average {c} as well.", "Also the average {c} of each.", "And their average {c} too.")
_FREQUENT = ("Which one is the most common?", "Which has the most?", "Which one appears most often?")
_HIGHEST = (
    "Which one is the highest?",
    "Which is the largest?",
    "And the highest?",
    "Which of them is the biggest?",
)
_LOWEST = ("Which one is the lowest?", "Which is the smallest?", "And the lowest?")
_OTHERS = ("How about the others?", "And the rest?", "What about the other ones?", "Show the remaining ones.")


@dataclass
class Maker:
    """Edits of one query in words, each of another kind."""

    before: Draft
    linker: Linker
    values: Sequence[tuple[Col, str | float]]
    """Stored values of the tables that the query reads."""
    draw: Random
    roles: Roles = field(init=False)
    base: str = field(init=False)
    plain: list[Col] = field(init=False)
    """Columns of the rows' own table that the query does not use."""
    figures: list[Col] = field(init=False)

    def __post_init__(self) -> None:
        self.roles = roles_of(self.linker)
        self.base = base_of(self.before, self.roles)
        used = set(self.before.columns)
        fresh = (column for column in self.roles.columns(self.base) if column not in used)
        self.plain = [column for column in fresh if not self.roles.is_key(column)]
        self.figures = [column for column in self.plain if self.roles.is_number(column)]

    def turns(self) -> Iterator[Made]:
        """Nothing for queries that few people would go on from."""
        if self.before.combine is not None or self.before.select == (STAR,):
            return
        if self.before.group:
            yield from self._groups()
        elif not any(term.aggregated for term in self.before.select):
            yield from self._columns()
            if self.before.limit is None and not self.before.distinct:
                yield from self._figures()
                yield from self._orders()
        yield from self._conditions()

    def _say(self, templates: Sequence[str], column: Col | None = None, value: object = "") -> str:
        words = words_of(column.name, self.linker) if column is not None else ""
        return self.draw.choice(templates).format(c=words, v=value)

    def _groups(self) -> Iterator[Made]:
        before = self.before
        keys = tuple(term for term in before.select if not term.aggregated)
        if keys and ROWS in before.select and before.limit is None:
            yield self._say(_FREQUENT), replace(before, select=keys, order=(Sort(ROWS, True),), limit=1)
        if keys and before.select == (*keys, ROWS) and before.limit is None:
            down = self.draw.random() < 0.7
            first = replace(before, order=(Sort(ROWS, down),), limit=1)
            yield self._say(_HIGHEST if down else _LOWEST), first
        if self.figures and any(term.aggregated for term in before.select):
            column = self.draw.choice(self.figures)
            yield (
                self._say(_FIGURE_TOO, column),
                replace(before, select=(*before.select, Term(column, "avg"))),
            )

    def _columns(self) -> Iterator[Made]:
        before = self.before
        if self.plain and (before.where or before.limit is not None):
            column = self.draw.choice(self.plain)
            yield self._say(_COLUMNS, column), replace(before, select=(Term(column),), distinct=False)
        if self.plain and not before.distinct:
            column = self.draw.choice(self.plain)
            yield self._say(_ALSO, column), replace(before, select=(*before.select, Term(column)))

    def _figures(self) -> Iterator[Made]:
        rows = replace(self.before, order=(), limit=None)
        if rows.where:
            yield self._say(_COUNTED), replace(rows, select=(ROWS,)).reading_tables(self.base)
        if self.figures:
            column, function = self.draw.choice(self.figures), self.draw.choice(tuple(_FIGURES))
            yield self._say(_FIGURES[function], column), replace(rows, select=(Term(column, function),))
        kinds = [column for column in self.plain if column not in self.figures]
        if kinds:
            key = Term(self.draw.choice(kinds))
            grouped = replace(rows, select=(key, ROWS), group=(key,)).reading_tables(self.base)
            yield self._say(_GROUPS, key.column), grouped

    def _orders(self) -> Iterator[Made]:
        before = self.before
        if self.figures:
            column, down = self.draw.choice(self.figures), self.draw.random() < 0.7
            first = replace(before, order=(Sort(Term(column), down),), limit=1)
            yield self._say(_MOST if down else _LEAST, column), first
            column, down = self.draw.choice(self.figures), self.draw.random() < 0.4
            yield (
                self._say(_DOWN if down else _SORTED, column),
                replace(before, order=(Sort(Term(column), down),)),
            )
        last = before.where[-1] if before.where else ()
        if len(last) == 1 and last[0].operator == "=" and last[0].query is None:
            turned = (*before.where[:-1], (replace(last[0], operator="!="),))
            yield self._say(_OTHERS), replace(before, where=turned)

    def _conditions(self) -> Iterator[Made]:
        """Another condition, or another value of one that is there."""
        before, used = self.before, set(self.before.columns)
        fresh = [item for item in self.values if item[0].table == self.base and item[0] not in used]
        if fresh and before.limit is None:
            column, value = self.draw.choice(fresh)
            over = not isinstance(value, str) and self.roles.is_number(column)
            condition = Condition(Term(column), ">" if over else "=", (_literal(value),))
            narrowed = replace(before, where=(*before.where, (condition,)))
            yield self._say(_OVER if over else _EQUALS, column, value), narrowed
        compared = {c.term.column for c in before.conditions if c.operator == "=" and c.query is None}
        others = [item for item in self.values if item[0] in compared]
        if others:
            column, value = self.draw.choice(others)
            where = tuple(_swapped(clause, column, value) for clause in before.where)
            if where != before.where:
                yield self._say(_SWAPPED, column, value), replace(before, where=where)


def _literal(value: str | float) -> Literal:
    return Literal(value, "text" if isinstance(value, str) else "number")


def _swapped(clause: Clause, column: Col, value: str | float) -> Clause:
    return tuple(
        replace(c, values=(_literal(value),)) if c.term.column == column and c.operator == "=" else c
        for c in clause
    )
