"""What people seldom mean, in a draft: to show what a filter fixes, to group by what is computed, to deny a thing to itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from agents.reasoners.embedded.draft import Col, Condition, Draft, Term

Numbers = dict[str, float]
_Place = tuple[str, str]


def oddities(draft: Draft) -> Numbers:
    """Features for the ranker."""
    conditions = list(draft.conditions)
    plain = [term.column for term in draft.select if term.column is not None and not term.aggregated]
    shown, fixed = [_place(column) for column in plain], _fixed(draft)
    filtered = [_place(column) for condition in conditions for column in condition.term.columns]
    grouped = {_place(term.column) for term in draft.group if term.column is not None}
    computed = [term for term in draft.select if term.aggregated and term.column is not None]
    sorts = [sort.term for sort in draft.order]
    impossible = any(_contradictions(part) or _says_nothing(part) for part in draft.everywhere())
    return {
        "x:impossible": float(impossible),
        "x:shown_fixed": float(sum(column in fixed for column in plain)),
        "x:shown_tables": float(_tables(shown)),
        "x:order_shown": float(sum(term in draft.select for term in sorts)),
        "x:order_computed": float(sum(term.aggregated for term in sorts)),
        "x:filter_tables": float(_tables(filtered)),
        "x:filtered_twice": float(sum(count - 1 for count in Counter(filtered).values())),
        "x:inner_filters": float(sum(len(part.where) for part in draft.inner)),
        "x:group_hidden": float(sum(place not in shown for place in grouped)),
        "x:group_tables": float(_tables(grouped)),
        "x:group_computed": float(sum(_place(t.column) in grouped for t in computed if t.column is not None)),
        "x:limit_only": float(draft.limit is not None and not draft.order),
        "x:filters": float(sum(len(clause) for part in draft.everywhere() for clause in part.where)),
        "x:one_table": float(bool(shown) and _tables([*shown, *filtered]) == 1),
        "x:extra_tables": float(len(set(draft.own_tables) - {column.table for column in draft.columns})),
        "x:same_partner": float(draft.combine is not None and draft.combine[1].where == draft.where),
    }


def _place(column: Col) -> _Place:
    return column.table, column.name


def _tables(places: Iterable[_Place]) -> int:
    return len({table for table, _ in places})


def _fixed(draft: Draft) -> dict[Col, set[str]]:
    """Columns that must equal values, with these."""
    found: defaultdict[Col, set[str]] = defaultdict(set)
    for condition in _alone(draft):
        column = condition.term.column
        if (
            condition.operator == "="
            and condition.values
            and column is not None
            and condition.term == Term(column)
        ):
            found[column].add(str(condition.values[0].value).lower())
    return dict(found)


def _alone(draft: Draft) -> list[Condition]:
    return [clause[0] for clause in draft.where if len(clause) == 1]


def _contradictions(draft: Draft) -> bool:
    """Whether a column must have two values at once, or a condition stands twice."""
    alone = _alone(draft)
    return len(alone) != len(set(alone)) or any(len(values) > 1 for values in _fixed(draft).values())


def _says_nothing(draft: Draft) -> bool:
    """Whether a key must be, or must not be, among all keys of its own table."""
    return any(
        condition.query is not None
        and condition.operator in ("in", "not in")
        and condition.query.select == (condition.term,)
        and not condition.query.where
        and set(condition.query.own_tables) <= {column.table for column in condition.term.columns}
        for condition in draft.conditions
    )
