"""The conditions of a business question as clauses of a draft."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta

from agents.reasoners.embedded.analytic.places import Places
from agents.reasoners.embedded.analytic.said import Limit, Sign
from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.draft import ROWS, Clause, Col, Condition, Draft, Operator, Term
from connectors.base import TypeFamily
from connectors.sql.reading import Literal
from knowledge.linking import Mention

_OPPOSITE: dict[Sign, Sign] = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "=": "!=", "!=": "="}
_FALSE = ("0", "false", "f", "n", "no")
_TRUE = ("1", "true", "t", "y", "yes")


class Unsettled(Exception):
    """A piece of the question has no place in this source."""


class Conditions:
    """Turns limits into clauses about rows of `base`; `near` are the tables that were spoken of, most important first."""

    def __init__(self, places: Places, base: str, near: Sequence[str], names_asked: bool = True) -> None:
        self.places = places
        self.roles = places.roles
        self.base = base
        self.near = list(dict.fromkeys([base, *near]))
        self.assumed: list[str] = []
        self.dated: Col | None = None
        """The date that a period was taken to be about, when none was said."""
        self._names_asked = names_asked
        """Whether the question asks for the names of rows of `base`, and so names none of them itself."""

    def clauses(self, limit: Limit) -> list[Clause]:
        """Raises `Unsettled`."""
        make = {
            "value": self._value, "period": self._period, "number": self._number, "average": self._average,
            "null": self._null, "absent": self._absent, "columns": self._columns, "reference": self._reference,
            "late": self._late, "several": self._several,
        }[limit.kind]  # fmt: skip
        return [self._placed(condition, limit) for condition in make(limit)]

    def _placed(self, condition: Condition, limit: Limit) -> Clause:
        """A condition on rows of `base`, or on what lies below it: then some row there must fulfil it."""
        column = condition.term.column
        if (
            column is None
            or column.table == self.base
            or self.roles.steps(self.base, column.table) is not None
        ):
            return (condition,)
        if limit.negated and limit.kind != "null":
            raise Unsettled("not, of something there may be several of")
        if self.roles.steps(column.table, self.base) is None and not self.roles.bridged(
            column.table, self.base
        ):
            raise Unsettled("only loosely related")
        key = self.key(self.base)
        return (
            Condition(Term(key), "in", query=Draft((Term(key),), ((condition,),), tables=(column.table,))),
        )

    def key(self, table: str) -> Col:
        found = self.roles.key(table)
        if found is None:
            raise Unsettled(f"{table} has no key")
        return found

    def _value(self, limit: Limit) -> list[Condition]:
        own = set(self.roles.names(self.base)) if limit.hint is None and self._names_asked else set()
        found = [
            self._owned(chunk, limit, own) or self.places.value(chunk, self.near, limit.hint, own)
            for chunk in (limit.chunk, *limit.others)
        ]
        mentions = [m for m in found if m is not None]
        if len(mentions) < len(found) or len({(m.table, m.column) for m in mentions}) > 1:
            raise Unsettled(limit.chunk.text)
        term = Term(Col(mentions[0].table, mentions[0].column))
        values = tuple(self._literal(m.value, term) for m in mentions)
        if len(values) > 1:
            return [Condition(term, "not in" if limit.negated else "in", values)]
        return [Condition(term, "!=" if limit.negated else "=", values)]

    def _owned(self, chunk: Chunk, limit: Limit, own: Collection[Col]) -> Mention | None:
        """The value as what was named right before it has it: the country of customers, in "orders of customers in Germany"."""
        table = self.places.table(limit.of)
        if limit.hint is not None or not table:
            return None
        stored = [
            m for m in chunk.mentions if m.how in ("exact", "case") and Col(m.table, m.column) not in own
        ]
        return self.places.best(stored, [table], lambda m: self.roles.steps(table, m.table) is not None)

    def _literal(self, value: str, term: Term) -> Literal:
        if term.column is not None and self.roles.family(term.column).is_number:
            return Literal(float(value) if "." in value else int(value), "number")
        return Literal(value, "text")

    def date_column(self, hint: Chunk | None, table: str) -> Col:
        """The date that a period is about: the one said, else that of the row."""
        if hint is not None:
            said = self.places.column(hint, self.near, self.roles.is_date)
            if said is not None:
                return said
            if hint.kind != "word":
                raise Unsettled(hint.text)
            self.assumed.append(hint.text)
        found = self.roles.when(table)
        if found is None:
            raise Unsettled("no date")
        self.dated = found
        return found

    def _period(self, limit: Limit) -> list[Condition]:
        chunks = limit.numbers or (limit.chunk,)
        spans = [span for chunk in chunks if (span := period_of(chunk)) is not None]
        if len(spans) != len(chunks) or limit.negated:
            raise Unsettled(limit.chunk.text)
        start, end = spans[0][0], spans[-1][1]
        column = self._year_number(limit)
        if column is not None:
            return _year_conditions(column, limit.sign if len(spans) == 1 else "", start.year, end.year - 1)
        column = self.date_column(limit.hint, self.base)
        return between(column, limit.sign if len(spans) == 1 else "", start, end, self._has_time(column))

    def _year_number(self, limit: Limit) -> Col | None:
        """A year kept as a number, when the question names one or the table has nothing else to date its rows by."""
        hinted = self.places.number(limit.hint, self.near) if limit.hint is not None else None
        if hinted is not None:
            return hinted if "year" in hinted.name.lower() else None
        return (
            self.roles.year(self.base) if limit.hint is None and self.roles.when(self.base) is None else None
        )

    def _has_time(self, column: Col) -> bool:
        profile = self.roles.profile(column)
        ends = (profile.min, profile.max) if profile is not None else ()
        return self.roles.family(column) is TypeFamily.timestamp or any(
            len(str(v)) > 10 for v in ends if v is not None
        )

    def _number(self, limit: Limit) -> list[Condition]:
        sign = limit.sign or "="
        if limit.hint is not None:
            column, flipped = self.places.number(limit.hint, self.near), False
        else:
            graded = next((g for t in self.near if (g := self.places.graded(limit.gradables, t))), None)
            column, flipped = graded if graded is not None else (None, False)
        if column is None or flipped:
            raise Unsettled(limit.chunk.text)
        values = tuple(self._measured(number_literal(chunk), limit.unit, column) for chunk in limit.numbers)
        values = values or (Literal(0, "number"),)
        if len(values) == 2:
            return [Condition(Term(column), "between", values)]
        return [Condition(Term(column), _OPPOSITE[sign] if limit.negated else sign, values)]  # type: ignore[arg-type]

    def _measured(self, value: Literal, unit: str, column: Col) -> Literal:
        """A number in the unit that the column's name tells: 5 minutes of a column of milliseconds are 300,000."""
        units = self.roles.linker.lexicon.units
        stored = next((word for word in self.roles.linker.names.words(column.name) if word in units), "")
        if not stored or unit not in units or not isinstance(value.value, int | float):
            return value
        (kind, size), (said, factor) = units[stored], units[unit]
        if kind != said:
            raise Unsettled(f"{unit} of {column.name}")
        scaled = value.value * factor / size
        return Literal(int(scaled) if scaled == int(scaled) else scaled, "number")

    def _average(self, limit: Limit) -> list[Condition]:
        column = self.places.number(limit.chunk, self.near)
        if column is None:
            raise Unsettled(limit.chunk.text)
        operator: Operator = ">" if limit.sign == ">" else "<"
        return [Condition(Term(column), operator, query=Draft((Term(column, "avg"),)))]

    def _null(self, limit: Limit) -> list[Condition]:
        """A column that has no value, or has one (negated): flags and stock by what they hold, dates by whether they are there."""
        opposite = self.roles.opposite(limit.chunk.text.lower(), self.base)
        flag = self.places.column(limit.chunk, self.near, self.roles.is_flag)
        if opposite is not None and (flag is None or flag.table != self.base):
            if self.roles.is_flag(opposite):
                return [self._flagged(opposite, not limit.negated)]
            return [Condition(Term(opposite), "is null" if limit.negated else "is not null")]
        if flag is not None and self.places.distance(flag.table, self.base) < 0.2:
            return [self._flagged(flag, limit.negated)]
        column = self.places.column(limit.chunk, self.near)
        if column is None:
            raise Unsettled(limit.chunk.text)
        if self.roles.steps(column.table, self.base) == 1 and self.roles.is_date(column):
            return (
                [self.missing(column.table)]
                if not limit.negated
                else [Condition(Term(column), "is not null")]
            )
        if self.roles.steps(self.base, column.table) is None:
            raise Unsettled(limit.chunk.text)
        if not self.roles.has_nulls(column) or (limit.negated and not self.roles.is_date(column)):
            raise Unsettled(limit.chunk.text)
        return [Condition(Term(column), "is not null" if limit.negated else "is null")]

    def _flagged(self, column: Col, on: bool) -> Condition:
        profile = self.roles.profile(column)
        stored = (
            [value for value, _ in profile.top_values if value is not None] if profile is not None else []
        )
        if self.roles.family(column) is TypeFamily.boolean:
            return Condition(Term(column), "=", (Literal(on, "boolean"),))
        wanted = _TRUE if on else _FALSE
        found = next((value for value in stored if str(value).lower() in wanted), None)
        if found is None:
            raise Unsettled(column.name)
        number = isinstance(found, int | float) and not isinstance(found, bool)
        return Condition(Term(column), "=", (Literal(found, "number" if number else "text"),))  # type: ignore[arg-type]

    def _absent(self, limit: Limit) -> list[Condition]:
        column = self._column_called(limit.chunk)
        if column is not None:
            return [Condition(Term(column), "is null")]
        return [self.missing(self.places.table(limit.chunk))]

    def _column_called(self, chunk: Chunk) -> Col | None:
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

    def missing(self, table: str) -> Condition:
        """Rows of `base` to which no row of `table` belongs."""
        key = self.key(self.base)
        edges = [
            e
            for e in self.roles.knowledge.joins.edges
            if e.left_table == table and e.right_table == self.base
        ]
        if self.roles.steps(self.base, table) is not None:
            return self._unreferred(table)
        if edges and len(edges[0].left_columns) == 1:
            reference, key = Col(table, edges[0].left_columns[0]), Col(self.base, edges[0].right_columns[0])
            known: tuple[Clause, ...] = (
                ((Condition(Term(reference), "is not null"),),) if self.roles.has_nulls(reference) else ()
            )
            return Condition(Term(key), "not in", query=Draft((Term(reference),), known))
        if not self.roles.related(table, self.base):
            raise Unsettled(table)
        return Condition(Term(key), "not in", query=Draft((Term(key),), tables=(table,)))

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

    def _several(self, limit: Limit) -> list[Condition]:
        """Rows of `base` to which so many rows of another table belong."""
        link = self.roles.link(self.places.table(limit.chunk), self.base)
        if link is None:
            raise Unsettled(limit.chunk.text)
        query = Draft((Term(link),), group=(Term(link),), having=(having(limit),), tables=(link.table,))
        return [Condition(Term(self.key(self.base)), "in", query=query)]

    def _columns(self, limit: Limit) -> list[Condition]:
        one = self.places.column(limit.chunk, self.near)
        other = self.places.column(limit.hint, self.near)
        if one is None or other is None or one == other or one.table != other.table:
            raise Unsettled(limit.chunk.text)
        return [Condition(Term(one), limit.sign or "=", other=Term(other))]


