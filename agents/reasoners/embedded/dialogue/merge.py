"""The ways in which a question goes on from the query before it: what stays, what is replaced, what is asked of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from agents.reasoners.embedded.analytic.roles import Roles
from agents.reasoners.embedded.draft import Clause, Condition, Draft, Operator, Term

Step = tuple[str, Draft]
"""How a draft came about, and the draft."""
_OPPOSITE: dict[Operator, Operator] = {
    "=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "like": "not like", "not like": "like", "in": "not in",
    "not in": "in", "is null": "is not null", "is not null": "is null", "between": "not between", "not between": "between",
    "exists": "not exists", "not exists": "exists",
}  # fmt: skip
NEGATIVE = frozenset({"!=", "not in", "not like", "not between", "not exists"})
_SIDES = {">=": ">", "<=": "<", "in": "=", "between": "=", "like": "="}


def merged(new: Draft, before: Draft, base: str, roles: Roles) -> Iterator[Step]:
    """`new`, what the question says by itself, put together with the query before it in every sensible way."""
    yield "alone", new
    if new.combine is not None:
        return
    if before.combine is None:
        yield from _kept_rows(new, before, base)
        yield from _kept_columns(new, before, roles)
        if before.group:
            yield from _kept_groups(new, before)
    inside = among(new, before, base, roles)
    if inside is not None:
        yield "among", inside


def _kept_rows(new: Draft, before: Draft, base: str) -> Iterator[Step]:
    """The same rows, other things shown of them."""
    where = joined(before.where, new.where)
    tables = dict.fromkeys([*new.tables, base])
    kept = replace(new, where=where).reading_tables(*tables)
    if before.where:
        yield "rows", kept
    aggregated = any(term.aggregated for term in new.select)
    if before.order and not new.order and not aggregated and not new.group and not before.group:
        yield "rows-order", replace(kept, order=before.order, limit=new.limit or before.limit)


def _kept_columns(new: Draft, before: Draft, roles: Roles) -> Iterator[Step]:
    """The same things shown, of other rows or in another order."""
    where = joined(before.where, new.where)
    limited = replace(before, where=where, having=joined(before.having, new.having))
    limited = limited.reading_tables(*(t for t in new.tables if t not in before.own_tables))
    if new.having and not before.group:
        limited = replace(limited, group=new.group, tables=tuple(sorted({*limited.tables, *new.own_tables})))
    if limited != before:
        yield "columns", limited
        if before.limit is not None:
            yield "columns-all", replace(limited, order=(), limit=None)
        plain = tuple(term for term in before.select if not term.aggregated)
        if plain and plain != before.select and before.group:
            yield "columns-keys", replace(limited, select=plain)
    if new.order:
        grouped = any(sort.term.aggregated for sort in new.order)
        if not grouped or before.group:
            ordered = replace(limited, order=new.order, limit=new.limit)
            yield "order", ordered
            keys = tuple(term for term in ordered.select if not term.aggregated)
            if before.group and keys and keys != ordered.select:
                yield "order-keys", replace(ordered, select=keys)
        elif new.group and not any(term.aggregated for term in before.select):
            yield "order-group", replace(limited, order=new.order, limit=new.limit, group=new.group, tables=tuple(sorted({*limited.tables, *new.own_tables})))  # fmt: skip
    fresh = tuple(term for term in new.select if term not in before.select)
    if fresh and not before.group and not _mixed((*before.select, *fresh)):
        also = replace(limited, select=(*before.select, *fresh))
        yield "also", replace(also, order=new.order or also.order).reading_tables(*before.own_tables)
        names = names_of(before, roles)
        if names and not _mixed((*names, *fresh)):
            yield "name-and", replace(limited, select=tuple(dict.fromkeys([*names, *fresh])))
    names = names_of(before, roles)
    if names and not before.group and names != before.select and (new.order or limited != before):
        yield "names", replace(limited, select=names, order=new.order or limited.order, limit=new.limit or limited.limit, distinct=False)  # fmt: skip


def _kept_groups(new: Draft, before: Draft) -> Iterator[Step]:
    """The same groups, other figures of them."""
    where, having = joined(before.where, new.where), joined(before.having, new.having)
    limited = replace(before, where=where, having=having, distinct=False)
    keys = tuple(term for term in before.select if not term.aggregated)
    figures = tuple(term for term in new.select if term.aggregated and term not in before.select)
    plain = tuple(term for term in new.select if not term.aggregated and term.column is not None)
    if figures:
        yield "group-figure", replace(limited, select=(*keys, *figures), order=new.order)
        yield "group-also", replace(limited, select=(*before.select, *figures))
    if plain and not new.group:
        group = tuple(dict.fromkeys([*before.group, *plain]))
        yield "group-columns", replace(limited, select=plain, group=group)
        yield "group-columns-also", replace(limited, select=tuple(dict.fromkeys([*plain, *before.select])), group=group)  # fmt: skip


def _mixed(select: Sequence[Term]) -> bool:
    """Whether rows and figures over rows would stand side by side without groups."""
    return len({term.aggregated for term in select}) > 1


def names_of(before: Draft, roles: Roles) -> tuple[Term, ...]:
    """What stands for the things that the query before is about: the names among what it shows, else their table's."""
    table = subject(before)
    return tuple(Term(column) for column in roles.names(table)) if table else ()


