"""Conditions on rows and groups: comparisons, ranges, patterns of text, nulls, stored values, dates."""

from __future__ import annotations

from datetime import date

from agents.reasoners.embedded.draft import AGGREGATES, ROWS, Col, Condition, Draft, Operator, Term
from agents.reasoners.embedded.generate.dates import add_period, date_conditions, is_date
from agents.reasoners.embedded.generate.state import Match, State, pattern
from connectors.sql.reading import Literal

OPERATORS: dict[str, Operator] = {"GT": ">", "LT": "<", "GE": ">=", "LE": "<=", "EQ": "=", "NE": "!="}
_OPPOSITE: dict[Operator, Operator] = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "=": "!=", "!=": "="}


def operator_of(tag: str) -> Operator:
    return OPERATORS[tag.rstrip("0123456789")]


_AVERAGE = pattern(
    r"(?:<C>(?:of (?:<det>)T\d+ )?<be>)?(THANAVG|BELOWAVG) (?:(?:of |the )*<C>)?(?:<be>(?:of |for |in |all |other )*(?:<det>)?(?:T\d+ )?)?"
)
_COMPUTED = pattern(r"(?:<C><be>)?<CMP><det>(AVG|MAX|MIN) (?:<the>)(?:<C>)?")
_HAVING_AGG = pattern(r"<AGG><the><C><be>(?:NOT )?<CMP><the><N>")
_HAVING_COUNT = pattern(r"(?:COUNT )<the><CT><be><CMP><N>")
_HAVING_HAS = pattern(r"<CMP><N>(?:DISTINCT |different |of |other )*<CT>")
_HAVING_AFTER = pattern(r"(?:WHOSE |have |has |with )*<N>(GE|LE)\d+ (?:DISTINCT )?<CT>")
_HAVING_EXACT = pattern(r"(?:WHOSE |have |has |with |had )+<N>(?:DISTINCT )?<T>")
_TIMES = pattern(r"<CMP><N>(TIMES )?")
_BETWEEN = pattern(
    r"(?:<C>(?:of (?:<det>)T\d+ )?<be>)?BETWEEN <det><N>(?:and |AND |to |TO |, )<det><N>(?:<C>)?"
)
_COMPARE = pattern(r"<C>(?:of (?:<det>)T\d+ )?<be>(NOT )?(?:<be>)<CMP><det><N>")
_COMPARE_DATE = pattern(r"<C>(?:of (?:<det>)T\d+ )?<be>(NOT )?(?:<be>)<CMP>(?:the |year )*<N>")
_COMPARE_BEFORE = pattern(r"(?:WHOSE )?(NOT )?<CMP><det><N>(?:in |of |for |the )*<C>")
_COMPARE_AFTER = pattern(r"<C>(?:of (?:<det>)T\d+ )?<be><N>(GE|LE)\d+ ")
_COMPARE_BARE = pattern(
    r"(NOT )?<CMP><det><N>(?:years |year |old |months |days |hours |minutes |dollars |euros |percent |people |points |miles |kg |km |pounds |meters |feet )*"
)
_COMPARE_COLUMNS = pattern(r"<C><be><CMP><the><C>")
_EQUALS = pattern(r"<C>(?:of (?:<det>)T\d+ )?(?:<be>)?(NOT )?(?:<be>)(?:EQ\d+ )?<N>(?:(or|OR) <N>)?")
_EQUALS_AFTER = pattern(r"(NOT )?<N>(?:in )?<C>")
_LIKE = pattern(
    r"(?:<C>(?:of (?:<det>)T\d+ )?<be>(?:ANY |some )*)?(NOT )?(LIKESTART|LIKEEND|LIKE) (?:the |with |word |letter |letters |string |substring |phrase |a |an |LIKE |')*([VN]\d+|\w+) (?:(?:or |OR |LIKE |the |word )+([VN]\d+) )?"
)
_NULL = pattern(r"<C><be>(ISNULL|NOTNULL) ")
_NULL_BEFORE = pattern(r"(?:WHOSE |with )?(ISNULL|NOTNULL) <C>")
_MISSING = pattern(r"(?:WHOSE )?NOT (?:the |a |an |any |ANY |their |its |known )*<C>(?:date )?(?![VN]\d)")
_YEAR = pattern(r"(?:in |since |after |before |of |from |during |the |year |LT\d+ |GT\d+ |GE\d+ |ORDER )*<N>")


