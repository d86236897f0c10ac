"""Language resources as data: one folder of YAML files per language, read once into a `Lexicon`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import yaml

from knowledge.text import stem

_TextLoader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Leaves every scalar as text, so that "no" and "on" stay words."""

Degree = Literal["more", "most", "less", "least"]


@dataclass(frozen=True, slots=True)
class Gradable:
    """What a comparative or superlative adjective asks for."""

    word: str
    degree: Degree
    of: tuple[str, ...]
    """Quantities that it is said of, as words of column names, best first."""
    flip: tuple[str, ...] = ()
    """Quantities for which small means much: the oldest has the earliest year of birth."""
    temporal: bool = False
    count: bool = False
    """Said of how often something occurs: "most common"."""

    @property
    def upward(self) -> bool:
        """Whether large values are meant."""
        return self.degree in ("more", "most")


@dataclass(frozen=True, slots=True)
class DateWords:
    months: Mapping[str, int]
    ambiguous_months: frozenset[str]
    weekdays: Mapping[str, int]
    grains: Mapping[str, str]
    quarters: Mapping[str, int]
    last: frozenset[str]
    this: frozenset[str]
    next: frozenset[str]
    days: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class NumberWords:
    units: Mapping[str, int]
    tens: Mapping[str, int]
    scales: Mapping[str, int]
    ordinals: Mapping[str, int]
    multiples: Mapping[str, int]
    computed: frozenset[str]
    """Words that make a new number of others: a dozen, twice."""


@dataclass(frozen=True)
class Lexicon:
    """General resources of one language; nothing in it knows a schema."""

    fillers: frozenset[str]
    articles: frozenset[str]
    greetings: frozenset[str]
    irregular: Mapping[str, str]
    stem_keep: frozenset[str]
    abbreviations: Mapping[str, tuple[str, ...]]
    synonyms: Mapping[tuple[str, ...], frozenset[int]]
    """Stemmed phrase → the groups it belongs to."""
    cues: Mapping[tuple[str, ...], str]
    """Lower-case phrase → its mark."""
    adjectives: Mapping[tuple[str, ...], tuple[Gradable, ...]]
    numbers: NumberWords
    dates: DateWords
    hints: Mapping[str, tuple[str, ...]]
    genders: Mapping[str, tuple[str, ...]]
    flags: Mapping[str, tuple[str, ...]]
    other_names: Mapping[str, tuple[str, ...]]
    """Demonyms and abbreviations of places → names under which the place may be stored."""
    business: Mapping[str, frozenset[str]]
    """Words of business questions by what they stand for: revenue, pieces, spending, selling, verbs, units."""
    units: Mapping[str, tuple[str, float]]
    """Unit → what it measures, and its size in the smallest common unit."""
    opposites: Mapping[str, tuple[str, ...]]
    """State → words of columns that are empty, or not set, in that state: open → closed."""
    vocabulary: frozenset[str]
    """Every word of the resources, to take apart names that are written in one."""

    def lemma(self, word: str) -> str:
        """The form under which a folded word is compared: irregular forms undone, then stemmed."""
        known = self.irregular.get(word)
        if known is not None:
            return known if known in self.stem_keep else stem(known)
        return word if word in self.stem_keep else stem(word)

    def groups(self, words: tuple[str, ...]) -> frozenset[int]:
        """Synonym groups of a phrase of lemmas."""
        return self.synonyms.get(words, frozenset())


