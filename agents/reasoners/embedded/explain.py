"""Which words of a question were taken to mean what, and which were not understood."""

from __future__ import annotations

from collections.abc import Sequence

from agents.plan import WordLink
from agents.reasoners.embedded.analytic import VARIANT
from agents.reasoners.embedded.analytic.doers import PERSON
from agents.reasoners.embedded.analytic.durations import DURATION
from agents.reasoners.embedded.analytic.glossary import FILTER, METRIC
from agents.reasoners.embedded.candidates import Candidate
from agents.reasoners.embedded.draft import Condition, Draft
from knowledge.lexicon import Lexicon
from knowledge.linking import Lattice, Mention
from knowledge.text import name_stems, stem

_KINDS = {"T": "table", "C": "column", "V": "value", "N": "number", "D": "date"}
_REASONS = {
    "exact": "the same words",
    "case": "a stored value",
    "stem": "another form of the same word",
    "synonym": "a word with the same meaning",
    "part": "part of the name",
    "joined": "the same words",
    "derived": "a related word",
    "typo": "nearly the same spelling",
    "fuzzy": "nearly the same spelling",
    "alias": "another name for it",
    "relative": "counted from today",
    PERSON: "the people who are meant",
}


def word_links(lattice: Lattice, candidate: Candidate, lexicon: Lexicon) -> tuple[WordLink, ...]:
    """One link for every chunk of the reading that was chosen."""
    links = []
    used = _used(candidate.draft)
    for chunk in candidate.chunks:
        start = lattice.tokens[chunk.first].start
        token = lattice.tokens[chunk.first]
        if chunk.kind == "word":
            if token.kind in ("punctuation", "possessive"):
                continue
            links.append(_word(chunk.text, start, candidate, lexicon))
        elif chunk.kind in (METRIC, FILTER):
            links.append(
                WordLink(
                    words=chunk.text,
                    start=start,
                    kind="knowledge",
                    target=chunk.text,
                    reason="the project's own word",
                )
            )
        elif chunk.kind == DURATION:
            first, second = (f"{m.table}.{m.column}" for m in chunk.mentions)
            links.append(
                WordLink(
                    words=chunk.text,
                    start=start,
                    kind="column",
                    target=f"days from {first} to {second}",
                    reason="how long it takes",
                )
            )
        elif chunk.kind in _KINDS:
            mention = _chosen(chunk.mentions, used)
            sold = _sold(chunk.text, start, candidate, lexicon)
            if sold is not None and (mention.table, mention.column) not in used:
                links.append(sold)
                continue
            links.append(
                WordLink(
                    words=chunk.text,
                    start=start,
                    kind=_KINDS[chunk.kind],  # type: ignore[arg-type]
                    target=_target(mention),
                    reason=_REASONS.get(mention.how, mention.how),
                )
            )
        else:
            links.append(
                WordLink(
                    words=chunk.text, start=start, kind="operator", target=_OPERATORS.get(chunk.kind, "")
                )
            )
    return tuple(links)


def _word(text: str, start: int, candidate: Candidate, lexicon: Lexicon) -> WordLink:
    """A word that names nothing in the source: money and goods by what they are computed from, the rest as known or not."""
    word = text.lower()
    if sold := _sold(text, start, candidate, lexicon):
        return sold
    known = (
        word in lexicon.fillers
        or word in lexicon.greetings
        or any(word in lexicon.business[group] for group in ("verbs", "units", "around"))
    )
    guessed = candidate.variant == VARIANT and word in {left.lower() for left in candidate.leftover}
    if known and not guessed:
        return WordLink(words=text, start=start, kind="ignored")
    told = _told(word, candidate, lexicon) if candidate.variant == VARIANT and not guessed else ""
    if told:
        return WordLink(words=text, start=start, kind="column", target=told, reason="a word of its name")
    if candidate.variant == VARIANT and word in lexicon.business["comparing"]:
        return WordLink(words=text, start=start, kind="operator", target="side by side")
    if word in _PERIODS and any(term.grain for term in candidate.draft.terms):
        return WordLink(words=text, start=start, kind="operator", target=f"each {_PERIODS[word]}")
    if candidate.variant == VARIANT and not guessed:
        return WordLink(words=text, start=start, kind="operator")
    return WordLink(words=text, start=start, kind="unknown")