def nested(state: State) -> None:
    """Comparisons with a computed value: above the average, the maximum of the same column."""
    for match in state.find(_AVERAGE):
        column = match[1] or match[3]
        target = state.column(column, numeric=True) if column else None
        if target is None:
            continue
        match.consume()
        operator: Operator = ">" if match[2] == "THANAVG" else "<"
        inner = Draft(select=(Term(target, "avg"),))
        state.add_where(Condition(Term(target), operator, query=inner))
    for match in state.find(_COMPUTED):
        tag = match[4] or match[1]
        words = tuple(word for g in state.chunk(match[2]).gradables for word in (*g.of, *g.flip))
        implied = next(state.resolver.hinted(words, [state.main], numeric=True), None) if state.main else None
        if not tag and implied is None:
            continue
        inner_column = state.column(tag, numeric=True) if tag else implied
        assert inner_column is not None
        left = state.column(match[1], numeric=True) if match[1] else inner_column
        match.consume()
        inner = Draft(select=(Term(inner_column, AGGREGATES[match[3]]),))
        state.add_where(Condition(Term(left), operator_of(match[2]), query=inner))


def groups(state: State) -> None:
    """Conditions on groups: "with at least two orders", "whose average price is over 10"."""
    for match in state.find(_HAVING_AGG):
        term = Term(state.column(match[2], numeric=True), AGGREGATES[match[1]])
        _having(state, match, term, match[3], match[4])
    for match in state.find(_HAVING_COUNT):
        _count_having(state, match, match[1], operator_of(match[2]), match[3])
    for match in state.find(_TIMES):
        number = state.chunk(match[2]).mentions[0].number
        if match[3] or (number is not None and number.times):
            _having(state, match, ROWS, match[1], match[2])
    for match in state.find(_HAVING_HAS):
        if match[3].startswith("T") or not state.resolver.is_number(*_names(state.column(match[3]))):
            _count_having(state, match, match[3], operator_of(match[1]), match[2])
    for match in state.find(_HAVING_AFTER):
        if match[3].startswith("T"):
            _count_having(state, match, match[3], OPERATORS[match[2]], match[1])
    for match in state.find(_HAVING_EXACT):
        if state.table(match[2]) != state.main:
            _count_having(state, match, match[2], "=", match[1])


def _names(column: Col) -> tuple[str, str]:
    return column.table, column.name


def _having(state: State, match: Match, term: Term, operator: str, number: str) -> None:
    match.consume()
    state.having.append((Condition(term, operator_of(operator), (state.number(number),)),))


def _count_having(state: State, match: Match, tag: str, operator: Operator, number: str) -> None:
    match.consume()
    state.add_table(state.table(tag) if tag.startswith("T") else state.column(tag).table)
    state.having.append((Condition(ROWS, operator, (state.number(number),)),))
    state.notes.add("having-count")


def comparisons(state: State) -> None:
    for match in state.find(_BETWEEN):
        tag = match[1] or match[4]
        column = state.column(tag, numeric=True) if tag else _implied(state, (), match[2])
        if column is not None:
            match.consume()
            values = _literal(state, match[2], column), _literal(state, match[3], column)
            state.add_where(Condition(Term(column), "between", values))
    for match in state.find(_COMPARE_COLUMNS):
        left, right = state.column(match[1]), state.column(match[3])
        if (
            left != right
            and state.resolver.is_number(*_names(left))
            and state.resolver.is_number(*_names(right))
        ):
            match.consume()
            state.add_where(Condition(Term(left), operator_of(match[2]), other=Term(right)))
    for match in state.find(_COMPARE_DATE):
        number = state.chunk(match[4]).mentions[0].number
        dated = _dated(state, match[1])
        if number is not None and number.year and dated is not None:
            match.consume()
            sign = match[3].rstrip("0123456789")
            add_period(state, dated, sign, date(int(number.value), 1, 1), date(int(number.value) + 1, 1, 1))
    for match in state.find(_COMPARE):
        if _comparable(state, match[1], match):
            _compare(state, match, match[1], match[3], match[4], bool(match[2]))
    for match in state.find(_COMPARE_AFTER):
        _compare(state, match, match[1], match[3], match[2])
    for match in state.find(_COMPARE_BEFORE):
        column = state.column(match[4], numeric=True)
        if state.resolver.is_number(*_names(column)):
            _compare(state, match, match[4], match[2], match[3], bool(match[1]))
    date_conditions(state)
    for match in state.find(_COMPARE_BARE):
        column_ = _implied(
            state, tuple(w for g in state.chunk(match[2]).gradables for w in (*g.of, *g.flip)), match[3]
        )
        if column_ is not None:
            _compare(state, match, column_, match[2], match[3], bool(match[1]))