@lru_cache(maxsize=4)
def load(language: str = "en") -> Lexicon:
    """The lexicon of a language; English is the one there is."""
    words = _read(language, "words")
    numbers, dates, hints = _read(language, "numbers"), _read(language, "dates"), _read(language, "hints")
    irregular = dict(words["irregular"])
    keep = frozenset(words["stem_keep"])

    def lemma(word: str) -> str:
        word = irregular.get(word, word)
        return word if word in keep else stem(word)

    synonyms: dict[tuple[str, ...], set[int]] = {}
    for number, group in enumerate(_read(language, "synonyms")):
        for phrase in group:
            synonyms.setdefault(tuple(lemma(word) for word in phrase.split()), set()).add(number)
    abbreviations = {
        short: tuple(str(full).split()) for short, full in _read(language, "abbreviations").items()
    }
    business = _read(language, "business")
    return Lexicon(
        fillers=frozenset(words["fillers"]) | frozenset(words["articles"]),
        articles=frozenset(words["articles"]),
        greetings=frozenset(words["greetings"]),
        irregular=irregular,
        stem_keep=keep,
        abbreviations=abbreviations,
        synonyms={phrase: frozenset(groups) for phrase, groups in synonyms.items()},
        cues=_cues(_read(language, "cues")),
        adjectives=_adjectives(_read(language, "adjectives")),
        numbers=NumberWords(
            units=_integers(numbers["units"]),
            tens=_integers(numbers["tens"]),
            scales=_integers(numbers["scales"]),
            ordinals=_integers(numbers["ordinals"]),
            multiples=_integers(numbers["multiples"]),
            computed=frozenset(numbers["computed"]),
        ),
        dates=DateWords(
            months=_integers(dates["months"]),
            ambiguous_months=frozenset(dates["ambiguous_months"]),
            weekdays=_integers(dates["weekdays"]),
            grains=dates["grains"],
            quarters=_integers(dates["quarters"]),
            last=frozenset(dates["last"]),
            this=frozenset(dates["this"]),
            next=frozenset(dates["next"]),
            days=_integers(dates["days"]),
        ),
        hints={key: tuple(value) for key, value in hints.items() if isinstance(value, list)},
        genders={key: tuple(value) for key, value in hints["genders"].items()},
        flags={str(key).lower(): tuple(value) for key, value in hints["flags"].items()},
        other_names=_other_names(_read(language, "demonyms"), _read(language, "places")),
        business={name: frozenset(found) for name, found in business.items() if isinstance(found, list)},
        units={
            word: (kind, float(size))
            for kind, sizes in business["measured"].items()
            for word, size in sizes.items()
        },
        opposites={word: tuple(found) for word, found in business["opposites"].items()},
        vocabulary=frozenset(_vocabulary(language, abbreviations)),
    )


def _read(language: str, name: str) -> Any:
    text = resources.files(__package__).joinpath(language, f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=_TextLoader)


def _integers(table: Mapping[str, str]) -> dict[str, int]:
    return {word: int(value) for word, value in table.items()}


def _cues(marks: Mapping[str, list[str]]) -> dict[tuple[str, ...], str]:
    return {tuple(phrase.lower().split()): mark for mark, phrases in marks.items() for phrase in phrases}


def _adjectives(entries: list[dict[str, Any]]) -> dict[tuple[str, ...], tuple[Gradable, ...]]:
    found: dict[tuple[str, ...], list[Gradable]] = {}
    degrees: tuple[Degree, ...] = ("more", "most", "less", "least")
    for entry in entries:
        for degree in degrees:
            for word in entry.get(degree, ()):
                found.setdefault(tuple(word.split()), []).append(
                    Gradable(
                        word=word,
                        degree=degree,
                        of=tuple(entry["of"]),
                        flip=tuple(entry.get("flip", ())),
                        temporal=entry.get("temporal") == "true",
                        count=entry.get("count") == "true",
                    )
                )
    return {phrase: tuple(meanings) for phrase, meanings in found.items()}


def _other_names(*sources: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    names: dict[str, set[str]] = {}
    for source in sources:
        for word, meant in source.items():
            for name in meant if isinstance(meant, list) else [meant]:
                names.setdefault(word, set()).add(name)
                if not isinstance(meant, list):
                    names.setdefault(name, set()).add(word)
    return {word: tuple(sorted(found)) for word, found in names.items()}


def _vocabulary(language: str, abbreviations: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    yield from abbreviations
    for full in abbreviations.values():
        yield from full
    for group in _read(language, "synonyms"):
        for phrase in group:
            yield from (word for word in phrase.split() if word.isalpha())
    hints = _read(language, "hints")
    for key in ("names", "measures", "dates"):
        yield from (word for phrase in hints[key] for word in phrase.split())
    yield from _read(language, "words")["vocabulary"]
