"""Follow-up questions as edits of the previous draft: "only those in France", "sort by age", "what about 2019"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from agents.reasoners.embedded.analytic import VARIANT
from agents.reasoners.embedded.candidates import Candidate
from agents.reasoners.embedded.chunks import segmentations
from agents.reasoners.embedded.compile import NoPath, to_reading
from agents.reasoners.embedded.draft import ROWS, STAR, Clause, Condition, Draft, Sort, Term
from agents.reasoners.embedded.generate.rules import parse_parts
from agents.reasoners.embedded.generate.state import State
from knowledge.linking import Lattice, Linker

_HOW_MANY = re.compile(r"\b(?:how many|count|number of)\b", re.IGNORECASE)
_COUNT_THESE = re.compile(
    r"^\W*(?:and |so |ok |now |then |but )*(?:how many (?:(?:of )?(?:those|these|them)|are there|are they|is that|rows|results|in total)(?: are there| (?:are|is) (?:that|it))?|count (?:them|those|these|it)|how many\??|what(?:'s| is) (?:the|their) (?:count|number|total number))\b[^\w]*(?:in total|altogether|there)?\W*$",
    re.IGNORECASE,
)
_ADDING = re.compile(
    r"\b(?:also|as well|too|along with|together with|add|include|in addition|and (?:their|its|the|his|her))\b|^\W*and\b",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"^\W*(?:go back|back|undo|(?:show )?(?:the )?previous(?: (?:one|answer|result))?)\W*$", re.IGNORECASE
)
_REMOVE = re.compile(
    r"^\W*(?:remove|drop|hide|without|leave out|no)\b(?: the)?(?: column| filter| condition| limit)?",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    r"^\W*(?:and |now |just |only |show |list |give me |me )*(?:the )?(?:top|first|limit(?: (?:to|it to))?|only the (?:top|first)) (\d+)\W*(?:rows|of (?:them|those|these)|ones|results)?\W*$",
    re.IGNORECASE,
)


_DROPPED = re.compile(
    r"^\W*(?:please |now |ok |and )*(?:remove|drop|clear|without|no|forget)(?: all)?(?: the| any)? "
    r"(?P<part>limit|filters?|conditions?|sort(?:ing)?|order(?:ing)?|group(?:ing|s)?|breakdown)\W*$",
    re.IGNORECASE,
)


def drops_part(question: str) -> bool:
    """Whether a part of the answer before is to go: "remove the limit" changes no data."""
    return _DROPPED.match(question) is not None


def _without_part(question: str, before: Draft) -> Draft | None:
    match = _DROPPED.match(question)
    if match is None:
        return None
    part = match.group("part").lower()
    if part == "limit":
        return replace(before, limit=None)
    if part.startswith(("filter", "condition")):
        return replace(before, where=(), having=()).reading_tables(*before.own_tables)
    if part.startswith(("sort", "order")):
        return replace(before, order=(), limit=None)
    measures = tuple(term for term in before.select if term.aggregated)
    ungrouped = replace(before, select=measures, group=(), order=(), limit=None) if measures else None
    return ungrouped.reading_tables(*before.own_tables) if ungrouped is not None else None


def _first(before: Draft, count: int, top: bool) -> Draft:
    """The first rows; of figures without an order, the top ones are the largest."""
    figures = [term for term in before.select if term.aggregated]
    if top and before.group and figures and not any(sort.term.aggregated for sort in before.order):
        return replace(before, order=(Sort(figures[0], True),), limit=count)
    return replace(before, limit=count)


def is_plain(question: str) -> bool:
    """Whether a question can only be an edit: of the number of rows, of what is counted, of a part that goes."""
    return any(pattern.match(question) for pattern in (_LIMIT, _COUNT_THESE, _DROPPED))


def goes_back(question: str) -> bool:
    return _BACK.match(question) is not None


def edited(question: str, lattice: Lattice, linker: Linker, before: Draft) -> list[Candidate]:
    """Candidates that edit the previous draft as the question says, likeliest first."""
    found: dict[Draft, Candidate] = {}
    whole = is_plain(question)
    for number, segmentation in enumerate(segmentations(lattice, linker.lexicon, k=3)):
        state = parse_parts(segmentation, linker, main=_main(before), context=before.own_tables)
        for draft in _merged(question, state, before):
            try:
                reading = to_reading(draft, linker.knowledge)
            except NoPath:
                continue
            if draft not in found and draft != before:
                found[draft] = Candidate(
                    draft,
                    reading,
                    state.main,
                    () if whole else segmentation.chunks,
                    () if whole else tuple(state.tags),
                    frozenset({*state.notes, "edit"}),
                    0.1 * number + 0.05 * len(found),
                    variant=VARIANT if whole else "",
                )
    return list(found.values())


def _main(draft: Draft) -> str:
    tables = draft.own_tables
    return tables[0] if tables else ""


def _merged(question: str, state: State, before: Draft) -> list[Draft]:
    if match := _LIMIT.match(question):
        return [_first(before, int(match.group(1)), top="top" in question.lower())]
    if _COUNT_THESE.match(question):
        return [counted(before)]
    if (less := _without_part(question, before)) is not None:
        return [less]
    if _REMOVE.match(question) and (shorter := _removed(state, before)) is not None:
        return [shorter]
    draft = before
    counts = bool(_HOW_MANY.search(question)) and any(term.aggregate == "count" for _, term in state.select)
    draft = replace(
        draft,
        where=_with(
            draft.where,
            tuple(state.where),
            bool(re.search(r"what about|how about|instead|same for", question, re.I)),
        ),
    )
    draft = replace(draft, having=(*draft.having, *state.having)).reading_tables(*state.tables)
    select = [term for _, term in state.select]
    aggregated = [term for term in select if term.aggregated]
    if state.group:
        draft = _regrouped(draft, state.group)
    if counts and not state.group:
        draft = counted(draft)
    elif aggregated and state.group:
        draft = replace(draft, select=(*state.group, *aggregated))
    elif aggregated:
        draft = replace(draft, select=tuple(aggregated), group=(), order=(), limit=None, distinct=False)
    elif select and not state.group:
        draft = _reselected(draft, select, bool(_ADDING.search(question)))
    if state.order:
        draft = replace(
            draft, order=tuple(state.order), limit=state.limit if state.limit is not None else draft.limit
        )
    elif any(note.startswith("order-first") for note in state.notes):
        down = "order-first-desc" in state.notes
        keys = draft.order or (Sort(draft.select[0]),)
        draft = replace(draft, order=tuple(Sort(sort.term, down) for sort in keys))
    return [draft]


def counted(draft: Draft) -> Draft:
    """How many rows the draft has: rows without groups, groups when it is grouped or without repetition."""
    if draft.group:
        key = next((term for term in draft.group if term.column is not None), None)
        term = Term(key.column, "count", distinct=True, grain=key.grain) if key is not None else ROWS
        if not draft.having:
            return replace(draft, select=(term,), group=(), order=(), limit=None, distinct=False)
    if draft.distinct and len(draft.select) == 1 and draft.select[0].column is not None:
        term = Term(draft.select[0].column, "count", distinct=True)
        return replace(draft, select=(term,), order=(), limit=None, distinct=False)
    tables = draft.own_tables
    counting = replace(draft, select=(ROWS,), group=(), order=(), limit=None, distinct=False, having=())
    return counting.reading_tables(tables[0]) if tables else counting


def _with(clauses: tuple[Clause, ...], new: tuple[Clause, ...], swap: bool) -> tuple[Clause, ...]:
    """Old conditions with the new ones: one on the same column takes the old one's place."""
    kept = list(clauses)
    for clause in new:
        column = clause[0].term.column
        for old in clauses:
            same = any(condition.term.column == column for condition in old)
            if same and old in kept and (swap or _replaces(clause, old)):
                kept.remove(old)
    kept += [clause for clause in new if clause not in kept]
    return tuple(kept)


