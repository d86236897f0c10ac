"""The conditions of a business question as clauses of a draft."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from agents.reasoners.embedded.analytic.periods import between, number_literal, period_of, year_conditions
from agents.reasoners.embedded.analytic.places import Places
from agents.reasoners.embedded.analytic.presence import Presence, having
from agents.reasoners.embedded.analytic.said import Limit, Sign
from agents.reasoners.embedded.analytic.unsettled import Unsettled
from agents.reasoners.embedded.analytic.verbs import is_deed
from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.draft import Clause, Col, Condition, Draft, Operator, Term
from connectors.base import TypeFamily
from connectors.sql.reading import Literal
from knowledge.linking import Mention

_OPPOSITE: dict[Sign, Sign] = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "=": "!=", "!=": "="}
_AFFIRMED: Mapping[Operator, Operator] = {"!=": "=", "not in": "in"}
_FALSE = ("0", "false", "f", "n", "no")
_TRUE = ("1", "true", "t", "y", "yes")


class Conditions(Presence):
    """Turns limits into clauses about rows of `base`."""

    def __init__(self, places: Places, base: str, near: Sequence[str], names_asked: bool = True) -> None:
        super().__init__(places, base, near)
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
            "late": self._late, "several": self._several, "worth": self._worth,
        }[limit.kind]  # fmt: skip
        conditions = make(limit)
        below = [condition for condition in conditions if self._is_below(condition)]
        if limit.kind == "period" and limit.negated and len(below) < len(conditions):
            raise Unsettled(limit.chunk.text)
        above: list[Clause] = [(condition,) for condition in conditions if condition not in below]
        return [*above, *([self._some(below, limit)] if below else [])]

    def _is_below(self, condition: Condition) -> bool:
        """Whether a row of `base` may have several rows that the condition is about."""
        column = condition.term.column
        return column is not None and self.roles.steps(self.base, column.table) is None

    def _some(self, conditions: Sequence[Condition], limit: Limit) -> Clause:
        """One row below a row of `base` must fulfil them all; none may, where they are negated."""
        tables = {column.table for condition in conditions for column in condition.term.columns}
        (table, *others) = sorted(tables)
        if others:
            raise Unsettled("of several things")
        if limit.within:
            table = self._deed_table(limit, table)
        elif self.roles.steps(table, self.base) is None and not self.roles.bridged(table, self.base):
            table = self._lines(table)
        negated = limit.negated and limit.kind != "null"
        if negated and limit.kind not in ("value", "period"):
            raise Unsettled("not, of something there may be several of")
        inner = [
            replace(c, operator=_AFFIRMED.get(c.operator, c.operator)) if negated else c for c in conditions
        ]
        key = self.key(self.base)
        where: list[Clause] = [(condition,) for condition in inner]
        there = Conditions(self.places, table, self.near, names_asked=False)
        where += [clause for each in limit.within for clause in there.clauses(each)]
        query = Draft((Term(key),), tuple(where), tables=(table,))
        return (Condition(Term(key), "not in" if negated else "in", query=query),)

    def _lines(self, table: str) -> str:
        """The sales by which rows of `base` have to do with rows of `table`: customers with what they bought."""
        for term in self.roles.sales([self.base, table]):
            if term.column is not None:
                return term.column.table
        raise Unsettled("only loosely related")

    def _deed_table(self, limit: Limit, table: str) -> str:
        """The table whose rows say that something was done with rows of `table`."""
        done = self._deeds(limit.of)
        if done and self.is_below(done) and self.roles.steps(done, table) is not None:
            return done
        return self._lines(table)

    def _deeds(self, chunk: Chunk | None) -> str:
        """The table that a chunk names, or what was sold, by its verb."""
        selling = chunk is not None and chunk.text.lower() in self.roles.linker.lexicon.business["selling"]
        if chunk is None or (chunk.kind == "T" and not selling):
            return self.places.table(chunk)
        sold = self.roles.sales([self.base]) if selling else []
        return next((term.column.table for term in sold if term.column is not None), "")

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

    def date_column(self, hint: Chunk | None, table: str) -> Col:
        """The date that a period is about: the one said, else that of the row."""
        if hint is not None:
            said = self.places.column(hint, self.near, self.roles.is_date)
            if said is not None:
                return said
            if hint.kind != "word" or not is_deed(hint.text.lower()):
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
        if len(spans) != len(chunks):
            raise Unsettled(limit.chunk.text)
        start, end = spans[0][0], spans[-1][1]
        column = self._year_number(limit)
        if column is not None:
            return year_conditions(column, limit.sign if len(spans) == 1 else "", start.year, end.year - 1)
        column = self.date_column(limit.hint, self._dated_table(limit.of))
        return between(column, limit.sign if len(spans) == 1 else "", start, end, self._has_time(column))

    def _dated_table(self, said: Chunk | None) -> str:
        """The table whose rows a period is about: the one said right before it, if several of its rows belong to one of `base`."""
        table = self._deeds(said)
        return table if table and self.is_below(table) else self.base

    def is_below(self, table: str) -> bool:
        """Whether a row of `base` may have several rows of `table`."""
        return self.roles.steps(self.base, table) is None and self.roles.steps(table, self.base) is not None

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

    def _worth(self, limit: Limit) -> list[Condition]:
        """ "orders over 500 euros": what a row is worth by itself, or what the rows below it come to."""
        values = tuple(number_literal(chunk) for chunk in limit.numbers)
        sign: Operator = "between" if len(values) == 2 else limit.sign or "="
        own = self.roles.worth(self.base)
        if own is not None:
            return [Condition(Term(own), sign, values)]
        for term in self.roles.sales([self.base]):
            link = self.roles.link(term.column.table, self.base) if term.column is not None else None
            if link is not None and term.column is not None and link.table == term.column.table:
                have: Clause = (Condition(term, sign, values),)
                query = Draft((Term(link),), group=(Term(link),), having=(have,), tables=(link.table,))
                return [Condition(Term(self.key(self.base)), "in", query=query)]
        raise Unsettled("worth")

    def _average(self, limit: Limit) -> list[Condition]:
        if limit.gradables:
            graded = self.places.graded(limit.gradables, self.base)
            column = graded[0] if graded is not None and not graded[1] else None
        elif limit.chunk.kind != "C":
            column = self.roles.worth(self.base)
        else:
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
        """Rows without a value, or without rows of another table that fulfil what was said of those."""
        column = self.column_called(limit.chunk) if not limit.within else None
        if column is not None:
            return [Condition(Term(column), "is null")]
        table = self._deeds(limit.chunk)
        if not table:
            raise Unsettled(limit.chunk.text)
        inner = Conditions(self.places, table, self.near, names_asked=False)
        return [self.missing(table, tuple(c for each in limit.within for c in inner.clauses(each)))]

    def _several(self, limit: Limit) -> list[Condition]:
        """Rows of `base` to which so many rows of another table belong."""
        link = self.roles.link(self.places.table(limit.chunk), self.base)
        if link is None:
            raise Unsettled(limit.chunk.text)
        inner = Conditions(self.places, link.table, self.near)
        where = tuple(clause for each in limit.within for clause in inner.clauses(each))
        query = Draft((Term(link),), where, (Term(link),), having=(having(limit),), tables=(link.table,))
        return [Condition(Term(self.key(self.base)), "in", query=query)]

    def _columns(self, limit: Limit) -> list[Condition]:
        one = self.places.column(limit.chunk, self.near)
        other = self.places.column(limit.hint, self.near)
        if one is None or other is None or one == other or one.table != other.table:
            raise Unsettled(limit.chunk.text)
        return [Condition(Term(one), limit.sign or "=", other=Term(other))]