def _sold(text: str, start: int, candidate: Candidate, lexicon: Lexicon) -> WordLink | None:
    """Money and goods by what they are computed from."""
    measured = [term for term in candidate.draft.terms if term.aggregate == "sum" and term.column is not None]
    groups = ("revenue", "pieces", "spending", "selling")
    if not measured or not any(text.lower() in lexicon.business[group] for group in groups):
        return None
    columns = " × ".join(f"{column.table}.{column.name}" for column in measured[0].columns)
    return WordLink(
        words=text, start=start, kind="column", target=f"sum of {columns}", reason="what was sold, added up"
    )


def _told(word: str, candidate: Candidate, lexicon: Lexicon) -> str:
    """What a word of a question that was read whole stands for: a date called like the verb, a state, or what is late."""
    for part in candidate.draft.everywhere():
        for condition in part.conditions:
            column, other = condition.term.column, condition.other
            if column is None:
                continue
            if stem(word) in name_stems(column.name):
                return f"{column.table}.{column.name}"
            if word in lexicon.opposites and (condition.operator in _STATES or _is_flag(condition)):
                return f"{column.table}.{column.name} {condition.operator}"
            if other is not None and other.column is not None:
                return f"{column.table}.{column.name} {condition.operator} {other.column.name}"
    return ""


def _is_flag(condition: Condition) -> bool:
    """Whether a condition asks for one of the two values of a flag."""
    return condition.operator == "=" and len(condition.values) == 1 and condition.values[0].value in (0, 1)


_STATES = ("is null", "is not null", "not in")
_PERIODS = {
    form: grain
    for grain in ("year", "quarter", "month", "week", "day")
    for form in (grain, f"{grain}s", f"{grain}ly", {"day": "daily", "year": "annually"}.get(grain, grain))
}
_OPERATORS = {
    "COUNT": "count", "AVG": "average", "SUM": "total", "MAX": "maximum", "MIN": "minimum", "EACH": "for each",
    "DISTINCT": "without repetition", "ORDER": "order", "DESC": "largest first", "ASC": "smallest first", "NOT": "not",
    "GT": "more than", "LT": "less than", "GE": "at least", "LE": "at most", "EQ": "equal to", "NE": "not equal to",
    "MOST": "largest", "LEAST": "smallest", "BETWEEN": "between", "TOP": "first", "BOTTOM": "last", "AND": "and", "OR": "or",
    "LIKE": "contains", "LIKESTART": "starts with", "LIKEEND": "ends with", "THANAVG": "above average", "BELOWAVG": "below average",
}  # fmt: skip


def _used(draft: Draft) -> set[tuple[str, str]]:
    return {(column.table, column.name) for part in draft.everywhere() for column in part.columns}


def _chosen(mentions: Sequence[Mention], used: set[tuple[str, str]]) -> Mention:
    """The meaning that the draft uses, else the likeliest."""
    return next((m for m in mentions if (m.table, m.column) in used), mentions[0])


def _target(mention: Mention) -> str:
    if mention.kind == "value":
        return f"{mention.table}.{mention.column} = {mention.value}"
    if mention.kind == "number" and mention.number is not None:
        return (
            f"{mention.number.value:g}"
            if isinstance(mention.number.value, float)
            else str(mention.number.value)
        )
    if mention.kind == "date" and mention.period is not None:
        return f"{mention.period.start.isoformat()} to before {mention.period.end.isoformat()}"
    return f"{mention.table}.{mention.column}" if mention.column else mention.table


def unknown_words(links: Sequence[WordLink]) -> list[str]:
    return [link.words for link in links if link.kind == "unknown"]
