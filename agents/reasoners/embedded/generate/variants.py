"""Other drafts that the same words may mean: small edits of a draft, each under a name that the ranker knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agents.reasoners.embedded.draft import ROWS, STAR, Condition, Draft, Term
from agents.reasoners.embedded.resolve import Resolver
from knowledge.base import ColumnKind


def variants(draft: Draft, resolver: Resolver, main: str) -> Iterator[tuple[str, Draft]]:
    """Named edits of a draft, in a fixed order."""
    yield from _repetition(draft)
    yield from _selection(draft, resolver, main)
    yield from _grouping(draft, resolver)
    yield from _counting(draft, resolver)
    yield from _conditions(draft, resolver, main)
    yield from _tables(draft)
    yield from _totals(draft, resolver, main)


def _plain(draft: Draft) -> list[Term]:
    return [term for term in draft.select if term.column is not None and not term.aggregated]


def _repetition(draft: Draft) -> Iterator[tuple[str, Draft]]:
    if draft.group or any(term.aggregated for term in draft.select) or draft.combine is not None:
        return
    if any(sort.term not in draft.select for sort in draft.order):
        return
    yield ("no-distinct" if draft.distinct else "distinct"), replace(draft, distinct=not draft.distinct)


def _selection(draft: Draft, resolver: Resolver, main: str) -> Iterator[tuple[str, Draft]]:
    if len(draft.select) > 1:
        for position in range(len(draft.select)):
            kept = draft.select[:position] + draft.select[position + 1 :]
            name = "drop-aggregate" if draft.select[position].aggregated else "drop-column"
            if not (
                draft.group and not any(t.aggregated for t in kept) and not draft.order and not draft.having
            ):
                yield name, replace(draft, select=kept)
    yield from _referred_names(draft, resolver)
    names = tuple(Term(column) for column in resolver.names(main)) if main else ()
    if len(names) == 2 and draft.select == names:
        key = resolver.key(main)
        yield "show-first", replace(draft, select=names[:1])
        if key is not None:
            yield "show-key", replace(draft, select=(Term(key),))
        if not draft.group:
            yield "show-all", replace(draft, select=(STAR,)).reading_tables(main)
    if len(draft.select) == 1 and main and not draft.select[0].aggregated:
        shown = draft.select[0]
        for name, column in (("show-name", resolver.name(main)), ("show-key", resolver.key(main))):
            if (
                column is not None
                and Term(column) != shown
                and (
                    shown == STAR
                    or shown.column in (resolver.name(main), resolver.key(main), *resolver.names(main))
                )
            ):
                yield name, replace(draft, select=(Term(column),)).reading_tables(main)
        if shown != STAR and not draft.group and not draft.distinct and shown.column == resolver.name(main):
            yield "show-all", replace(draft, select=(STAR,)).reading_tables(main)
    if main and (full := _full_name(draft, resolver, main)) is not None:
        yield "full-name", full
    if draft.limit == 1 and len(draft.order) == 1 and not draft.group:
        sort = draft.order[0]
        if sort.term.column is not None and not sort.term.aggregated:
            if sort.term not in draft.select:
                yield "show-order", replace(draft, select=(*draft.select, sort.term))
            extreme = Term(sort.term.column, "max" if sort.descending else "min")
            yield "as-extreme", replace(draft, select=(extreme,), order=(), limit=None)


def _referred_names(draft: Draft, resolver: Resolver) -> Iterator[tuple[str, Draft]]:
    """Names in place of references: the category's name for `category_id`."""
    for term in _plain(draft):
        column = term.column
        edges = [
            e
            for e in resolver.knowledge.joins.edges
            if column is not None and e.left_table == column.table and e.left_columns == (column.name,)
        ]
        if not edges or edges[0].right_table == edges[0].left_table:
            continue
        names = tuple(Term(name) for name in resolver.names(edges[0].right_table))
        if names:
            swap = {term: names}
            select = tuple(t for old in draft.select for t in swap.get(old, (old,)))
            group = tuple(t for old in draft.group for t in ((old, *names) if old == term else (old,)))
            yield "name-of-reference", replace(draft, select=select, group=group)


def _full_name(draft: Draft, resolver: Resolver, main: str) -> Draft | None:
    """First and last name where one of them is shown."""
    parts = []
    for words in (("first", "name"), ("last", "name")):
        lemmas = {resolver.linker.lexicon.lemma(word) for word in words}
        parts.append(
            next(
                (
                    Term(c)
                    for c in resolver.hinted((words[0],), [main])
                    if lemmas <= set(resolver.linker.names.lemmas(c.name))
                ),
                None,
            )
        )
    first, last = parts
    if first is None or last is None or (first in draft.select) == (last in draft.select):
        return None
    known = first if first in draft.select else last
    select = tuple(t for term in draft.select for t in ((first, last) if term == known else (term,)))
    return replace(draft, select=select)


def _grouping(draft: Draft, resolver: Resolver) -> Iterator[tuple[str, Draft]]:
    if not draft.group:
        return
    plain = tuple(_plain(draft))
    if plain and draft.group != plain:
        yield "group-by-shown", replace(draft, group=plain)
    owners = {term.column.table for term in plain if term.column}
    if len(owners) == 1 and plain:
        key = resolver.key(next(iter(owners)))
        if key is not None and Term(key) not in draft.group:
            yield "group-by-key", replace(draft, group=(Term(key), *plain))
        if key is not None and Term(key) not in draft.select and draft.select != (STAR,):
            yield (
                "show-group-key",
                replace(
                    draft,
                    select=(Term(key), *draft.select),
                    group=tuple(dict.fromkeys((Term(key), *draft.group))),
                ),
            )
    if any(sort.term == ROWS for sort in draft.order) and ROWS not in draft.select:
        yield "show-count", replace(draft, select=(*draft.select, ROWS))
    if not plain and draft.group:
        yield "show-group", replace(draft, select=(*draft.group, *draft.select))


