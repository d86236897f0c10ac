"""Orders and superlatives: "sorted by …", "the oldest …", "the three cities with the most …"."""

from __future__ import annotations

from agents.reasoners.embedded.draft import AGGREGATES, ROWS, Col, Sort, Term
from agents.reasoners.embedded.generate.state import Match, State, pattern

_DIRECTION = r"(?:(?:in |from |the )*(DESC|ASC) )?"
_ORDER_BY = pattern(
    r"(?:, |and )?(?:ORDER )(?:by |the |in |"
    + "(?P<lead>DESC|ASC) |of )*<the>(?:<AGG>)?(?:<the>)(COUNT )?<the><CT>(?:of <det>T\\d+ )?"
    + _DIRECTION
)
_DIRECTED = pattern(
    r"(?:, |and |in |by |ORDER )*(DESC|ASC) (?:of |by |order |ORDER |based |on |according |to |the |their |in )+(?:<AGG>)?<the>(COUNT )?<the><CT>"
)
_MORE_KEYS = pattern(
    r"_ (?:(?:and |, |AND |then |by |ORDER )+)<the>(C\d+) " + _DIRECTION + r"(?=[?.] |$|_ |LIMIT )"
)
_BARE = pattern(r"(?:, |and |in |by |ORDER )*(DESC|ASC) ")


def orders(state: State) -> None:
    for match in state.find(_ORDER_BY):
        descending = "DESC" in (match.found.group("lead"), match[match.found.re.groups])
        _sort_by(state, match, match[2], bool(match[3]), match[4], descending)
    for match in state.find(_DIRECTED):
        _sort_by(state, match, match[2], bool(match[3]), match[4], match[1] == "DESC")
    if state.order:
        for match in state.find(_MORE_KEYS):
            state.order.append(Sort(Term(state.column(match[1])), match[2] == "DESC"))
            match.consume_tags([match[1], match[2]])
    for match in state.find(_BARE):
        if state.order:
            if match[1] == "DESC":
                state.order = [Sort(sort.term, True) for sort in state.order]
        else:
            state.notes.add("order-first" + ("-desc" if match[1] == "DESC" else ""))
        match.consume()


def _sort_by(state: State, match: Match, aggregate: str, count: bool, tag: str, descending: bool) -> None:
    match.consume()
    if count or (tag.startswith("T") and not aggregate):
        state.order.append(Sort(ROWS, descending))
        if tag.startswith("T"):
            state.add_table(state.table(tag))
        state.notes.add("order-count")
        return
    column = state.column(tag, numeric=bool(aggregate)) if tag.startswith("C") else None
    if column is not None:
        state.order.append(Sort(Term(column, AGGREGATES.get(aggregate, "")), descending))


_COUNTED = pattern(
    r"(?:WHOSE )?(?:TOP )?<det>(?:<N>)?<SUP>(?:<N>)?(?:COUNT |number |amount |of |total |SUM |times |the |DISTINCT )*<CT>"
)
_NUMBER_OF = pattern(
    r"(?:WHOSE )?<det>(?:<N>)?<SUP>(?:<N>)?(?:total |SUM )?(?:COUNT |number )(?:of |the |DISTINCT )*<CT>"
)
_AGGREGATED = pattern(r"(?:WHOSE )?<det>(?:<N>)?<SUP>(?:<N>)?<AGG>(?:of |the )*<CT>")
_TOP = pattern(
    r"(TOP|BOTTOM) <N>(?:<SUP>)?<the><CT>(?:(?:of |with |WHOSE |by |EACH |in |terms |ORDER |based |on |the )+(?:<AGG>)?(COUNT )?<the><CT>)?"
)
_ALONE_FIRST = pattern(r"<det>(?:with |by )?(?:the )?<SUP>(?:ones )?<SUP>")
_NUMBERED = pattern(r"<N>(?:DISTINCT )?(?:C\d+ (?:of )?)?[TC]\d+ ")
_ALONE = pattern(r"<det>(?:<N>)?<SUP>(?:<N>)?")


def superlatives(state: State) -> None:
    for match in state.find(_TOP):
        _top(state, match)
    for match in state.find(_NUMBER_OF):
        _by_count(state, match, match[2], match[1] or match[3], match[4])
    for match in state.find(_AGGREGATED):
        if match[5].startswith("C"):
            match.consume()
            _order(
                state,
                Term(state.column(match[5], numeric=True), AGGREGATES[match[4]]),
                match[2],
                match[1] or match[3],
            )
    for match in state.find(_COUNTED):
        _superlative(state, match)
    for match in state.find(_ALONE_FIRST):
        if state.chunk(match[2]).text.lower() == "first":
            _implied(state, match, "", match[1])
            state.limit = None
    for match in state.find(_ALONE):
        _alone(state, match)
    if state.limit == 1 and "superlative" in state.notes:
        for match in state.find(_NUMBERED):
            state.limit = state.count(match[1]) or 1
            match.consume_tags([match[1]])


