"""The rules in their order, and the draft that their findings make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.reasoners.embedded.chunks import Segmentation
from agents.reasoners.embedded.draft import ROWS, STAR, Clause, Draft, Sort, Term
from agents.reasoners.embedded.generate import conditions, ordering, projection, values
from agents.reasoners.embedded.generate.state import State
from agents.reasoners.embedded.resolve import Resolver
from knowledge.base import ColumnKind
from knowledge.linking import Linker

_RULES = (
    ordering.orders,
    conditions.nested,
    conditions.groups,
    conditions.comparisons,
    conditions.equalities,
    ordering.superlatives,
    values.values,
    values.absences,
    projection.groups,
    projection.aggregates,
    projection.columns,
    projection.tables,
)


def parse(
    segmentation: Segmentation, linker: Linker, choices: dict[int, int] | None = None
) -> tuple[Draft, State]:
    """The draft that the rules read out of one segmentation; `choices` picks other meanings of single chunks."""
    state = State.begin(segmentation, linker, Resolver(segmentation, linker, choices))
    state.main = state.resolver.main = _main_table(state)
    for rule in _RULES:
        rule(state)
    return _assemble(state), state


def parse_parts(segmentation: Segmentation, linker: Linker, main: str, context: Sequence[str]) -> State:
    """What the rules find in a fragment that goes on about `main` and the other tables of `context`."""
    state = State.begin(segmentation, linker, Resolver(segmentation, linker, context=context))
    state.main = state.resolver.main = main
    for rule in _RULES:
        rule(state)
    return state


def _main_table(state: State) -> str:
    """The table that the question is about: the first one named, else the one of the first column."""
    first_column = ""
    for tag in state.tags:
        if tag[0] == "C" and tag[1:].isdigit() and not first_column:
            first_column = tag
        elif (
            tag in ("WHO_WH", "WHOSE", "NOT")
            and first_column
            and " id" in " " + state.chunk(first_column).text.lower()
        ):
            return state.table(first_column)
        elif tag[0] == "T" and tag[1:].isdigit():
            return state.table(tag)
    for kind in ("T", "C", "V"):
        for tag in state.left(kind):
            return state.table(tag)
    return ""


def _assemble(state: State) -> Draft:
    select = [term for _, term in state.select]
    group = list(state.group)
    counted = {note[6:] for note in state.notes if note.startswith("count:")}
    for note in sorted(state.notes):
        if note.startswith("group-by-table:"):
            table = note[15:]
            if not any(column.table == table for term in group for column in term.columns):
                group.extend(_identity(state, table, shown=not any(_plain(t) for t in select)))
    if (needs_group := bool(state.having) or any(s.term.aggregated for s in state.order)) and not group:
        group = _implied_group(state, select)
    plain = [term for term in select if _plain(term)]
    if not group and plain and any(term.aggregated for term in select):
        group = _implied_group(state, select) if counted else plain
    shown = [term for term in group if term not in select and not _is_hidden(state, term, plain)]
    select = [*shown, *select] if not (needs_group and plain and not state.group) else select
    if group:
        group = list(dict.fromkeys([*group, *(term for term in plain)]))
        if state.order and any(not s.term.aggregated for s in state.order) and state.limit == 1:
            group = [] if not any(term.aggregated for term in select) else group
    if not select:
        select = _default(state)
    order = state.order
    if not order and (note := next((n for n in sorted(state.notes) if n.startswith("order-first")), "")):
        order = [Sort(select[0], note.endswith("desc"))] if select[0] != STAR else []
    if group and not any(t.aggregated for t in (*select, *(s.term for s in order))) and not state.having:
        group = []
    draft = Draft(
        select=tuple(dict.fromkeys(select)),
        where=_alternatives(state),
        group=tuple(group),
        having=tuple(state.having),
        order=tuple(order),
        limit=state.limit,
        distinct=state.distinct and not group,
        tables=tuple(sorted(set(state.tables))),
    )
    if state.combine is not None:
        operator, other = state.combine
        partner = replace(
            draft,
            where=(*(c for c in draft.where if c != draft.where[-1]), *other.where),
            order=(),
            limit=None,
        )
        draft = replace(draft, combine=(operator, partner))  # type: ignore[arg-type]
    return _trim(draft, state)


def _alternatives(state: State) -> tuple[Clause, ...]:
    """The conditions, with those joined by "or" made alternatives of each other."""
    said = sorted(zip(state.spots, state.where, strict=True), key=lambda item: item[0])
    clauses: list[Clause] = []
    last = -1
    for spot, clause in said:
        between = state.tags[last:spot] if last >= 0 else []
        if clauses and ("OR" in between or "EITHER" in between) and "AND" not in between:
            clauses[-1] = (*clauses[-1], *clause)
        else:
            clauses.append(clause)
        last = spot
    return tuple(clauses)


def _plain(term: Term) -> bool:
    return term.column is not None and not term.aggregated


def _identity(state: State, table: str, shown: bool) -> list[Term]:
    """The columns that stand for a table's rows: its key, and its name when it is to be shown."""
    key = state.resolver.key(table)
    columns = (key, *state.resolver.names(table)) if shown else (key,)
    found = [Term(column) for column in columns if column is not None]
    return list(dict.fromkeys(found))


