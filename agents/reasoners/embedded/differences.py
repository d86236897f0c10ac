"""In which single thing two readings differ: a column, a date, a table, a value, a computation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from agents.reasoners.embedded.draft import Col, Condition, Draft, Sort, Term
from knowledge.linking import Linker

Slot = Literal["column", "date", "table", "value", "computation", "path"]
_COMPUTED = {
    "": "Each one",
    "count": "How many",
    "sum": "Total",
    "avg": "Average",
    "min": "Smallest",
    "max": "Largest",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One slot that two readings fill differently."""

    slot: Slot
    about: str
    """The same for all readings that differ from the best one in this very place."""
    ours: str
    """What the best reading has there, in a word or two."""
    theirs: str


def difference(best: Draft, other: Draft, linker: Linker) -> Difference | None:
    """The one thing in which `other` differs from `best`; None when it differs in several, or in how much is shown."""
    if best.combine is not None or other.combine is not None:
        return None
    return (
        _computation(best, other)
        or _column(best, other, linker)
        or _people(best, other, linker)
        or _date(best, other, linker)
        or _value(best, other)
    )


def _computation(best: Draft, other: Draft) -> Difference | None:
    """The same columns, one of them computed another way: average or total."""
    if len(best.select) != len(other.select) or best.where != other.where or best.group != other.group:
        return None
    changed = [(a, b) for a, b in zip(best.select, other.select, strict=True) if a != b]
    if len(changed) != 1:
        return None
    ours, theirs = changed[0]
    if ours.column != theirs.column or ours.column is None or not (ours.aggregated and theirs.aggregated):
        return None
    if ours.aggregate == theirs.aggregate:
        return None
    return Difference("computation", str(ours.column), _COMPUTED[ours.aggregate], _COMPUTED[theirs.aggregate])


def _column(best: Draft, other: Draft, linker: Linker) -> Difference | None:
    """One column in place of another wherever it is used."""
    mine, yours = set(_columns(best)), set(_columns(other))
    gone, new = mine - yours, yours - mine
    if len(gone) != 1 or len(new) != 1:
        return None
    old, fresh = gone.pop(), new.pop()
    if _loose(_mapped(best, lambda column: fresh if column == old else column)) != _loose(other):
        return None
    if (
        old.table == fresh.table
        and "name" in linker.names.lemmas(old.name)
        and "name" in linker.names.lemmas(fresh.name)
    ):
        return None
    slot: Slot = "date" if _is_date(old, linker) and _is_date(fresh, linker) else "column"
    if slot == "column" and _holds_value(best, old):
        slot = "value"
    ours, theirs = _labels(old, fresh, linker)
    return Difference(slot, f"{old.table}.{old.name}", ours, theirs)


def _people(best: Draft, other: Draft, linker: Linker) -> Difference | None:
    """The same of rows of another table: the names and keys of customers in place of those of employees."""
    mine, yours = set(_columns(best)), set(_columns(other))
    gone, new = ({c.table for c in mine - yours}, {c.table for c in yours - mine})
    if len(gone) != 1 or len(new) != 1:
        return None
    (old,), (fresh,) = gone, new

    def rest(draft: Draft, table: str) -> tuple[object, ...]:
        terms = [t for t in draft.select if t.column is None or t.column.table != table]
        return tuple(terms), len(draft.select), draft.limit, len(draft.order), len(draft.where)

    if rest(best, old) != rest(other, fresh) or len(mine - yours) != len(yours - mine):
        return None
    ours, theirs = (words_of(table, linker).capitalize() for table in (old, fresh))
    return Difference("table", f"{old}.", ours, theirs)


def _date(best: Draft, other: Draft, linker: Linker) -> Difference | None:
    """The same rows, limited by another of their dates."""
    if len(best.where) != len(other.where) or replace(best, where=()) != replace(other, where=()):
        return None
    pairs = {
        (ours.term.column, theirs.term.column)
        for mine, yours in zip(best.where, other.where, strict=True)
        for ours, theirs in zip(mine, yours, strict=False)
        if ours != theirs
    }
    if len(pairs) != 1:
        return None
    ((old, new),) = pairs
    if old is None or new is None or not (_is_date(old, linker) and _is_date(new, linker)):
        return None
    ours, theirs = _labels(old, new, linker)
    return Difference("date", f"{old.table}.{old.name}", ours, theirs)


def _value(best: Draft, other: Draft) -> Difference | None:
    """The same condition with another stored value."""
    if len(best.where) != len(other.where):
        return None
    changed = [(a, b) for a, b in zip(best.where, other.where, strict=True) if a != b]
    if len(changed) != 1 or replace(best, where=()) != replace(other, where=()):
        return None
    (ours, *more), (theirs, *others) = changed[0]
    if more or others or ours.term != theirs.term or ours.operator != theirs.operator:
        return None
    if len(ours.values) != 1 or len(theirs.values) != 1 or ours.query is not None:
        return None
    return Difference("value", str(ours.term.column), str(ours.values[0].value), str(theirs.values[0].value))


def _loose(draft: Draft) -> tuple[object, ...]:
    """What a draft says, whatever its tables are read in addition for, and in which order its conditions stand."""
    return (
        Counter(draft.select), Counter(draft.where), Counter(draft.group), Counter(draft.having), draft.order, draft.limit,
        draft.distinct,
    )  # fmt: skip


def _columns(draft: Draft) -> Iterator[Col]:
    for part in draft.everywhere():
        yield from part.columns


def _mapped(draft: Draft, change: Callable[[Col], Col]) -> Draft:
    """The draft with every column changed."""

    def term(one: Term) -> Term:
        column = change(one.column) if one.column is not None else None
        return replace(one, column=column, other=term(one.other) if one.other is not None else None)

    def condition(one: Condition) -> Condition:
        inner = _mapped(one.query, change) if one.query is not None else None
        other = term(one.other) if one.other is not None else None
        return replace(one, term=term(one.term), other=other, query=inner)

    return replace(
        draft,
        select=tuple(map(term, draft.select)),
        where=tuple(tuple(map(condition, clause)) for clause in draft.where),
        group=tuple(map(term, draft.group)),
        having=tuple(tuple(map(condition, clause)) for clause in draft.having),
        order=tuple(Sort(term(sort.term), sort.descending) for sort in draft.order),
    )


def with_column(draft: Draft, old: Col, new: Col) -> Draft:
    """The draft that uses another column of the same kind."""
    return _mapped(draft, lambda column: new if column == old else column)


def _is_date(column: Col, linker: Linker) -> bool:
    knowledge = linker.knowledge
    table = knowledge.schema.table(column.table)
    found = table.column(column.name) if table is not None else None
    profile = knowledge.profiles.get((column.table, column.name))
    dated = profile is not None and profile.kind == "date"
    return (found is not None and found.family.is_temporal) or dated


def _holds_value(draft: Draft, column: Col) -> bool:
    return any(
        condition.term.column == column and condition.values
        for part in draft.everywhere()
        for condition in part.conditions
    )


def words_of(name: str, linker: Linker) -> str:
    """An identifier as people would write it: "order date"."""
    return " ".join(linker.names.words(name.rpartition(".")[2]))


def _labels(ours: Col, theirs: Col, linker: Linker) -> tuple[str, str]:
    """Short names of two columns, with their tables where the columns alone are called the same."""
    one, other = words_of(ours.name, linker), words_of(theirs.name, linker)
    if one == other:
        one, other = (
            f"{one} of {words_of(ours.table, linker)}",
            f"{other} of {words_of(theirs.table, linker)}",
        )
    return one.capitalize(), other.capitalize()
