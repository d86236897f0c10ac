"""What is shown and computed: columns, aggregates, counts, and the groups they are computed for."""

from __future__ import annotations

from agents.reasoners.embedded.draft import AGGREGATES, ROWS, Aggregate, Term
from agents.reasoners.embedded.generate.dates import date_column
from agents.reasoners.embedded.generate.state import Match, State, pattern
from knowledge.base import ColumnKind

_GRAINS = {
    "year": "year",
    "month": "month",
    "quarter": "quarter",
    "week": "week",
    "day": "day",
    "monthly": "month",
    "yearly": "year",
    "daily": "day",
    "weekly": "week",
    "quarterly": "quarter",
    "annual": "year",
}
_AGGREGATED = pattern(
    r"((?:(?:AVG|SUM|MAX|MIN|MOST\d+|LEAST\d+) (?:, |and |AND |the )*)*(?:AVG|SUM|MAX|MIN) )(?:of |the |all |number |amount |value |DISTINCT |for |T\d+ (?=C\d))*<C>"
    r"((?:(?:, |and |AND |the )+C\d+ (?!(?:of |WHOSE |in )?(?:EACH)))*)"
)
_COUNT = pattern(
    r"COUNT (?:of |all |the |are |there |total |SUM |are |in |any |a |_ )*(DISTINCT )?(?:kind |kinds |type |types |of )*<CT>"
)
_COUNT_ALONE = pattern(r"COUNT ")
_GROUP = pattern(
    r"(?:(?:and|,|AND) )?(?:for |in |of |by |with )*EACH (?:DISTINCT |one |of |the |different |type |kind |ALL |these )*(?:T\d+ (?=[CT]\d))?<CT>"
)
_GROUP_BY = pattern(r"(?:grouped |group |per |by )(?:each |the |their )*(?:T\d+ (?=[CT]\d))?<CT>")
_PERIOD = pattern(
    r"(?:(?:by|per|EACH|each|for|in|the|ORDER) )*(year|month|quarter|week|day|monthly|yearly|daily|weekly|quarterly|annual) (?=[?.,] |instead |$|_ |and |AND |in |for |of |COUNT |SUM |AVG |T|C)"
)
_ASKING = frozenset(
    [
        "show",
        "list",
        "return",
        "give",
        "find",
        "display",
        "tell",
        "what",
        "also",
        "their",
        "report",
        "and_their",
        "its",
    ]
)
_BEING = frozenset(
    {"is", "are", "was", "were", "be", "been", "being", "has", "have", "had", "did", "do", "does"}
)
_PERIOD_COLUMN = pattern(r"(?:for |in )?(?:by|per|EACH|each) (?:the )?<C>")
_DISTINCT = pattern(r"DISTINCT (?:the |T\d+ |names? |of )*<C>")


def groups(state: State) -> None:
    for match in state.find(_PERIOD):
        _period(state, match)
    for match in state.find(_PERIOD_COLUMN):
        chunk = state.chunk(match[1])
        grain = _GRAINS.get(chunk.text.lower())
        column = date_column(state)
        if grain is not None and column is not None and state.table(match[1]) != state.main:
            match.consume()
            state.group.append(Term(column, grain=grain))
            state.notes.add("period")
    for match in state.find(_GROUP):
        _group(state, match, match[1])
    for match in state.find(_GROUP_BY):
        if "COUNT" in state.tags or {"AVG", "SUM", "MIN", "MAX"} & set(state.tags) or state.select:
            _group(state, match, match[1])


def _period(state: State, match: Match) -> None:
    spoken = match.found.group().split()
    if not {"by", "per", "EACH", "each", "monthly", "yearly", "daily", "weekly", "quarterly", "annual"} & set(
        spoken
    ):
        return
    column = date_column(state)
    if column is not None and not state.resolver.is_number(column.table, column.name):
        match.consume()
        state.group.append(Term(column, grain=_GRAINS[match[1]]))
        state.notes.add("period")


def _group(state: State, match: Match, tag: str) -> None:
    match.consume()
    if tag.startswith("C"):
        column = state.column(tag)
        state.group.append(Term(column))
        state.notes.add("group-column")
        return
    table = state.table(tag)
    state.notes.add("group-by-table:" + table)
    state.add_table(table)