def period_of(chunk: Chunk) -> tuple[date, date] | None:
    mention = chunk.mentions[0]
    if mention.period is not None:
        return mention.period.start, mention.period.end
    if mention.number is not None and mention.number.year:
        return date(int(mention.number.value), 1, 1), date(int(mention.number.value) + 1, 1, 1)
    return None


def number_literal(chunk: Chunk) -> Literal:
    number = chunk.mentions[0].number
    if number is None:
        raise Unsettled(chunk.text)
    return Literal(number.value, "number")


def between(column: Col, sign: str, start: date, end: date, has_time: bool) -> list[Condition]:
    """Rows dated within, before or after a period; right for days and for moments."""
    term, one_day = Term(column), end - start == timedelta(days=1)

    def at(operator: Operator, day: date) -> Condition:
        return Condition(term, operator, (Literal(day.isoformat(), "date"),))

    if sign == ">":
        return [at(">=", end)]
    if sign == "<":
        return [at("<", start)]
    if sign == ">=":
        return [at(">=", start)]
    if sign == "<=":
        return [at("<", end)]
    if one_day and not has_time:
        return [at("=", start)]
    return [at(">=", start), at("<", end)]


def _year_conditions(column: Col, sign: str, first: int, last: int) -> list[Condition]:
    term = Term(column)
    if sign in ("<", ">=") or (not sign and first == last):
        return [Condition(term, sign or "=", (Literal(first, "number"),))]  # type: ignore[arg-type]
    if sign in (">", "<="):
        return [Condition(term, sign, (Literal(last, "number"),))]  # type: ignore[arg-type]
    return [Condition(term, "between", (Literal(first, "number"), Literal(last, "number")))]


def having(limit: Limit) -> Clause:
    """How many rows a group must have."""
    return (Condition(ROWS, limit.sign or "=", tuple(number_literal(chunk) for chunk in limit.numbers)),)
