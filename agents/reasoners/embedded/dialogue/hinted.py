"""Columns that a question about "them" asks for without naming any: "where are they from?", "who directed it?"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.reasoners.embedded.analytic.roles import Roles
from agents.reasoners.embedded.draft import Col

_ASKS = re.compile(r"^\W*(?:and |but |so )?(where|when|who|how \w+)\b(.*)$", re.IGNORECASE)
_TELLING = 4
"""Letters of a verb that its doer shares: designed, designer."""
_IDLE = frozenset({"they", "them", "does", "were", "have", "this", "that", "these", "those", "there"})


def hinted_columns(question: str, table: str, roles: Roles) -> Iterator[Col]:
    """Of one table; nothing where a question names what it wants."""
    lexicon = roles.linker.lexicon
    match = _ASKS.match(question)
    if match is None:
        return
    asked = " ".join(match[1].lower().split())
    if asked == "who":
        yield from _doers(match[2].lower(), table, roles)
    else:
        words = lexicon.hints.get(asked, ())
        found = roles.hinted(words, table, numeric=False)
        if found is not None:
            yield found
        if asked == "where":
            lemmas = {lexicon.lemma(word) for word in words}
            yield from (c for c in roles.columns(table) if c != found and not lemmas.isdisjoint(_parts(c)))


def _parts(column: Col) -> Iterator[str]:
    """The endings of the words of a name: "hometown" ends in town."""
    for word in re.split(r"[^a-z]+", column.name.lower()):
        yield from (word[start:] for start in range(len(word) - 3))


def _doers(said: str, table: str, roles: Roles) -> Iterator[Col]:
    verbs = [word for word in re.findall(r"[a-z]+", said) if len(word) >= _TELLING and word not in _IDLE]
    for column in roles.columns(table):
        if roles.is_number(column) or roles.is_key(column):
            continue
        names = re.findall(r"[a-z]+", column.name.lower())
        if any(name[:_TELLING] == verb[:_TELLING] for name in names for verb in verbs):
            yield column