def _replaces(new: Clause, old: Clause) -> bool:
    """Whether both clauses say what a column equals, or both bound it on the same side."""
    return any(_side(n) == _side(o) for n in new for o in old)


def _side(condition: Condition) -> str:
    return {">": ">", ">=": ">", "<": "<", "<=": "<", "=": "=", "in": "=", "like": "="}.get(
        condition.operator, condition.operator
    )


def _regrouped(draft: Draft, group: Sequence[Term]) -> Draft:
    measures = [term for term in draft.select if term.aggregated] or [ROWS]
    order = tuple(sort for sort in draft.order if sort.term.aggregated)
    regrouped = replace(
        draft, select=(*group, *measures), group=tuple(group), order=order, distinct=False, limit=None
    )
    return regrouped.reading_tables(*draft.own_tables)


def _reselected(draft: Draft, select: Sequence[Term], adding: bool) -> Draft:
    if draft.group and not draft.having and any(term.aggregated for term in draft.select):
        plain = [term for term in select if not term.aggregated]
        if adding:
            return replace(
                draft,
                select=tuple(dict.fromkeys([*plain, *draft.select])),
                group=tuple(dict.fromkeys([*draft.group, *plain])),
            )
    if adding and draft.select != (STAR,) and not any(term.aggregated for term in draft.select):
        return replace(draft, select=tuple(dict.fromkeys([*draft.select, *select])))
    kept = draft.reading_tables(*draft.own_tables) if draft.where else draft
    if any(term.aggregated for term in draft.select) and not draft.group:
        return replace(kept, select=tuple(select))
    return replace(kept, select=tuple(select), tables=draft.tables)


def _removed(state: State, before: Draft) -> Draft | None:
    """Without the columns, or the conditions on the columns, that are named."""
    columns = {term.column for _, term in state.select} | {
        c.term.column for clause in state.where for c in clause
    }
    if not columns:
        return None
    shown = tuple(term for term in before.select if term.column not in columns or term.aggregated)
    where = tuple(clause for clause in before.where if not any(c.term.column in columns for c in clause))
    if shown and shown != before.select:
        return replace(before, select=shown)
    return replace(before, where=where) if where != before.where else None
