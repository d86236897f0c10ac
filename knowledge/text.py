"""Words of names, values and questions in the one form that look-ups compare."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from threading import local
from typing import Any

FUNCTION_WORDS = frozenset(
    {
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "for",
        "to",
        "from",
        "by",
        "with",
        "and",
        "or",
        "as",
        "per",
        "into",
    }
    | {"is", "are", "was", "were", "be", "been", "do", "does", "did", "has", "have", "had"}
    | {"it", "its", "this", "that", "these", "those"}
)
"""Words that carry grammar and no subject; a phrase made of nothing else names no value and no column."""

_NOT_GLUED = frozenset(
    {
        "valid",
        "invalid",
        "avoid",
        "humid",
        "solid",
        "liquid",
        "rapid",
        "fluid",
        "android",
        "hybrid",
        "covid",
        "unpaid",
    }
    | {"prepaid", "repaid", "squid", "pyramid", "steroid", "thyroid", "timid", "vivid"}
    | {"monkey", "donkey", "turkey", "hockey", "jockey", "whiskey"}
)
"""Words that end like a key and are none."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_IDENTIFIER_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_STEMMERS = local()


def fold(text: str) -> str:
    """Text without case, accents, outer blanks and runs of blanks: `" São  Paulo"` → `"sao paulo"`."""
    return " ".join(_without_accents(text).split()).casefold()


def words(text: str) -> list[str]:
    """Folded words and numbers of running text, in order; a possessive 's is dropped."""
    folded = fold(text)
    found: list[str] = _WORD.findall(folded)
    return [_without_possessive(word) for word in found] if "'" in folded or "’" in folded else found


def split_identifier(name: str) -> list[str]:
    """The words a name is made of: `homeTeamID`, `home_team_id` and `HOME TEAM ID` all give home, team, id."""
    parts: list[str] = []
    for chunk in _WORD.findall(_without_accents(name).replace("_", " ")):
        if chunk.isupper() or chunk.islower():
            parts.extend(re.findall(r"\d+|[^\W\d_]+", chunk))
        else:
            parts.extend(_IDENTIFIER_PART.findall(chunk))
    return [fold(part) for part in parts]


def split_key_name(name: str) -> list[str]:
    """`split_identifier`, with a key word that is glued to the end split off: `custkey` and `customerid` too."""
    parts = split_identifier(name)
    last = parts[-1] if parts else ""
    for ending in ("key", "id"):
        if last.endswith(ending) and len(last) >= len(ending) + 3 and last not in _NOT_GLUED:
            return [*parts[:-1], last[: -len(ending)], ending]
    return parts


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The English (Snowball) stem of one folded word; numbers and very short words stay as they are."""
    if len(word) < 3 or not word.isalpha():
        return word
    return str(_stemmer().stemWord(word))


def stems(text: str) -> list[str]:
    """Stems of the words of running text."""
    return [stem(word) for word in words(text)]


def name_stems(name: str) -> list[str]:
    """Stems of the words of an identifier."""
    return [stem(word) for word in split_identifier(name)]


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def _without_possessive(word: str) -> str:
    for ending in ("'s", "’s"):
        if word.endswith(ending):
            return word[: -len(ending)]
    return word.replace("'", "").replace("’", "")


def _stemmer() -> Any:
    """This thread's own stemmer: one is not safe to share between threads."""
    stemmer = getattr(_STEMMERS, "english", None)
    if stemmer is None:
        import snowballstemmer  # all its languages with it, which a start would wait for

        stemmer = _STEMMERS.english = snowballstemmer.stemmer("english")
    return stemmer
