"""How long something takes: the days between two dates of a row, said as "delivery time" or "from order to shipping"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from agents.reasoners.embedded.analytic.glossary import put_together
from agents.reasoners.embedded.analytic.roles import Roles
from agents.reasoners.embedded.chunks import Chunk
from agents.reasoners.embedded.draft import Col
from connectors.base import TypeFamily
from connectors.sql.reading import Arithmetic, ColumnRef, Expression, Function, Literal, Raw, Reading
from knowledge.base import SourceKnowledge
from knowledge.lexicon import Lexicon
from knowledge.linking import Lattice, Mention
from knowledge.text import stem

DURATION = "DURATION"
"""The kind of a chunk that says how long something takes; its mentions are the first and the second date."""
_SECONDS = 86_400.0
_SHORTEST = 3
_SAID = 0.9
"""How well a table must be said to be meant, and a column to be no duration but itself."""


class _Form(NamedTuple):
    """A dialect's whole days between `{a}` and `{b}`, and its seconds."""

    days: str
    seconds: str


_FORMS: Mapping[str, _Form] = {
    "mysql": _Form("DATEDIFF({b}, {a})", "TIMESTAMPDIFF(SECOND, {a}, {b})"),
    "postgres": _Form("{b} - {a}", "EXTRACT(EPOCH FROM {b} - {a})"),
    "duckdb": _Form("DATE_DIFF('DAY', {a}, {b})", "DATE_DIFF('SECOND', {a}, {b})"),
    "bigquery": _Form("DATE_DIFF({b}, {a}, DAY)", "TIMESTAMP_DIFF({b}, {a}, SECOND)"),
    "snowflake": _Form("DATEDIFF(DAY, {a}, {b})", "DATEDIFF(SECOND, {a}, {b})"),
    "trino": _Form("DATE_DIFF('DAY', {a}, {b})", "DATE_DIFF('SECOND', {a}, {b})"),
}


def days_between(start: ColumnRef, end: ColumnRef, dialect: str, *, exact: bool) -> Expression:
    """The days from one date to another; with their fraction if `exact`, which moments have and days have not."""
    if dialect == "sqlite":
        return Arithmetic("-", Function("julianday", (end,)), Function("julianday", (start,)))
    form = _FORMS[dialect]
    if exact:
        return Arithmetic("/", _raw(form.seconds, start, end, dialect), Literal(_SECONDS, "number"))
    if dialect == "postgres":
        return Arithmetic("-", end, start)
    if dialect == "mysql":
        return Function("datediff", (end, start))
    return _raw(form.days, start, end, dialect)


def in_days(reading: Reading, knowledge: SourceKnowledge) -> Reading:
    """The reading with differences of two dates counted in days, and told so by name."""

    def family(column: ColumnRef) -> TypeFamily:
        names = {source.alias: source.table for source in reading.sources}
        table = knowledge.schema.table(names.get(column.table, ""))
        found = table.column(column.name) if table is not None else None
        return found.family if found is not None else TypeFamily.other

    def counted(expression: Expression) -> Expression:
        match expression:
            case Function(args=(Arithmetic("-", ColumnRef() as end, ColumnRef() as start),)):
                families = {family(start), family(end)}
                if families <= _DATED or knowledge.dialect == "sqlite":
                    exact = families != {TypeFamily.date}
                    return replace(
                        expression, args=(days_between(start, end, knowledge.dialect, exact=exact),)
                    )
        return expression

    outputs = tuple(replace(output, expression=counted(output.expression)) for output in reading.outputs)
    told = tuple(
        replace(new, alias=_NAMES.get(new.expression.name, ""))
        if new != old and isinstance(new.expression, Function)
        else new
        for new, old in zip(outputs, reading.outputs, strict=True)
    )
    order = tuple(replace(each, expression=counted(each.expression)) for each in reading.order_by)
    return replace(reading, outputs=told, order_by=order)


_DATED = frozenset({TypeFamily.date, TypeFamily.timestamp})
_NAMES = {"avg": "average_days", "max": "most_days", "min": "fewest_days", "sum": "total_days"}


def _raw(form: str, start: ColumnRef, end: ColumnRef, dialect: str) -> Raw:
    parts: list[str | ColumnRef] = []
    for piece in form.replace("{a}", "\0a\0").replace("{b}", "\0b\0").split("\0"):
        parts.append({"a": start, "b": end}.get(piece, piece))
    return Raw(tuple(part for part in parts if part != ""), dialect)


def with_durations(chunks: Sequence[Chunk], lattice: Lattice, roles: Roles) -> tuple[Chunk, ...]:
    """The chunks with the words that say how long something takes put together, when the dates are there."""
    lexicon = roles.linker.lexicon
    for first, last, ends in _phrases(lattice, lexicon):
        found = None if _is_column(lattice, first, last) else _dates(lattice, ends, roles)
        if found is not None:
            joined = put_together(chunks, lattice, first, last, DURATION)
            return tuple(replace(c, mentions=found) if c.kind == DURATION else c for c in joined)
    return tuple(chunks)


def _is_column(lattice: Lattice, first: int, last: int) -> bool:
    """Whether the source keeps a column of that very name: "rental duration"."""
    return any(
        (m.first, m.last, m.kind) == (first, last, "column") and m.score >= _SAID for m in lattice.mentions
    )


