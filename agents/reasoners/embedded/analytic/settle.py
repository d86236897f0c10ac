"""What a business question says → a draft over the tables of one source."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from agents.reasoners.embedded.analytic.clauses import Clauses
from agents.reasoners.embedded.analytic.glossary import Definition
from agents.reasoners.embedded.analytic.said import Measure
from agents.reasoners.embedded.analytic.unsettled import Unsettled
from agents.reasoners.embedded.draft import ROWS, Col, Condition, Draft, Sort, Term


@dataclass(slots=True)
class Settled:
    draft: Draft
    base: str
    """The table whose rows are counted, summed or listed."""
    assumed: list[str] = field(default_factory=list)
    asked: int = 0
    """So many of the last conditions are what a share is asked of."""
    metric: tuple[Term, Definition] | None = None
    """A metric of the project, with the term that stands for it in the draft."""
    filters: tuple[Definition, ...] = ()
    dated: Col | None = None
    """The date that was taken because none was said."""
    running: bool = False
    growth: bool = False
    share: bool = False
    over: tuple[str, ...] = ()
    """Tables that were named on the way."""
    per: tuple[Term, ...] = ()
    """The first few are wanted for each of these."""


class Settler(Clauses):
    """Settles one question; raises `Unsettled` when a piece of it has no place."""

    def settle(self) -> Settled:
        settled = self._settle()
        settled.dated, settled.metric, settled.filters = self.dated, self.metric, tuple(self.filters)
        settled.over = tuple(self.tied(self.places.table(chunk), chunk.text) for chunk in self.said.others)
        told = [*self.filters, *([self.metric[1]] if self.metric is not None else [])]
        for definition in told:
            self.reaching(definition, settled.base)
            settled.draft = settled.draft.reading_tables(*definition.tables)
        return settled

    def _settle(self) -> Settled:
        said = self.said
        if said.top is not None and said.subject is not None and self._ranks_groups():
            return self._ranked_groups()
        if (
            said.top is not None
            and said.top.by is not None
            and said.top.by.what == "graded"
            and said.splits
            and said.subject
        ):
            return self._first_of_each()
        if said.measures or said.splits:
            return self._measured()
        return self._listed()

    def _measured(self) -> Settled:
        said = self.said
        near = self.spoken
        measure = said.measures[0] if said.measures else said.top.by if said.top is not None else None
        if measure is None:
            raise Unsettled("nothing to compute")
        term, base = self.term(measure, near)
        shown: list[Term] = []
        group: list[Term] = []
        for split in said.splits:
            seen, keys = self.split_terms(split, base)
            shown += [t for t in seen if t not in shown]
            group += [t for t in keys if t not in group]
        term = self.check_fan_out(term, base, group)
        where, have = self._conditions(base)
        asked = self._asked_of(base, where) if said.share and not group else 0
        draft = Draft((*shown, term), tuple(where), tuple(group), tuple(have), tables=(base,))
        if said.keeping and group and group[0].column is not None:
            draft = self._keeping(draft, group[0].column.table, base)
        if said.top is not None:
            draft = replace(
                draft,
                select=(*shown, term) if said.top.shown else tuple(shown),
                order=(Sort(term, said.top.descending),),
                limit=said.top.count or 1,
            )
        over_time = said.running or said.growth
        if (said.share and not (asked or group)) or (over_time and not (group and group[-1].grain)):
            raise Unsettled("share or running total of what")
        settled = Settled(self._ordered(draft, term), base, self.assumed)
        settled.asked, settled.share, settled.running = asked, said.share, said.running
        settled.growth = said.growth
        return settled

    def _keeping(self, draft: Draft, outer: str, base: str) -> Draft:
        """Rows with nothing to count are kept: what is counted is then a column of the counted table."""
        edge = next((e for e in self.roles.knowledge.joins.edges if e.right_table == outer), None)
        bridge = next(
            (
                e
                for e in self.roles.knowledge.joins.edges
                if e.right_table == outer
                and (e.left_table == base or self.roles.steps(e.left_table, base) == 1)
            ),
            edge,
        )
        if bridge is None:
            return draft
        counted = Term(Col(bridge.left_table, bridge.left_columns[0]), "count")
        select = tuple(counted if term == ROWS else term for term in draft.select)
        return replace(draft, select=select, outer=outer, tables=(bridge.left_table,))

    def _ordered(self, draft: Draft, term: Term) -> Draft:
        said = self.said
        if said.sort is None:
            periods = tuple(Sort(term) for term in draft.group if term.grain)
            return replace(draft, order=periods) if periods and not draft.order else draft
        measure, descending = said.sort
        if isinstance(measure, Measure):
            if measure.what == "column" and not measure.function:
                by = self.sort_column(measure, draft)
            else:
                by, _ = self.term(measure, self.spoken)
            if not draft.group and by.aggregated:
                raise Unsettled("order")
            return replace(draft, order=(Sort(by, descending),))
        dated = next((t for t in draft.group if t.grain), None)
        return replace(
            draft, order=(Sort(dated if dated is not None and not descending else term, descending),)
        )

    def sort_column(self, measure: Measure, draft: Draft) -> Term:
        tables = draft.own_tables
        column = self.places.column(measure.chunk, tables)
        if column is None or (
            column.table not in tables and self.roles.steps(tables[-1], column.table) is None
        ):
            raise Unsettled("order")
        return next((term for term in draft.select if term.column == column), Term(column))

    def _ranks_groups(self) -> bool:
        top = self.said.top
        if top is None or top.by is None:
            return False
        if top.by.what == "graded":
            return any(g.count for g in top.by.gradables)
        if top.by.what != "column":
            return True
        subject = self.places.table(self.said.subject)
        column = self.places.number(top.by.chunk, [subject])
        return column is not None and column.table != subject

    def _ranked_groups(self) -> Settled:
        """ "which store has the most orders", "top 5 products by revenue"."""
        said = self.said
        assert said.top is not None and said.top.by is not None
        subject = self.places.table(said.subject)
        if said.top.by.what == "graded":
            raise Unsettled("how common")
        near = [table for table in self.spoken if table != self.places.table(said.top.by.chunk)]
        term, base = self.term(said.top.by, near)
        averaged = said.top.by.function == "avg" and term.aggregate == "avg"
        if (term.aggregate not in ("sum", "count") and not averaged) or (
            term.aggregate == "count" and term != ROWS
        ):
            raise Unsettled("ranked by a number that does not add up")
        shown, group = self.named(subject)
        if said.shown:
            shown = self._columns_of(subject)
            group = list(dict.fromkeys([*group, *shown]))
        if base == subject:
            raise Unsettled("ranked by itself")
        per: list[Term] = []
        for split in said.splits:
            seen, keys = self.split_terms(split, base)
            per += seen
            group = list(dict.fromkeys([*keys, *group]))
        term = self.check_fan_out(term, base, group)
        where, have = self._conditions(base)
        if per:
            draft = Draft(
                (*per, *shown, term),
                tuple(where),
                tuple(group),
                tuple(have),
                (Sort(term, said.top.descending),),
                said.top.count or 1,
                tables=(base,),
            )
            return Settled(draft, base, self.assumed, per=tuple(per))
        select = (*shown, term) if said.top.shown else tuple(shown)
        draft = Draft(
            select, tuple(where), tuple(group), tuple(have), (Sort(term, said.top.descending),), said.top.count or 1, tables=(base,)
        )  # fmt: skip
        return Settled(draft, base, self.assumed)

    def _first_of_each(self) -> Settled:
        """ "the most expensive product in each category": rows ranked within groups by a column of their own."""
        said, subject = self.said, self.places.table(self.said.subject)
        assert said.top is not None and said.top.by is not None
        found = self.places.graded(said.top.by.gradables, subject)
        names = [Term(column) for column in self.roles.names(subject)]
        if found is None or not names:
            raise Unsettled("graded")
        per: list[Term] = []
        for split in said.splits:
            per += self.split_terms(split, subject)[0]
        if any(t.column is None or t.grain or self.roles.steps(subject, t.column.table) is None for t in per):
            raise Unsettled("groups of rows that may be in several")
        where, _ = self._conditions(subject)
        term, order = Term(found[0]), Sort(Term(found[0]), said.top.descending != found[1])
        draft = Draft(
            (*per, *names, term), tuple(where), order=(order,), limit=said.top.count or 1, tables=(subject,)
        )
        return Settled(draft, subject, self.assumed, per=tuple(per))

    def _listed(self) -> Settled:
        said = self.said
        subject = self.places.table(said.subject) or self._owner_of_value()
        shown = self._columns_of(subject)
        groups = [limit for limit in said.limits if limit.kind == "groups"]
        if groups:
            return self._grouped_list(subject, shown)
        names = [Term(column) for column in self.roles.names(subject)]
        where, _ = self._conditions(subject)
        if (shown and not said.distinct) or said.distinct:
            select = shown
        else:
            select = names or [Term(column) for column in self.roles.columns(subject)]
        distinct = said.distinct or (self.roles.key(subject) is None and said.top is None)
        draft = Draft(tuple(select), tuple(where), distinct=distinct, tables=(subject,))
        if said.top is not None and said.top.by is not None:
            draft = self._first_rows(draft, subject)
        return Settled(self._ordered(draft, select[0]), subject, self.assumed)

    def _owner_of_value(self) -> str:
        """ "the capital of Texas": the table that has both the columns and the value."""
        values = [limit for limit in self.said.limits if limit.kind == "value"]
        if not values or not self.said.shown:
            raise Unsettled("no table")
        tables = {m.table for m in values[0].chunk.mentions}
        for chunk in self.said.shown:
            tables &= (
                {t for t in tables if self._shown(chunk, t) is not None}
                if chunk.gradables
                else {m.table for m in chunk.mentions}
            )
        best = self.places.best(
            values[0].chunk.mentions, [], lambda m: m.table in tables and self.identifies(m.table, m.column)
        )
        if best is None:
            raise Unsettled("no table")
        return best.table

    def _first_rows(self, draft: Draft, subject: str) -> Draft:
        top = self.said.top
        assert top is not None and top.by is not None
        if top.by.what == "graded":
            found = self.places.graded(top.by.gradables, subject)
            if found is None:
                raise Unsettled("graded")
            column, flipped = found
        else:
            named = self.places.number(top.by.chunk, [subject])
            if named is None:
                raise Unsettled("ranked by")
            column, flipped = named, False
        sort = Sort(Term(column), top.descending != flipped)
        select = (*draft.select, sort.term) if top.shown and sort.term not in draft.select else draft.select
        if self.roles.has_nulls(column):
            known = (Condition(sort.term, "is not null"),)
            draft = draft if known in draft.where else replace(draft, where=(*draft.where, known))
        return replace(draft, select=select, order=(sort,), limit=top.count or 1)

    def _grouped_list(self, subject: str, shown: list[Term]) -> Settled:
        names, group = self.named(subject)
        limit = next(limit for limit in self.said.limits if limit.kind == "groups")
        counted = self.places.table(limit.chunk)
        where, have = self._conditions(counted)
        if counted == subject or (
            self.roles.steps(counted, subject) is None and not self.roles.bridged(counted, subject)
        ):
            raise Unsettled("groups")
        draft = Draft(tuple(shown or names), tuple(where), tuple(group), tuple(have), tables=(counted,))
        return Settled(draft, counted, self.assumed)
