"""What stands for the things that an answer is about: as earlier answers showed them, or by the names of their table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.reasoners.embedded.analytic.roles import Roles
from agents.reasoners.embedded.draft import Draft, Term

Head = tuple[str, tuple[Term, ...]]
"""Where it comes from, and what is shown."""


def heads(before: Draft, earlier: Sequence[Draft], roles: Roles) -> tuple[Head, ...]:
    """Each way to show the things once, likeliest first.

    Args:
        earlier: the queries before that one, latest first.
    """
    found: dict[tuple[Term, ...], str] = {}
    for how, terms in _heads(before, earlier, roles):
        if terms:
            found.setdefault(terms, how)
    return tuple((how, terms) for terms, how in found.items())


def _heads(before: Draft, earlier: Sequence[Draft], roles: Roles) -> Iterator[Head]:
    table, kept = subject(before), plain(before)
    names = tuple(Term(column) for column in roles.names(table)) if table else ()
    if len(kept) > 1:
        shown = tuple(term for term in kept if term in names)
        yield "shown", shown or kept[:1]
    for draft in earlier:
        if subject(draft) != table:
            break
        yield "earlier", plain(draft)
    yield "names", names


def plain(draft: Draft) -> tuple[Term, ...]:
    """The columns that a query shows as they are."""
    return tuple(term for term in draft.select if not term.aggregated and term.column is not None)


def subject(before: Draft) -> str:
    """The table of the things that the query before shows."""
    columns = [term.column for term in (*before.group, *before.select) if term.column is not None]
    shown = [term.column for term in plain(before) if term.column is not None]
    chosen = (shown or columns)[:1]
    tables = before.own_tables
    return chosen[0].table if chosen else tables[0] if tables else ""