def _counting(draft: Draft, resolver: Resolver) -> Iterator[tuple[str, Draft]]:
    for position, term in enumerate(draft.select):
        if term == ROWS and len(draft.own_tables) > 1:
            for table in draft.own_tables:
                key = resolver.key(table)
                if key is not None:
                    other = (
                        *draft.select[:position],
                        Term(key, "count", distinct=True),
                        *draft.select[position + 1 :],
                    )
                    yield "count-distinct", replace(draft, select=other)
        elif term.aggregate == "count" and term.distinct:
            other = (*draft.select[:position], ROWS, *draft.select[position + 1 :])
            yield "count-rows", replace(draft, select=other).reading_tables(*draft.own_tables)
        elif term.aggregate == "" and term.column is not None and len(draft.select) == 1:
            profile = resolver.profile(term.column.table, term.column.name)
            if (
                profile is not None
                and profile.kind is ColumnKind.measure
                and resolver.is_number(term.column.table, term.column.name)
                and not draft.order
            ):
                yield "sum-column", replace(draft, select=(Term(term.column, "sum"),))


def _conditions(draft: Draft, resolver: Resolver, main: str) -> Iterator[tuple[str, Draft]]:
    key = resolver.key(main) if main else None
    for position, clause in enumerate(draft.where):
        rest = draft.where[:position] + draft.where[position + 1 :]
        if len(clause) == 1 and clause[0].operator == "!=" and key is not None and not draft.group:
            equal = replace(clause[0], operator="=")
            inner = Draft(select=(Term(key),), where=((equal,),))
            yield (
                "not-equal-as-absent",
                replace(draft, where=(*rest, (Condition(Term(key), "not in", query=inner),))),
            )
        if (
            len(clause) == 1
            and clause[0].operator == "not in"
            and clause[0].query is not None
            and not draft.group
            and not draft.order
            and draft.combine is None
        ):
            positive = _positive(draft, clause[0], rest)
            base = replace(draft, where=rest)
            if positive is not None and base.own_tables and all(not t.aggregated for t in draft.select):
                yield "absent-as-except", replace(base, combine=("except", positive), distinct=False)
            if clause[0].query.where and len(clause[0].query.where[0]) == 1:
                inner_condition = (
                    replace(clause[0].query.where[0][0], operator="!=")
                    if clause[0].query.where[0][0].operator == "="
                    else None
                )
                if inner_condition is not None:
                    yield "absent-as-not-equal", replace(draft, where=(*rest, (inner_condition,)))
        if (
            len(clause) == 2
            and draft.combine is None
            and not draft.group
            and not any(t.aggregated for t in draft.select)
        ):
            one = replace(draft, where=(*rest, clause[:1]), order=(), limit=None)
            two = replace(draft, where=(*rest, clause[1:]), order=(), limit=None)
            yield "or-as-both", replace(one, combine=("intersect", two))
            if clause[0].term == clause[1].term and draft.where[0] == clause and len(draft.where) == 1:
                yield "or-as-union", replace(one, combine=("union", two))
    if (
        len(draft.where) == 2
        and draft.combine is None
        and not draft.group
        and not any(t.aggregated for t in draft.select)
    ):
        one = replace(draft, where=draft.where[:1], order=(), limit=None)
        two = replace(draft, where=draft.where[1:], order=(), limit=None)
        yield "and-as-both", replace(one, combine=("intersect", two))
        yield "and-as-or", replace(draft, where=((*draft.where[0], *draft.where[1]),))
    if (
        draft.combine is not None
        and draft.combine[0] == "intersect"
        and draft.where
        and draft.combine[1].where
    ):
        yield (
            "both-as-or",
            replace(
                draft,
                where=(*draft.where[:-1], (*draft.where[-1], *draft.combine[1].where[-1])),
                combine=None,
            ),
        )


def _positive(draft: Draft, condition: Condition, rest: tuple[tuple[Condition, ...], ...]) -> Draft | None:
    """The rows that do have the partner that a NOT IN denies."""
    inner = condition.query
    if inner is None or len(inner.select) != 1 or inner.select[0].column is None:
        return None
    tables = (inner.select[0].column.table, *inner.tables)
    positive = replace(draft, where=(*rest, *inner.where), order=(), limit=None, distinct=False)
    return positive.reading_tables(*draft.own_tables, *tables)


def _tables(draft: Draft) -> Iterator[tuple[str, Draft]]:
    used = {column.table for column in draft.columns}
    for table in draft.tables:
        if table not in used and (used or len(draft.tables) > 1):
            yield (
                "drop-table",
                replace(draft, tables=tuple(other for other in draft.tables if other != table)),
            )


def _totals(draft: Draft, resolver: Resolver, main: str) -> Iterator[tuple[str, Draft]]:
    """Ranking by the total over partners: "the products that sold the most units"."""
    if draft.group or len(draft.order) != 1 or not main or draft.limit is None or draft.combine is not None:
        return
    term = draft.order[0].term
    key = resolver.key(main)
    if term.column is None or term.aggregated or term.column.table == main or key is None:
        return
    many = any(
        edge.right_table == main
        for edge in resolver.knowledge.joins.between(main, term.column.table)
        if edge.left_table == term.column.table
    )
    if many and resolver.is_number(term.column.table, term.column.name):
        sort = replace(draft.order[0], term=replace(term, aggregate="sum"))
        shown = tuple(t for t in draft.select if t != term)
        yield (
            "order-by-total",
            replace(
                draft,
                group=tuple(dict.fromkeys((Term(key), *shown))),
                order=(sort,),
                select=shown,
                distinct=False,
            ),
        )
