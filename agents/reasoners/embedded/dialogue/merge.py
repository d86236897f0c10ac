"""The ways in which a question goes on from the query before it: what stays, what is replaced, what is asked of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from agents.reasoners.embedded.analytic.roles import Roles
from agents.reasoners.embedded.dialogue.heads import Head, plain, subject
from agents.reasoners.embedded.draft import Aggregate, Clause, Condition, Draft, Operator, Sort, Term

Step = tuple[str, Draft]
"""How a draft came about, and the draft."""
_OPPOSITE: dict[Operator, Operator] = {
    "=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "like": "not like", "not like": "like", "in": "not in",
    "not in": "in", "is null": "is not null", "is not null": "is null", "between": "not between", "not between": "between",
    "exists": "not exists", "not exists": "exists",
}  # fmt: skip
NEGATIVE = frozenset({"!=", "not in", "not like", "not between", "not exists"})
_SIDES = {">=": ">", "<=": "<", "in": "=", "between": "=", "like": "="}


def merged(new: Draft, before: Draft, base: str, roles: Roles, known: Sequence[Head]) -> Iterator[Step]:
    """`new`, what the question says by itself, put together with the query before it in every sensible way.

    Args:
        known: what stands for the things that the query before is about.
    """
    yield "alone", new
    if new.combine is not None:
        return
    if before.combine is None:
        yield from _kept_rows(new, before, base)
        yield from _kept_columns(new, before)
        yield from _headed(new, before, known)
        if before.group:
            yield from _kept_groups(new, before)
    inside = among(new, before, base, roles)
    if inside is not None:
        yield "among", inside
    same = _of_shown(new, before)
    if same is not None:
        yield "of-shown", same


def _kept_rows(new: Draft, before: Draft, base: str) -> Iterator[Step]:
    """The same rows, other things shown of them."""
    where = joined(before.where, new.where)
    tables = dict.fromkeys([*new.tables, base])
    kept = replace(new, where=where).reading_tables(*tables)
    if before.where:
        yield "rows", kept
    elif kept != new:
        yield "rows-joined", kept
    aggregated = any(term.aggregated for term in new.select)
    if before.order and not new.order and not aggregated and not new.group and not before.group:
        yield "rows-order", replace(kept, order=before.order, limit=new.limit or before.limit)


def _kept_columns(new: Draft, before: Draft) -> Iterator[Step]:
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
        keys = plain(before)
        if keys and keys != before.select and before.group:
            yield "columns-keys", replace(limited, select=keys)
    if new.order:
        grouped = any(sort.term.aggregated for sort in new.order)
        if not grouped or before.group:
            ordered = replace(limited, order=new.order, limit=new.limit)
            yield "order", ordered
            keys = plain(ordered)
            if before.group and keys and keys != ordered.select:
                yield "order-keys", replace(ordered, select=keys)
        elif new.group and not any(term.aggregated for term in before.select):
            yield "order-group", replace(limited, order=new.order, limit=new.limit, group=new.group, tables=tuple(sorted({*limited.tables, *new.own_tables})))  # fmt: skip
    fresh = tuple(term for term in new.select if term not in before.select)
    if fresh and not before.group and not _mixed((*before.select, *fresh)):
        also = replace(limited, select=(*before.select, *fresh))
        yield "also", replace(also, order=new.order or also.order).reading_tables(*before.own_tables)


def _headed(new: Draft, before: Draft, known: Sequence[Head]) -> Iterator[Step]:
    """What stands for the things, of other rows, in another order, or beside what the question asks of them."""
    if before.group:
        return
    where = joined(before.where, new.where)
    limited = replace(before, where=where, having=joined(before.having, new.having), distinct=False)
    limited = limited.reading_tables(*(t for t in new.tables if t not in before.own_tables))
    narrowed = replace(limited, order=new.order or limited.order, limit=new.limit or limited.limit)
    figures = tuple(term for term in new.select if term.aggregated)
    for how, head in (*known, ("same", plain(before))):
        fresh = tuple(term for term in new.select if term not in head)
        if head != before.select and (new.order or limited.where != before.where):
            yield f"names-{how}", replace(narrowed, select=head)
        if fresh and not _mixed((*head, *fresh)) and how != "same":
            yield f"and-{how}", replace(limited, select=(*head, *fresh))
        if figures and head and not any(term.aggregated for term in before.select):
            each = replace(limited, select=(*head, *figures), group=head, order=new.order, limit=new.limit)
            yield (
                f"each-{how}",
                each.reading_tables(*(table for table in new.own_tables if table not in each.own_tables)),
            )


def _kept_groups(new: Draft, before: Draft) -> Iterator[Step]:
    """The same groups, other figures of them."""
    where, having = joined(before.where, new.where), joined(before.having, new.having)
    limited = replace(before, where=where, having=having, distinct=False)
    keys = plain(before)
    figures = tuple(term for term in new.select if term.aggregated and term not in before.select)
    columns = plain(new)
    if figures:
        yield "group-figure", replace(limited, select=(*keys, *figures), order=new.order)
        yield "group-also", replace(limited, select=(*before.select, *figures))
    if columns and not new.group:
        group = tuple(dict.fromkeys([*before.group, *columns]))
        yield "group-columns", replace(limited, select=columns, group=group)
        yield "group-columns-also", replace(limited, select=tuple(dict.fromkeys([*columns, *before.select])), group=group)  # fmt: skip


def _mixed(select: Sequence[Term]) -> bool:
    """Whether rows and figures over rows would stand side by side without groups."""
    return len({term.aggregated for term in select}) > 1


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


def _of_shown(new: Draft, before: Draft) -> Draft | None:
    """`new` over the rows with what the query before showed: "who comes from there?" after the commonest country."""
    kept = plain(before)
    narrowed = before.limit is not None or bool(before.having)
    if len(kept) != 1 or len(before.select) != 1 or not narrowed or before.combine is not None:
        return None
    operator: Operator = "=" if before.limit == 1 else "in"
    found = before if before.limit is not None else replace(before, order=())
    return replace(new, where=(*new.where, (Condition(kept[0], operator, query=found),)))


def condensed(edit: Draft, before: Draft, known: Sequence[Head]) -> Iterator[Step]:
    """An edit of the rows alone, that shows each thing by its name only: "which ones are older than 30?"."""
    if edit.select != before.select or edit.combine is not None:
        return
    if edit.group and plain(edit) not in ((), edit.select):
        yield "keys", replace(edit, select=plain(edit))
    elif not edit.group and not any(term.aggregated for term in edit.select):
        for how, head in known:
            yield f"only-{how}", replace(edit, select=head, distinct=False)


def refigured(before: Draft, function: Aggregate, known: Sequence[Head]) -> Iterator[Step]:
    """After a figure: the same column by another function, and whose figure it is."""
    figures = [term for term in before.select if term.aggregated and term.column is not None]
    if len(figures) != 1 or before.combine is not None:
        return
    (figure,) = figures
    if function and figure.aggregate != function:
        turned = replace(figure, aggregate=function, distinct=False)
        yield "function", replace(before, select=tuple(turned if t == figure else t for t in before.select))
    if figure.aggregate in ("max", "min") and not before.group:
        order = (Sort(replace(figure, aggregate=""), figure.aggregate == "max"),)
        for _, head in known:
            yield "holder", replace(before, select=head, order=order, limit=1)


def others(before: Draft) -> Draft | None:
    """The rows that the last condition of the query before left out."""
    if not before.where or len(before.where[-1]) != 1:
        return None
    (last,) = before.where[-1]
    turned = replace(last, operator=_OPPOSITE[last.operator])
    return replace(before, where=(*before.where[:-1], (turned,)))


def absent(before: Draft, roles: Roles, known: Sequence[Head]) -> Iterator[Step]:
    """The things that are not among those that the query before found."""
    table = subject(before)
    key = roles.key(table) if table else None
    if key is None or before.combine is not None:
        return
    found = replace(before, select=(Term(key),), distinct=False)
    if before.group:
        found = replace(found, group=(Term(key),))
    missing: Clause = (Condition(Term(key), "not in", query=found),)
    for how, head in (*known, ("same", plain(before))):
        if head and all(term.column is not None and term.column.table == table for term in head):
            yield f"absent-{how}", Draft(select=head, where=(missing,))


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
