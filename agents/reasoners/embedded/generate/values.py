"""Stored values as conditions, with "or", "both … and", "not", and the absence of partners ("never", "without")."""

from __future__ import annotations

from agents.reasoners.embedded.draft import Col, Condition, Draft, Operator, Term
from agents.reasoners.embedded.generate.state import State, pattern
from connectors.sql.reading import Literal
from knowledge.linking import Mention

_NEGATED = r"(NOT (?:(?:in|from|to|be|been|the|a|an|any|ANY|have|has|of|at|on|live|living|play|belong|with|as|by|ORDER|_|\w{4,9}ed|\w{4,9}ing) ){0,4})?"
_SKIP = (
    r"(?:(?:is|are|was|were|be|the|a|an|either|EITHER|equal|EQ\d+|as|in|named|called|to|WHOSE|has|have) )*"
)
_VALUES = pattern(
    r"(?:(?P<column>C\d+) "
    + _SKIP
    + ")?"
    + r"(?:(?P<both>BOTH|EITHER) )?"
    + _NEGATED
    + r"(?:(?P<column2>C\d+) )?(?P<first>V\d+) "
    r"(?P<more>(?:(?:and |AND |or |OR |, |ALSO |BUT |NOT |the |(?:C\d+ )?)+V\d+ )*)"
)
_AFTER = pattern(r"(?P<value>V\d+) (?P<column>C\d+) ")
_ABSENT = pattern(r"NOT ((?:(?!NOT |[?.;] )\S+ ){0,5}?)<T>")


def values(state: State) -> None:
    for match in state.find(_VALUES):
        parts = match.found.groupdict()
        tags = [
            parts["first"],
            *[tag for tag in (parts["more"] or "").split() if tag.startswith("V") and tag[1:].isdigit()],
        ]
        column_tag = parts["column2"] or parts["column"]
        columns = {mention.column for mention in state.chunk(column_tag).mentions} if column_tag else set()
        meant = [_meant(state, tag, columns) for tag in tags]
        used = [tag for tag in state.tags[match.first : match.last] if tag not in (column_tag,)]
        if column_tag and any(mention.column in columns for mention in meant):
            used.append(column_tag)
        match.consume_tags(used)
        negated = bool(match.found.group(3)) or " NOT " in " " + (parts["more"] or "")
        first_negated = bool(match.found.group(3))
        words = (parts["more"] or "").split()
        _combine(
            state,
            meant,
            both=parts["both"] == "BOTH",
            either="OR" in words or "or" in words,
            negated=first_negated,
            but_not=negated and not first_negated,
        )
    for match in state.find(_AFTER):
        match.consume_tags([match.found.group("column")])


def _meant(state: State, tag: str, columns: set[str]) -> Mention:
    ranked = state.resolver.ranked(state.chunk(tag), state.position(tag))
    named = [mention for _, mention in ranked if mention.column in columns]
    return named[0] if named else state.resolver.best(state.chunk(tag), state.position(tag))


def _combine(
    state: State, meant: list[Mention], both: bool, either: bool, negated: bool, but_not: bool
) -> None:
    columns = {(mention.table, mention.column) for mention in meant}
    if len(meant) == 2 and len(columns) == 1 and but_not:
        _condition(state, meant[:1], False)
        _exclude(state, meant[1])
        return
    if len(meant) > 1 and len(columns) == 1 and both and not negated:
        _condition(state, meant[:1], False)
        state.notes.add("both")
        for mention in meant[1:]:
            state.combine = ("intersect", Draft(where=((_equal(mention),),)))
        return
    if len(columns) == 1:
        _condition(state, meant, negated)
    else:
        for number, mention in enumerate(meant):
            _condition(state, [mention], negated or (but_not and number > 0))


def _equal(mention: Mention, operator: Operator = "=") -> Condition:
    return Condition(Term(Col(mention.table, mention.column)), operator, (Literal(mention.value, "text"),))


def _condition(state: State, meant: list[Mention], negated: bool) -> None:
    if not negated:
        state.add_where(*dict.fromkeys(_equal(mention) for mention in meant))
        return
    for mention in meant:
        if many_to_one(state, mention.table):
            state.add_where(_equal(mention, "!="))
        else:
            _exclude(state, mention)


def _exclude(state: State, mention: Mention) -> None:
    """Rows of the main table that have no partner with the value."""
    key = state.resolver.key(state.main) if state.main else None
    if key is None or mention.table == state.main:
        state.add_where(_equal(mention, "!="))
        return
    inner = Draft(select=(Term(key),), where=((_equal(mention),),))
    state.add_where(Condition(Term(key), "not in", query=inner))
    state.notes.add("absent")


def many_to_one(state: State, table: str) -> bool:
    """Whether a row of the main table has at most one partner in `table`."""
    if not state.main or table == state.main:
        return True
    return any(
        edge.left_table == state.main for edge in state.resolver.knowledge.joins.between(state.main, table)
    )


def absences(state: State) -> None:
    """ "Customers without orders": rows with no partner in another table."""
    for match in state.find(_ABSENT):
        table = state.table(match[2])
        if not state.main or table == state.main:
            continue
        condition = absent(state, table)
        if condition is None:
            continue
        state.consume(match.last - 1, match.last)
        for position in range(match.first, match.last):
            if state.tags[position] == "NOT":
                state.tags[position] = "_"
        state.add_where(condition)
        state.notes.add("absent")


def absent(state: State, table: str) -> Condition | None:
    joins = state.resolver.knowledge.joins
    for edge in joins.between(state.main, table):
        if edge.right_table == state.main and edge.left_table == table:
            inner = Draft(select=(Term(Col(table, edge.left_columns[0])),))
            return Condition(Term(Col(state.main, edge.right_columns[0])), "not in", query=inner)
    for edge in joins.between(state.main, table):
        inner = Draft(select=(Term(Col(table, edge.right_columns[0])),))
        return Condition(Term(Col(state.main, edge.left_columns[0])), "not in", query=inner)
    key = state.resolver.key(state.main)
    if key is None or not joins.trees([state.main, table], 1):
        return None
    inner = Draft(select=(Term(key),), tables=(table,))
    return Condition(Term(key), "not in", query=inner)