def subject(before: Draft) -> str:
    """The table of the things that the query before shows."""
    columns = [term.column for term in (*before.group, *before.select) if term.column is not None]
    plain = [term.column for term in before.select if term.column is not None and not term.aggregated]
    chosen = (plain or columns)[:1]
    tables = before.own_tables
    return chosen[0].table if chosen else tables[0] if tables else ""


def among(new: Draft, before: Draft, base: str, roles: Roles) -> Draft | None:
    """`new` over the things that the query before found, where its conditions alone do not say which they are."""
    table = subject(before)
    key = roles.key(table) if table else None
    narrowed = before.limit is not None or bool(before.having) or before.combine is not None
    if key is None or not narrowed or before.combine is not None:
        return None
    found = replace(before, select=(Term(key),), distinct=False, order=before.order)
    if before.group:
        found = replace(found, group=(Term(key),))
    if before.limit is None:
        found = replace(found, order=())
    operator: Operator = "=" if before.limit == 1 else "in"
    return replace(new, where=(*new.where, (Condition(Term(key), operator, query=found),)))


def others(before: Draft) -> Draft | None:
    """The rows that the last condition of the query before left out."""
    if not before.where or len(before.where[-1]) != 1:
        return None
    (last,) = before.where[-1]
    turned = replace(last, operator=_OPPOSITE[last.operator])
    return replace(before, where=(*before.where[:-1], (turned,)))


def excluded(new: Draft, before: Draft) -> Draft | None:
    """The rows of the query before without those that the question names: "not the ones from 2024"."""
    named = [clause[0] for clause in new.where if len(clause) == 1]
    if len(named) != len(new.where) or not named or len({condition.term for condition in named}) > 1:
        return None
    if new.having or any(condition.operator in NEGATIVE for condition in named):
        return None
    turned = tuple(replace(condition, operator=_OPPOSITE[condition.operator]) for condition in named)
    return replace(before, where=(*before.where, turned)).reading_tables(*before.own_tables)


def beyond(before: Draft, base: str, roles: Roles, above: bool) -> Iterator[Draft]:
    """The rows above or below the figure that the query before showed."""
    if before.group or len(before.select) != 1 or before.combine is not None:
        return
    (figure,) = before.select
    names = roles.names(base)
    if (
        not figure.aggregated
        or figure.column is None
        or figure.aggregate not in ("avg", "min", "max")
        or not names
    ):
        return
    condition = Condition(replace(figure, aggregate="", distinct=False), ">" if above else "<", query=before)
    kept = tuple(clause for clause in before.where if all(c.term.column is not None for c in clause))
    yield Draft(select=tuple(Term(column) for column in names), where=((condition,),))
    if kept:
        yield Draft(select=tuple(Term(column) for column in names), where=(*kept, (condition,)))


def joined(old: Sequence[Clause], new: Sequence[Clause]) -> tuple[Clause, ...]:
    """Both; a new condition takes the place of an old one on the same column that it cannot stand beside."""
    kept = [
        clause for clause in old if clause not in new and not any(_rivals(clause, other) for other in new)
    ]
    return (*kept, *new)


def _rivals(old: Clause, new: Clause) -> bool:
    return any(
        one.term == other.term
        and _SIDES.get(one.operator, one.operator) == _SIDES.get(other.operator, other.operator)
        for one in old
        for other in new
    )