def _superlative(state: State, match: Match) -> None:
    number, tag, target = match[1] or match[3], match[2], match[4]
    gradables = state.chunk(tag).gradables
    if any(gradable.count for gradable in gradables):
        _most_common(state, match, number, tag, target)
        return
    specific = gradables[0].word not in (
        "most",
        "least",
        "fewest",
        "largest",
        "smallest",
        "greatest",
        "highest",
        "lowest",
        "biggest",
        "maximum",
        "minimum",
        "max",
        "min",
        "top",
        "best",
        "worst",
    )
    if target.startswith("C"):
        column = state.column(target, numeric=not specific)
        if specific and not gradables[0].temporal and not state.resolver.is_number(column.table, column.name):
            _implied(state, match, number, tag, keep=target)
            return
        if not specific and not state.resolver.is_number(column.table, column.name):
            if gradables[0].word in ("most", "fewest", "least"):
                _by_count(state, match, tag, number, target)
            else:
                _implied(state, match, number, tag, keep=target)
            return
        term = Term(column)
        asked = _asked_itself(state, match)
        match.consume()
        if asked and not number:
            upward = gradables[0].upward != _flipped(state, tag, column)
            state.select.append((state.position(target), Term(column, "max" if upward else "min")))
            state.notes.add("superlative-as-aggregate")
            return
        _order(state, term, tag, number)
    elif gradables[0].word in ("most", "fewest", "least") or (
        not specific and state.table(target) != state.main and state.main
    ):
        _by_count(state, match, tag, number, target)
    else:
        _implied(state, match, number, tag, keep=target)


def _asked_itself(state: State, match: Match) -> bool:
    """Whether the superlative is what is asked for ("what is the highest price?") and not a way to pick rows."""
    before = [tag for tag in state.tags[: match.first] if tag[0] in "CTV" and tag[1:].isdigit()]
    return (
        not before
        and not state.select
        and state.tags[match.last : match.last + 1] != ["T"]
        and not any(tag == "WHOSE" for tag in state.tags[: match.first + 1])
    )


def _implied(state: State, match: Match, number: str, tag: str, keep: str = "") -> None:
    """Superlatives that name no quantity: "the youngest singer"."""
    match.consume_tags([item for item in state.tags[match.first : match.last] if item != keep])
    tables = list(
        dict.fromkeys([*([state.table(keep)] if keep.startswith("T") else []), state.main, *state.tables])
    )
    if keep.startswith("C"):
        tables.insert(0, state.column(keep).table)
    for gradable in state.chunk(tag).gradables:
        words = (*gradable.of, *gradable.flip)
        columns = list(state.resolver.hinted(words, [table for table in tables if table]))
        if columns:
            _order(state, Term(columns[0]), tag, number)
            return
    state.notes.add("superlative-unresolved")


def _alone(state: State, match: Match) -> None:
    number, tag = match[1] or match[3], match[2]
    if any(gradable.count for gradable in state.chunk(tag).gradables):
        match.consume()
        _order(state, ROWS, tag, number)
        return
    _implied(state, match, number, tag)


def _most_common(state: State, match: Match, number: str, tag: str, target: str) -> None:
    match.consume()
    if target.startswith("C"):
        column = state.column(target)
        state.group.append(Term(column))
        state.select.append((state.position(target), Term(column)))
    else:
        state.add_table(state.table(target))
        state.notes.add("group-by-table:" + state.table(target))
    _order(state, ROWS, tag, number)


def _by_count(state: State, match: Match, tag: str, number: str, target: str) -> None:
    match.consume()
    if target.startswith("C"):
        column = state.column(target)
        if state.resolver.is_number(column.table, column.name) and not _is_key(state, column):
            _order(state, Term(column), tag, number)
            return
        state.add_table(column.table)
    else:
        state.add_table(state.table(target))
    _order(state, ROWS, tag, number)
    state.notes.add("order-count")


def _is_key(state: State, column: Col) -> bool:
    return any(
        column.table in (edge.left_table, edge.right_table)
        and column.name in (*edge.left_columns, *edge.right_columns)
        for edge in state.resolver.knowledge.joins.edges
    )


def _top(state: State, match: Match) -> None:
    tag, number, sup, first, aggregate, count, key = (match[i] for i in range(1, 8))
    descending = tag == "TOP"
    state.limit = state.count(number)
    match.consume_tags([item for item in state.tags[match.first : match.last] if item != first])
    if key and (count or key.startswith("T")):
        state.add_table(state.table(key) if key.startswith("T") else state.column(key).table)
        state.order.append(Sort(ROWS, descending))
        state.notes.add("order-count")
    elif key:
        term = Term(state.column(key, numeric=True), AGGREGATES.get(aggregate, ""))
        state.order.append(Sort(term, descending))
    elif sup:
        _implied(state, match, number, sup, keep=first)


def _flipped(state: State, tag: str, column: Col) -> bool:
    """Whether small values mean much: the oldest has the earliest birthday."""
    lemmas = set(state.linker.names.lemmas(column.name))
    lemma = state.linker.lexicon.lemma
    return any(
        lemmas & {lemma(word) for word in gradable.flip}
        and not lemmas & {lemma(word) for word in gradable.of[:1]}
        for gradable in state.chunk(tag).gradables
    )


def _order(state: State, term: Term, tag: str, number: str) -> None:
    upward = state.chunk(tag).gradables[0].upward
    if term.column is not None and _flipped(state, tag, term.column):
        upward = not upward
    state.order.append(Sort(term, upward))
    state.limit = state.count(number) or 1
    state.notes.add("superlative")
