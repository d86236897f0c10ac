"""English for the names of tables and columns: words, one and many, first and last."""

from __future__ import annotations

import re

from connectors.base import TypeFamily
from knowledge.lexicon import load

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PREFIXES = frozenset({"tbl", "tb", "dim", "fact", "fct", "stg", "vw"})
_SAME = frozenset(
    {"series", "species", "news", "staff", "data", "information", "equipment", "sales", "money", "media"}
)
_PEOPLE = {
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "datum": "data",
    "criterion": "criteria",
}
_ONE = {many: one for one, many in _PEOPLE.items()} | {"movies": "movie", "cookies": "cookie", "ties": "tie"}
_DATES = frozenset({"date", "time", "timestamp", "day", "at", "on", "datetime", "birthday"})
_WORDY = re.compile(r"^[A-Za-z]{3}[A-Za-z_]*$")


def name_words(name: str) -> str:
    """`customerID` and `customer_id` as "customer ID"; a name with blanks is words already."""
    if " " in name.strip():
        return name.strip()
    words = [word for part in re.split(r"[_\-.]+", name) for word in _CAMEL.split(part) if word]
    shouted = name.isupper()

    def said(word: str) -> str:
        short = word.isupper() and 1 < len(word) < 5 and not shouted
        return word.upper() if short or word.lower() == "id" else word.lower()

    return " ".join(map(said, words)) or name


def table_words(name: str) -> str:
    first, _, rest = name_words(name).partition(" ")
    return rest if first in _PREFIXES and rest else f"{first} {rest}".strip()


def things_called(table: str) -> str:
    """The rows of a table in the plural, short forms written out: `tbl_cust` as "customers", `gym` as "gyms"."""
    full = load().abbreviations
    words = [part for word in table_words(table).lower().split() for part in full.get(word, (word,))]
    return many(" ".join(words))


def many(phrase: str) -> str:
    """The plural of a phrase, by its last word."""
    head, _, word = phrase.rpartition(" ")
    if word == "ID":
        return f"{phrase}s"
    return f"{head} {_many(word)}".strip()


def one(phrase: str) -> str:
    """The singular of a phrase, by its last word."""
    head, _, word = phrase.rpartition(" ")
    return f"{head} {_one(word)}".strip()


def _many(word: str) -> str:
    if word in _SAME or word in _ONE or _one(word) != word:
        return word
    if word in _PEOPLE:
        return _PEOPLE[word]
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    if word.endswith("sis"):
        return f"{word[:-2]}es"
    return f"{word}es" if re.search(r"(s|x|z|ch|sh)$", word) else f"{word}s"


def _one(word: str) -> str:
    if word in _ONE:
        return _ONE[word]
    if word in _SAME or not word.endswith("s") or re.search(r"(ss|us|is|as)$", word) or len(word) < 4:
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if re.search(r"(sses|shes|ches|xes|zes|[^oa]uses)$", word):
        return word[:-2]
    return word[:-1]


def is_wordy(alias: str) -> bool:
    """Whether an alias says something, as `home_team` does and `t1` does not."""
    return bool(_WORDY.match(alias)) and not re.match(r"^(tab|tbl|sub|part|cte|res)\d*$", alias)


def is_moment(column: str, family: TypeFamily | None) -> bool:
    """Whether values are dates or times: by the type, without one by the name."""
    if family is not None:
        return family in (TypeFamily.date, TypeFamily.timestamp, TypeFamily.time)
    return name_words(column).rpartition(" ")[2] in _DATES


def listed(parts: list[str], word: str = "and") -> str:
    """a, b and c."""
    return "".join(parts) if len(parts) < 2 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
