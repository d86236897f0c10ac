"""Follow-ups read whole by the business grammar, as edits of the previous draft."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from agents.reasoners.embedded.analytic import VARIANT
from agents.reasoners.embedded.analytic.business import pieces_of, roles_of
from agents.reasoners.embedded.analytic.conditions import Conditions
from agents.reasoners.embedded.analytic.follow import FOLLOW
from agents.reasoners.embedded.analytic.places import Places
from agents.reasoners.embedded.analytic.read import Reader
from agents.reasoners.embedded.analytic.roles import Roles
from agents.reasoners.embedded.analytic.said import Limit, Measure, Said, Top
from agents.reasoners.embedded.analytic.settle import Settler
from agents.reasoners.embedded.analytic.unsettled import Unsettled
from agents.reasoners.embedded.candidates import Candidate
from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.compile import NoPath, to_reading
from agents.reasoners.embedded.draft import ROWS, Clause, Col, Condition, Draft, Sort, Term
from knowledge.linking import Lattice, Linker, Mention

_ADDING = re.compile(
    r"\b(?:also|as well|too|along with|together with|add|include|additionally)\b|^\W*and\b", re.IGNORECASE
)
_INSTEAD = re.compile(r"\b(?:what about|how about|instead|same for|and for)\b", re.IGNORECASE)
_ONLY = re.compile(r"\b(?:only|just|those|ones)\b", re.IGNORECASE)
_LISTS = re.compile(r"^\W*(?:and |so |ok )*(?:which|who|list|show|what are|name)\b", re.IGNORECASE)


def business_edit(question: str, lattice: Lattice, linker: Linker, before: Draft) -> Candidate | None:
    """The previous draft changed as the question says; None unless every word of it found a place."""
    if before.combine is not None or not before.own_tables:
        return None
    roles = roles_of(linker)
    base = base_of(before, roles)
    pieces, defined, spelled = pieces_of(lattice, linker)
    reader = Reader([piece for piece in spelled if piece.chunk.kind != "ALSO"])
    reader.said.subject = _table_chunk(base)
    said = reader.read_on(FOLLOW)
    if said is None:
        return None
    try:
        draft = _Edit(question, said, Settler(said, Places(roles), defined), before, base).draft()
        reading = to_reading(draft, linker.knowledge)
    except (Unsettled, NoPath):
        return None
    if draft == before:
        return None
    return Candidate(draft, reading, base, pieces, (), frozenset({VARIANT, "edit"}), 0.0, variant=VARIANT)


def base_of(draft: Draft, roles: Roles) -> str:
    """The table whose rows a draft counts, adds up or lists: the one that belongs to all others."""
    summed = next(
        (t.column.table for t in draft.select if t.aggregate in ("sum", "avg") and t.column is not None), ""
    )
    tables = draft.own_tables
    if summed:
        return summed
    aggregated = any(term.aggregated for term in (*draft.select, *(sort.term for sort in draft.order)))
    first = next((t.column.table for t in draft.select if t.column is not None), tables[0])
    if not aggregated:
        return first
    return next((t for t in tables if all(roles.steps(t, other) is not None for other in tables)), first)


def _table_chunk(table: str) -> Chunk:
    return Chunk(0, 0, "T", table.rpartition(".")[2], (Mention(0, 0, "table", 1.0, "exact", table=table),))


class _Edit:
    def __init__(self, question: str, said: Said, settler: Settler, before: Draft, base: str) -> None:
        self.question, self.said, self.settler, self.before, self.base = question, said, settler, before, base
        self.places, self.roles = settler.places, settler.roles
        self.adding = bool(_ADDING.search(question))

    def draft(self) -> Draft:
        said = self.said
        draft = self._limited(self.before)
        if said.measures:
            draft = self._measured(draft)
        if said.splits:
            draft = self._split(draft)
        if said.shown:
            draft = self._shown(draft)
        if said.top is not None:
            draft = self._topped(draft)
        if said.sort is not None:
            draft = self._sorted(draft)
        only_limits = said.limits and not (said.measures or said.splits or said.shown or said.top)
        if only_limits and _LISTS.match(self.question) and draft.select == (ROWS,) and not draft.group:
            draft = self._listed(draft)
        return draft.reading_tables(self.base)

    def _listed(self, draft: Draft) -> Draft:
        names = [Term(column) for column in self.roles.names(self.base)]
        columns = names or [Term(column) for column in self.roles.columns(self.base)]
        return replace(draft, select=tuple(columns), group=(), order=(), limit=None)

    # ── conditions ──

    def _limited(self, draft: Draft) -> Draft:
        conditions = Conditions(self.places, self.base, draft.own_tables, names_asked=False)
        new: list[Clause] = []
        for limit in self.said.limits:
            if limit.kind == "groups":
                raise Unsettled("groups")
            new += conditions.clauses(self._as_before(limit, draft))
        for chunk in self.said.others:
            present = conditions.present(self.places.table(chunk))
            if present is not None:
                new.append((present,))
        return replace(draft, where=self._merged(draft.where, new)) if new else draft

    def _as_before(self, limit: Limit, draft: Draft) -> Limit:
        """A period is about the date that the question before it was about."""
        if limit.kind != "period" or limit.hint is not None:
            return limit
        dated = next((t.column for t in draft.terms if t.grain and t.column is not None), None) or next(
            (
                c.term.column
                for c in draft.conditions
                if c.term.column is not None and self.roles.is_date(c.term.column)
            ),
            None,
        )
        if dated is None:
            return limit
        mention = Mention(0, 0, "column", 1.0, "exact", dated.table, dated.name)
        return replace(limit, hint=Chunk(0, 0, "C", dated.name, (mention,)))

    def _merged(self, old: Sequence[Clause], new: Sequence[Clause]) -> tuple[Clause, ...]:
        """A condition takes the place of those on the same column that it cannot stand beside."""
        columns = {
            clause[0].term.column: [c[0] for c in new if c[0].term.column == clause[0].term.column]
            for clause in new
        }
        swap = bool(_INSTEAD.search(self.question))
        kept = []
        for clause in old:
            rivals = columns.get(clause[0].term.column, [])
            replaced = rivals and (swap or any(_rival(clause[0], rival) for rival in rivals))
            if not replaced and clause not in new:
                kept.append(clause)
        return (*kept, *new)

    # ── what is shown ──

    def _measures(self, draft: Draft) -> list[Term]:
        return [term for term in draft.select if term.aggregated]

    def _measured(self, draft: Draft) -> Draft:
        """Another figure, or several: over the same groups, or over all rows."""
        if len(self.said.measures) > 1:
            found = [
                self.settler.term(measure, [self.base, *draft.own_tables]) for measure in self.said.measures
            ]
            if draft.group or any(over != self.base for _, over in found):
                raise Unsettled("several figures")
            return replace(
                draft, select=tuple(term for term, _ in found), order=(), limit=None, distinct=False
            )
        term, over = self.settler.term(self.said.measures[0], [self.base, *draft.own_tables])
        term = self.settler.check_fan_out(term, over, list(draft.group))
        if over != self.base and any(self.roles.steps(over, t) is None for t in _limited_tables(draft)):
            raise Unsettled("conditions of another table")
        keys = [t for t in draft.select if not t.aggregated] if draft.group else []
        if self.adding and draft.group and over == self.base and term not in draft.select:
            return replace(draft, select=(*draft.select, term))
        order = (
            tuple(Sort(term, sort.descending) if sort.term.aggregated else sort for sort in draft.order)
            if draft.group
            else ()
        )
        limit = draft.limit if draft.group else None
        self.base = over
        return replace(draft, select=(*keys, term), order=order, limit=limit, distinct=False, tables=(over,))

    def _reranked(self, draft: Draft) -> Draft | None:
        """ "by quantity" after a ranking: ranked by another number."""
        split = self.said.splits[0]
        if (
            split.grain
            or not draft.limit
            or not draft.group
            or not any(sort.term.aggregated for sort in draft.order)
        ):
            return None
        column = self.places.number(split.chunk, [self.base, *draft.own_tables])
        if column is None or column.table != self.base or not self.roles.additive(column):
            return None
        term = Term(column, "sum")
        keys = tuple(t for t in draft.select if not t.aggregated)
        select = (*keys, term) if self._measures(draft) else keys
        return replace(draft, select=select, order=tuple(Sort(term, sort.descending) for sort in draft.order))

    def _split(self, draft: Draft) -> Draft:
        if len(self.said.splits) == 1 and (reranked := self._reranked(draft)) is not None:
            return reranked
        shown: list[Term] = []
        group: list[Term] = []
        for split in self.said.splits:
            seen, keys = self.settler.split_terms(split, self.base)
            shown, group = [*shown, *seen], [*group, *keys]
        measures = self._measures(draft) or [ROWS]
        measures = [self.settler.check_fan_out(term, self.base, group) for term in measures]
        if self.adding and draft.group:
            shown = [*(t for t in draft.select if not t.aggregated), *shown]
            group = [*draft.group, *group]
        periods = tuple(Sort(term) for term in group if term.grain)
        order = periods or tuple(sort for sort in draft.order if sort.term.aggregated)
        return replace(
            draft, select=tuple(dict.fromkeys([*shown, *measures])), group=tuple(dict.fromkeys(group)), order=order,
            limit=None, distinct=False,
        )  # fmt: skip

    def _flags(self, draft: Draft) -> Draft | None:
        """ "only those with a newsletter": columns that are set or not, and so say which rows are meant."""
        if not all(self.places.column(chunk, [self.base], self.roles.is_flag) for chunk in self.said.shown):
            return None
        conditions = Conditions(self.places, self.base, draft.own_tables)
        new = [
            clause
            for chunk in self.said.shown
            for clause in conditions.clauses(Limit("null", chunk, negated=True))
        ]
        return replace(draft, where=self._merged(draft.where, new))

    def _shown(self, draft: Draft) -> Draft:
        columns: list[Col] = []
        if _ONLY.search(self.question) and not self.adding and (flagged := self._flags(draft)) is not None:
            return flagged
        for chunk in self.said.shown:
            if chunk.text.lower() in ("name", "names") and self.roles.names(self.base):
                columns += self.roles.names(self.base)
                continue
            column = self.places.column(chunk, [self.base, *draft.own_tables])
            if column is None or (
                column.table != self.base and self.roles.steps(self.base, column.table) is None
            ):
                raise Unsettled("columns")
            columns += self._named(column, chunk)
        terms = [Term(column) for column in columns]
        if draft.group:
            if not all(column.table in draft.own_tables for column in columns):
                raise Unsettled("columns of groups")
            kept = draft.select if self.adding else ()
            return replace(
                draft,
                select=tuple(dict.fromkeys([*terms, *kept])),
                group=tuple(dict.fromkeys([*draft.group, *terms])),
            )
        kept = tuple(t for t in draft.select if not t.aggregated) if self.adding else ()
        order = tuple(sort for sort in draft.order if not sort.term.aggregated)
        return replace(
            draft,
            select=tuple(dict.fromkeys([*kept, *terms])),
            order=order,
            distinct=draft.distinct and not kept,
        )

    def _named(self, column: Col, chunk: Chunk) -> tuple[Col, ...]:
        """The column, or the names of what it refers to: "who is their manager" asks for no number."""
        asked = {"id", "ids", "key", "keys", "number", "numbers", "code", "codes"} & set(
            chunk.text.lower().split()
        )
        edges = self.roles.knowledge.joins.edges
        edge = next(
            (e for e in edges if (e.left_table, *e.left_columns) == (column.table, column.name)), None
        )
        names = self.roles.names(edge.right_table) if edge is not None and not asked else ()
        return names or (column,)

    # ── order ──

    def _topped(self, draft: Draft) -> Draft:
        top = self.said.top
        assert top is not None
        measures = self._measures(draft) or [sort.term for sort in draft.order if sort.term.aggregated]
        if draft.group and top.by is not None and len(measures) == 1 and self._is_shown(top.by, measures[0]):
            top = Top(top.descending, top.count)
        if top.by is None or (top.by.what == "graded" and draft.group):
            if not measures:
                raise Unsettled("first by what")
            return replace(
                draft, order=(Sort(measures[0], top.descending),), limit=top.count or draft.limit or 1
            )
        if top.by.what == "column" and not draft.group:
            column = self.places.number(top.by.chunk, [self.base, *draft.own_tables])
            if column is None or (
                column.table != self.base and self.roles.steps(self.base, column.table) is None
            ):
                raise Unsettled("ranked by")
            return replace(draft, order=(Sort(Term(column), top.descending),), limit=top.count or 1)
        if top.by.what == "graded":
            found = self.places.graded(top.by.gradables, self.base)
            if found is None:
                raise Unsettled("graded")
            return replace(
                draft, order=(Sort(Term(found[0]), top.descending != found[1]),), limit=top.count or 1
            )
        if not draft.group:
            raise Unsettled("ranked")
        term, over = self.settler.term(top.by, [self.base, *draft.own_tables])
        term = self.settler.check_fan_out(term, over, list(draft.group))
        self.base = over
        keys = tuple(t for t in draft.select if not t.aggregated)
        select = (*keys, term) if self._measures(draft) else keys
        return replace(draft, select=select, order=(Sort(term, top.descending),), tables=(over,))

    def _is_shown(self, by: Measure, shown: Term) -> bool:
        """Whether a ranking names the figure that is shown anyway: "the top 5 by total refund"."""
        if by.what == "column" and shown.column is not None and by.chunk is not None:
            return any(
                (m.table, m.column) == (shown.column.table, shown.column.name) for m in by.chunk.mentions
            )
        return by.what in ("rows", "sales", "amount", "metric") and shown.aggregated

    def _sorted(self, draft: Draft) -> Draft:
        assert self.said.sort is not None
        measure, descending = self.said.sort
        if measure is None or isinstance(measure, Chunk):
            keys = draft.order or ((Sort((self._measures(draft) or list(draft.select))[0]),))
            return replace(draft, order=tuple(Sort(sort.term, descending) for sort in keys))
        if measure.what == "column" and not measure.function:
            return replace(draft, order=(Sort(self.settler.sort_column(measure, draft), descending),))
        term, _ = self.settler.term(measure, [self.base])
        if not draft.group:
            raise Unsettled("order")
        return replace(draft, order=(Sort(term, descending),))


def _limited_tables(draft: Draft) -> set[str]:
    return {c.term.column.table for c in draft.conditions if c.term.column is not None}


def _rival(old: Condition, new: Condition) -> bool:
    """Whether both say what a column equals, or both bound it on one side."""
    sides = {">": ">", ">=": ">", "<": "<", "<=": "<", "=": "=", "in": "=", "between": "="}
    return sides.get(old.operator, old.operator) == sides.get(new.operator, new.operator)