def aggregates(state: State) -> None:
    for match in state.find(_AGGREGATED):
        functions: list[Aggregate] = []
        for tag in match[1].split():
            if tag in AGGREGATES:
                functions.append(AGGREGATES[tag])
            elif tag.startswith("MOST"):
                functions.append("max")
            elif tag.startswith("LEAST"):
                functions.append("min")
        columns = [match[2], *[tag for tag in match[3].split() if tag.startswith("C")]]
        numbers = [tag for tag in columns if _fits(state, tag, functions[-1])]
        if not numbers:
            continue
        match.consume_tags([*match[1].split(), *numbers])
        for tag in numbers:
            for function in functions if len(numbers) == 1 else functions[-1:]:
                column = state.column(tag, numeric=function in ("avg", "sum"))
                state.select.append((state.position(tag), Term(column, function)))
    counts(state)


def _fits(state: State, tag: str, function: str) -> bool:
    if function in ("min", "max"):
        return True
    column = state.column(tag, numeric=True)
    return state.resolver.is_number(column.table, column.name)


def counts(state: State) -> None:
    for match in state.find(_COUNT):
        position, tag = match.first, match[2]
        distinct = bool(match[1])
        match.consume_tags(["COUNT", "DISTINCT", tag])
        if tag.startswith("T"):
            table = state.table(tag)
            state.add_table(table)
            key = state.resolver.key(table)
            if distinct and key is not None and table != state.main:
                state.select.append((position, Term(key, "count", distinct=True)))
            else:
                state.select.append((position, ROWS))
            state.notes.add("count:" + table)
            continue
        column = state.column(tag)
        profile = state.resolver.profile(column.table, column.name)
        if (
            state.resolver.is_number(column.table, column.name)
            and not distinct
            and (profile is None or profile.kind not in (ColumnKind.id, ColumnKind.code))
        ):
            state.select.append((position, Term(column)))
            state.notes.add("count-column")
        else:
            state.select.append((position, Term(column, "count", distinct=True)))
    for match in state.find(_COUNT_ALONE):
        match.consume()
        if not any(term.aggregate for _, term in state.select):
            state.select.append((match.first, ROWS))


def columns(state: State) -> None:
    """Every column that nothing else has used is shown."""
    for match in state.find(_DISTINCT):
        state.distinct = True
        match.consume_tags(["DISTINCT"])
    if "DISTINCT" in state.tags:
        state.distinct = True
    shown = _shown_zone(state)
    for tag in state.left("C"):
        if state.position(tag) not in shown and (state.select or _verb_like(state, tag)):
            continue
        if _verb_like(state, tag) and (state.select or state.main):
            continue
        column = state.column(tag)
        if all(term != Term(column) for _, term in state.select):
            state.select.append((state.position(tag), Term(column)))
    state.select.sort(key=lambda item: item[0])


def _shown_zone(state: State) -> set[int]:
    """Positions where a column is asked for, and not only said of the rows that are meant."""
    zone: set[int] = set()
    open_, seen = True, False
    for position, chunk in enumerate(state.chunks):
        word = chunk.text.lower()
        if word in (".", "?", ";", "!") or word in _ASKING:
            open_ = True
        elif chunk.kind in ("WHO_WH", "WHOSE") and seen and word not in ("with", "in which", "when"):
            open_ = False
        if open_ and chunk.kind == "C":
            zone.add(position)
        seen = seen or chunk.kind in ("C", "T")
    return zone


def _verb_like(state: State, tag: str) -> bool:
    """Whether a column was matched by a verb of the sentence ("orders shipped last year") and not by its own name."""
    position, chunk = state.position(tag), state.chunk(tag)
    word = chunk.text.lower()
    if " " in word or not word.endswith(("ed", "ing")):
        return False
    before = state.chunks[position - 1] if position else None
    follows = before is not None and (
        before.kind in ("T", "C", "WHOSE", "WHO_WH") or before.text.lower() in _BEING
    )
    return follows or not state.linker.names.knows_exactly(word)


def tables(state: State) -> None:
    """Tables that are named and not yet used must take part."""
    for tag in state.left("T"):
        mention = state.resolver.best(state.chunk(tag), state.position(tag))
        if mention.score >= 0.75 or not state.tables:
            state.add_table(mention.table)