def _is_hidden(state: State, term: Term, plain: list[Term]) -> bool:
    """Keys that only keep namesakes apart are not shown beside a name."""
    if term.column is None:
        return True
    table = term.column.table
    is_key = term.column == state.resolver.key(table)
    named = state.resolver.name(table)
    if not is_key:
        return False
    if any(column.table == table for other in plain for column in other.columns):
        return True
    return named is not None and named != term.column and f"group-by-table:{table}" in state.notes


def _implied_group(state: State, select: list[Term]) -> list[Term]:
    plain = [term for term in select if _plain(term)]
    counted = {note[6:] for note in state.notes if note.startswith("count:")} | set(state.tables)
    owners = {column.table for term in plain for column in term.columns}
    if plain and len(owners) == 1:
        owner = next(iter(owners))
        profile = [state.resolver.profile(owner, term.column.name) for term in plain if term.column]
        naming = any(p is not None and p.kind in (ColumnKind.name, ColumnKind.id) for p in profile)
        if (counted - {owner} or naming) and counted != {owner}:
            key = state.resolver.key(owner)
            return [Term(key)] if key is not None else plain
        return plain
    if plain:
        return plain
    return _identity(state, state.main, shown=True) if state.main else []


def _default(state: State) -> list[Term]:
    """What to show when nothing was named: the name of the main table's rows, or all of them."""
    if not state.main or "ALL" in state.tags:
        return [STAR]
    key = state.resolver.key(state.main)
    columns = state.resolver.names(state.main) or ((key,) if key is not None else ())
    return [Term(column) for column in columns] or [STAR]


def _trim(draft: Draft, state: State) -> Draft:
    """Without tables that only the words mention and that add nothing but a join over their own key."""
    used = {column.table for column in draft.columns}
    extra = [table for table in draft.tables if table not in used]
    if draft.select == (STAR,) and state.main:
        return draft.reading_tables(state.main)
    if not used and not extra and state.main:
        return draft.reading_tables(state.main)
    counts = ROWS in draft.select or any(s.term == ROWS for s in draft.order) or bool(draft.having)
    keep = [table for table in extra if counts or not _referred_only(state, table, used)]
    return replace(draft, tables=tuple(sorted({*keys(draft, used), *keep})))


def keys(draft: Draft, used: set[str]) -> tuple[str, ...]:
    return tuple(table for table in draft.tables if table in used)


def _referred_only(state: State, table: str, used: set[str]) -> bool:
    """Whether every row of the used tables has exactly one partner in `table`, so that joining it changes nothing."""
    joins = state.resolver.knowledge.joins
    return any(edge.left_table in used for other in used for edge in joins.between(other, table))