def _phrases(lattice: Lattice, lexicon: Lexicon) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """(first token, last token, tokens that name the dates), the fullest phrases first."""
    words = [token.lower for token in lattice.tokens]
    spans = lexicon.business["lasting"]
    for at, word in enumerate(words):
        if word in spans or (word == "long" and at and words[at - 1] == "how"):
            yield from _between(words, at, lexicon)
            yield from _until(words, at, lexicon)
    for at in range(1, len(words)):
        if words[at] in spans:
            yield at - 1, at + 1, (at - 1,)


def _between(words: Sequence[str], at: int, lexicon: Lexicon) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """ "time between order and shipping", "days from order date to delivery"."""
    for opening, closing in (("between", "and"), ("from", "to"), ("from", "until")):
        if at + 1 < len(words) and words[at + 1] == opening and closing in words[at + 3 :]:
            middle = words.index(closing, at + 3)
            ends = [_naming(words, at + 2, lexicon), _naming(words, middle + 1, lexicon)]
            if middle <= at + 5 and None not in ends:
                last = max(e for e in ends if e is not None) + 1
                last += 1 if words[last : last + 1] == ["date"] else 0
                yield _opening(words, at), last, tuple(e for e in ends if e is not None)


def _until(words: Sequence[str], at: int, lexicon: Lexicon) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """ "how long does it take to close a ticket", "time to ship", "how many days until delivery"."""
    after = at + 1
    while after < len(words) and words[after] in lexicon.business["taking"]:
        after += 1
    if after < len(words) and words[after] in ("to", "until", "till"):
        named = _naming(words, after + 1, lexicon)
        if named is not None:
            yield _opening(words, at), named + 1, (named,)


def _naming(words: Sequence[str], at: int, lexicon: Lexicon) -> int | None:
    """The next word that is not only a small one."""
    while at < len(words) and words[at] in ("the", "a", "an", "be", "get"):
        at += 1
    return at if at < len(words) else None


def _opening(words: Sequence[str], at: int) -> int:
    if words[at] == "long":
        return at - 1
    start = at
    for opening in (("how", "many"), ("number", "of")):
        if tuple(words[max(0, at - 2) : at]) == opening:
            start = at - 2
    return start


def _dates(lattice: Lattice, ends: Sequence[int], roles: Roles) -> tuple[Mention, Mention] | None:
    """The two dates that are said, or the one said with the one it is counted from."""
    said = [_said(lattice, end, roles) for end in ends]
    if not all(said):
        return None
    if len(said) == 2:
        pairs = [(a, b) for a in said[0] for b in said[1] if a != b and _together(a, b, roles)]
        return _mentions(lattice, ends, pairs[0]) if pairs else None
    spoken = {m.table for m in lattice.mentions if m.kind == "table" and m.score >= _SAID}
    for column in sorted(said[0], key=lambda c: (c.table not in spoken, c.table, c.name)):
        start = _start(column, roles)
        if start is not None:
            return _mentions(lattice, (ends[0], ends[0]), (start, column))
    return None


def _mentions(lattice: Lattice, ends: Sequence[int], pair: tuple[Col, Col]) -> tuple[Mention, Mention]:
    first, second = (
        Mention(end, end + 1, "column", 1.0, "exact", column.table, column.name)
        for end, column in zip(ends, pair, strict=True)
    )
    return first, second


def _said(lattice: Lattice, at: int, roles: Roles) -> list[Col]:
    """Date columns that one word of the question names: "delivery" names delivered_on."""
    root = _root(lattice.tokens[at].lower)
    return [
        column
        for table in sorted(roles.tables)
        if not roles.is_view(table)
        for column in roles.dates(table)
        if any(_root(word) == root for word in roles.linker.names.words(column.name))
    ]


def _root(word: str) -> str:
    """`delivery`, `delivered` and `deliveries` have one: what is left without endings of nouns and verbs."""
    found = stem(word)
    for ending in ("ment", "eri", "ery", "ing", "al", "er", "i", "y"):
        if found.endswith(ending) and len(found) - len(ending) >= _SHORTEST:
            return found[: -len(ending)]
    return found


def _together(one: Col, other: Col, roles: Roles) -> bool:
    return roles.steps(one.table, other.table) is not None or roles.steps(other.table, one.table) is not None


def _start(end: Col, roles: Roles) -> Col | None:
    """What a duration is counted from when only its end is said: an earlier date of the row, else that of what it belongs to."""
    before = [
        d for d in roles.dates(end.table) if d != end and not roles.is_due(d) and _begins(d, end, roles)
    ]
    own = [d for d in before if roles.is_own_date(d)] or before
    if len(own) == 1:
        return own[0]
    if before:
        return None
    owners = (roles.dates(table) for table, steps in roles.owners(end.table) if steps)
    return next((dates[0] for dates in owners if len(dates) == 1), None)


def _begins(one: Col, other: Col, roles: Roles) -> bool:
    """Whether the first of all dates of one column lies before that of another."""
    first, second = roles.profile(one), roles.profile(other)
    ends = [profile.min if profile is not None else None for profile in (first, second)]
    return None not in ends and str(ends[0]) < str(ends[1])
