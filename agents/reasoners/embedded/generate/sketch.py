"""The shape of a draft without its names: what is shown, filtered, grouped, ordered, nested and combined, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agents.reasoners.embedded.draft import Clause, Condition, Draft, Term

HEADS = ("select", "distinct", "where", "group", "having", "order", "nest", "combine")
"""The parts of a sketch, each of which the words of a question predict on their own."""
_KINDS = {
    "=": "=", "!=": "!=", "<": "<", "<=": "<", ">": ">", ">=": ">", "like": "like", "not like": "!like",
    "between": "between", "not between": "!between", "is null": "null", "is not null": "!null",
    "in": "in", "not in": "!in", "exists": "in", "not exists": "!in",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sketch:
    """Every part as a short code, equal for drafts of the same shape; `""` where the draft has no such part."""

    select: str
    distinct: str
    where: str
    group: str
    having: str
    order: str
    nest: str
    combine: str

    def parts(self) -> Iterator[tuple[str, str]]:
        """The parts with the names of their heads."""
        for head in HEADS:
            yield head, getattr(self, head)


def sketch_of(draft: Draft) -> Sketch:
    flat = tuple(clause for clause in draft.where if all(c.query is None for c in clause))
    nested = [condition for condition in draft.conditions if condition.query is not None]
    return Sketch(
        select=",".join(sorted(_shown(term) for term in draft.select)),
        distinct="distinct" if draft.distinct else "",
        where=clauses_code(flat),
        group="1" if draft.group else "",
        having=clauses_code(
            tuple(c for c in draft.having if all(x.query is None for x in c)), aggregates=True
        ),
        order=_order(draft),
        nest=",".join(sorted(_nested(condition) for condition in nested)),
        combine=_combined(draft),
    )


def _shown(term: Term) -> str:
    """`*`, `C`, `count(*)`, `count(distinct C)`, `avg(C)`, `C-C` …"""
    if term.other is not None:
        return f"{_shown(Term(term.column, term.aggregate))}{term.operator}{_shown(term.other)}"
    if term.aggregate == "count":
        return "count(distinct C)" if term.distinct and term.column is not None else "count(*)"
    name = "*" if term.column is None else "P" if term.grain or term.part else "C"
    return f"{term.aggregate}({name})" if term.aggregate else name


def clauses_code(clauses: tuple[Clause, ...], aggregates: bool = False) -> str:
    """Conditions without columns and values: `=,>` for two of them, `=|=` for alternatives."""

    def one(condition: Condition) -> str:
        kind = _KINDS[condition.operator] + ("C" if condition.other is not None else "")
        return f"{condition.term.aggregate}{kind}" if aggregates else kind

    return ",".join(sorted("|".join(sorted(one(condition) for condition in clause)) for clause in clauses))


def _order(draft: Draft) -> str:
    if not draft.order:
        return "limit" if draft.limit is not None else ""
    sort = draft.order[0]
    limit = "" if draft.limit is None else " 1" if draft.limit == 1 else " n"
    direction = "desc" if sort.descending else "asc"
    more = "+" if len(draft.order) > 1 else ""
    return f"{_shown(sort.term)} {direction}{more}{limit}"


def _nested(condition: Condition) -> str:
    query = condition.query
    assert query is not None
    inner = query.select[0].aggregate if query.select else ""
    deep = "[" + clauses_code(query.where) + "]" if query.where else ""
    return f"{condition.term.aggregate}{_KINDS[condition.operator]}({inner}){deep}" + (
        "having" if query.having else "limit" if query.limit is not None else ""
    )


def _combined(draft: Draft) -> str:
    if draft.combine is None:
        return ""
    operator, other = draft.combine
    rest = ("group" if other.group else "") + ("having" if other.having else "")
    return f"{operator}[{clauses_code(other.where)}]{rest}"
