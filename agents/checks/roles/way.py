"""The ways in which a question may mean one thing, and whether its words choose between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.sql.reading import Reading
from knowledge.text import split_identifier, stem, stems

CUES = tuple(
    frozenset(stem(word) for word in line.split())
    for line in (
        "from source src origin depart departure departing departed start leave leaving",
        "to dest destination arrival arrive arriving arrived end",
        "home host", "away visitor visiting guest",
        "win won winner winning", "lose lost loser losing",
        "bill billing billed invoice", "ship shipping shipped deliver delivered delivery",
        "order ordered", "buy buyer bought purchase purchased", "sell seller sold",
        "send sender sent", "receive receiver received recipient",
        "manage manager supervisor supervise boss report", "create created creator open opened author",
        "close closed", "assign assigned assignee", "birth born", "death died", "parent child",
    )
)  # fmt: skip
"""Words that name the same role."""
ROLE = "role:"
"""How the ids of such clarifications begin."""
_MOST = 4
"""Ways that one question offers."""


@dataclass(frozen=True, slots=True)
class Way:
    id: str
    label: str
    """A few words for the person who asked."""
    detail: str
    """The tables and columns it goes over."""
    words: frozenset[str]
    """Stems that name it."""
    reading: Reading
    """The whole statement, going this way."""
    near: bool = True
    """Whether it is meant as easily as the way taken; one that is not is offered beside others, and asked about for none."""


@dataclass(frozen=True, slots=True)
class Roles:
    """One thing that can be reached in several ways; the statement goes the `used` one."""

    id: str
    """Of the clarification that settles it."""
    question: str
    used: Way
    others: tuple[Way, ...]
    shared: frozenset[str] = frozenset()
    """Stems that name the thing itself, whatever way leads to it."""

    @property
    def ways(self) -> tuple[Way, ...]:
        return (self.used, *self.others)[:_MOST]

    def is_settled(self, question: str) -> bool:
        """Whether the question's words name the way that the statement goes."""
        said = set(stems(question))
        common = frozenset.intersection(*(way.words for way in self.ways)) | self.shared
        return _is_said(self.used.words - common, said)


def _is_said(own: frozenset[str], said: set[str]) -> bool:
    return bool(own & said) or any(cue & own and cue & said for cue in CUES)


def words_of(name: str) -> str:
    """`ship_address_id` → "ship address"."""
    words = split_identifier(name)
    return " ".join(word for word in words if word != "id") or " ".join(words)


def name_words(*names: str) -> frozenset[str]:
    """Stems of the words of names, keys' endings aside."""
    return frozenset(stem(word) for name in names for word in split_identifier(name)) - {"id"}


def listed(names: Sequence[str]) -> str:
    return " → ".join(names)