def _comparable(state: State, tag: str, match: Match) -> bool:
    """Whether a column can be what a number is compared with: a number, or a text named right beside it."""
    column = state.column(tag, numeric=True)
    if state.resolver.is_number(*_names(column)) or is_date(state, column):
        return True
    return "of" not in match.found.group().split()


def _dated(state: State, tag: str) -> Col | None:
    """The date that a chunk may mean, when it can mean one."""
    for _, mention in state.resolver.ranked(state.chunk(tag), state.position(tag)):
        column = Col(mention.table, mention.column)
        if is_date(state, column) and not state.resolver.is_number(column.table, column.name):
            return column
    return None


def _compare(
    state: State, match: Match, tag: str | Col, operator: str, number: str, negated: bool = False
) -> None:
    column = state.column(tag, numeric=True) if isinstance(tag, str) else tag
    sign = operator_of(operator)
    match.consume()
    state.add_where(
        Condition(Term(column), _OPPOSITE[sign] if negated else sign, (_literal(state, number, column),))
    )


def _implied(state: State, words: tuple[str, ...], number: str) -> Col | None:
    """The column that a bare number is compared with."""
    mention = state.chunk(number).mentions[0].number
    hints: tuple[str, ...] = words
    if mention is not None and mention.year:
        hints = (*hints, "year", "date", "time")
    elif not hints:
        hints = ("amount", "price", "total", "number", "count", "score")
    tables = [table for table in dict.fromkeys([state.main, *state.tables]) if table]
    return next(state.resolver.hinted(hints, tables), None)


def _literal(state: State, tag: str, column: Col) -> Literal:
    number = state.number(tag)
    if state.resolver.family(column).is_number or state.resolver.is_number(column.table, column.name):
        return number
    return (
        Literal(state.chunk(tag).text.strip("'\""), "text") if state.chunk(tag).text[:1].isdigit() else number
    )


def equalities(state: State) -> None:
    for match in state.find(_NULL):
        match.consume()
        state.add_where(
            Condition(Term(state.column(match[1])), "is null" if match[2] == "ISNULL" else "is not null")
        )
    for match in state.find(_NULL_BEFORE):
        match.consume()
        state.add_where(
            Condition(Term(state.column(match[2])), "is null" if match[1] == "ISNULL" else "is not null")
        )
    for match in state.find(_MISSING):
        column = state.column(match[1])
        profile = state.resolver.profile(column.table, column.name)
        if profile is not None and profile.nulls:
            match.consume()
            state.add_where(Condition(Term(column), "is null"))
    for match in state.find(_LIKE):
        _like(state, match)
    for match in state.find(_EQUALS):
        if not _comparable(state, match[1], match):
            continue
        column = state.column(match[1])
        match.consume()
        operator: Operator = "!=" if match[2] else "="
        options = [Condition(Term(column), operator, (_literal(state, match[3], column),))]
        if match[5]:
            options.append(Condition(Term(column), operator, (_literal(state, match[5], column),)))
        state.add_where(*options)
    for match in state.find(_EQUALS_AFTER):
        column = state.column(match[3], numeric=True)
        if state.resolver.is_number(column.table, column.name):
            match.consume()
            state.add_where(Condition(Term(column), "!=" if match[1] else "=", (state.number(match[2]),)))
    for match in state.find(_YEAR):
        mention = state.chunk(match[1]).mentions[0].number
        if mention is not None and mention.year and (year := _implied(state, (), match[1])) is not None:
            match.consume()
            state.add_where(Condition(Term(year), "=", (_literal(state, match[1], year),)))


def _like(state: State, match: Match) -> None:
    tag, word = match[3], match[4]
    chunk = state.chunk(word) if word[1:].isdigit() and word[0] in "VN" else None
    if chunk is None and (word in ("_", "?", ".") or word.isupper()):
        return
    text = chunk.text.strip("'\"“”‘’ ") if chunk is not None else word
    if match[1]:
        column = state.column(match[1])
    elif chunk is not None and chunk.kind == "V":
        column = state.column(word)
    else:
        return
    match.consume()
    shape = {"LIKESTART": "{}%", "LIKEEND": "%{}", "LIKE": "%{}%"}[tag]
    operator: Operator = "not like" if match[2] else "like"
    options = [Condition(Term(column), operator, (Literal(shape.format(text), "text"),))]
    if match[5]:
        second = state.chunk(match[5]).text.strip("'\"“”‘’ ")
        options.append(Condition(Term(column), operator, (Literal(shape.format(second), "text"),)))
    state.add_where(*options)
