"""Literals seen in text-like columns, found by what people type for them."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Literal

from rapidfuzz import fuzz, process

from knowledge.base import ColumnKey, ValueMatch
from knowledge.fuzzy import FuzzyKeys
from knowledge.text import FUNCTION_WORDS, fold, stems

MAX_PER_COLUMN = 4_000
MAX_VALUES = 200_000
MAX_LENGTH = 120
"""A longer text is prose, not a value that somebody names."""

_PER_COLUMN_IN_ANSWER = 4
_MOST_CANDIDATES = 256
_LONGEST_PHRASE = 200

How = Literal["exact", "case", "stem", "part", "fuzzy", "alias"]
_SCORES: Mapping[How, float] = {"exact": 1.0, "alias": 0.97, "case": 0.98, "stem": 0.92}


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """Distinct texts of one column with the rows each was seen in, most frequent first."""

    table: str
    column: str
    values: tuple[tuple[str, int], ...]
    complete: bool = True
    """Every distinct value of the column is here."""


@dataclass(frozen=True, slots=True)
class ValueAlias:
    """Another word for a stored value, learned or given by a person."""

    phrase: str
    table: str
    column: str
    value: str


class StoredValueIndex:
    """A `ValueIndex` held in memory: exact, folded, stemmed, part-of-value and fuzzy look-up.

    Look-ups cost some tens of microseconds whatever the number of values. `restricted` gives a view
    that knows only the columns a reader may see, at no copy.
    """

    def __init__(self, columns: Iterable[ColumnValues], aliases: Iterable[ValueAlias] = ()) -> None:
        self._stored = _Stored(columns, aliases)
        self._allowed: frozenset[int] | None = None

    def find(self, phrase: str, limit: int = 12, *, fuzzy: bool = True) -> Sequence[ValueMatch]:
        """Values that match the whole phrase, best first; typing errors are forgiven only when nothing else fits."""
        if len(phrase) > _LONGEST_PHRASE:
            return []
        stored, folded, words = self._stored, fold(phrase), stems(phrase)
        found: dict[int, tuple[How, float]] = {}
        for number in self._seen(stored.aliases.get(folded, ())):
            found[number] = "alias", _SCORES["alias"]
        for number in self._seen(stored.folded.get(folded, ())):
            found[number] = stored.likeness(number, phrase)
        if words and FUNCTION_WORDS.issuperset(words):
            # "in" names no value, but "IN" may be Indiana.
            named = {n: match for n, match in found.items() if match[0] == "exact" and phrase != folded}
            return self._best(named, limit)
        for number in self._seen(stored.stemmed.get(" ".join(words), ())):
            found.setdefault(number, ("stem", _SCORES["stem"]))
        for number, score in self._parts(words):
            found.setdefault(number, ("part", score))
        if not found and fuzzy:
            found = {number: ("fuzzy", score) for number, score in self._fuzzy(folded, words)}
        return self._best(found, limit)

    def nearest(self, table: str, column: str, value: str, limit: int = 3) -> Sequence[ValueMatch]:
        """Stored values of one column closest to `value`, best first; empty when nothing resembles it."""
        number = self._stored.column_numbers.get((table.lower(), column.lower()))
        if number is None or not self._sees(number):
            return []
        start, end = self._stored.spans[number]
        choices = [fold(text) for text in self._stored.texts[start:end]]
        close = process.extract(fold(value), choices, scorer=fuzz.WRatio, limit=limit * 3, score_cutoff=50)
        found: dict[int, tuple[How, float]] = {}
        for text, score, offset in close:
            same = text == fold(value)
            found[start + offset] = (
                self._stored.likeness(start + offset, value) if same else ("fuzzy", score / 100 * 0.9)
            )
        return self._best(found, limit, per_column=limit)

    def restricted(self, may_read: Callable[[str, str], bool]) -> StoredValueIndex:
        """The same values without the columns that `may_read(table, column)` denies."""
        view = object.__new__(StoredValueIndex)
        view._stored = self._stored
        view._allowed = frozenset(
            number
            for number, (table, column) in enumerate(self._stored.columns)
            if self._sees(number) and may_read(table, column)
        )
        return view

    @property
    def columns(self) -> Sequence[ColumnKey]:
        """The columns that have values here."""
        return [key for number, key in enumerate(self._stored.columns) if self._sees(number)]

    def values_of(self, table: str, column: str) -> ColumnValues | None:
        """All that is kept of one column."""
        number = self._stored.column_numbers.get((table.lower(), column.lower()))
        return None if number is None or not self._sees(number) else self._stored.column(number)

    def __len__(self) -> int:
        spans = self._stored.spans
        return sum(end - start for number, (start, end) in enumerate(spans) if self._sees(number))

    def to_plain(self) -> list[dict[str, Any]]:
        """JSON-ready data that `from_plain` takes back. Aliases are not part of it."""
        return [
            {
                "table": kept.table,
                "column": kept.column,
                "complete": kept.complete,
                "values": [list(pair) for pair in kept.values],
            }
            for number in range(len(self._stored.columns))
            if self._sees(number)
            for kept in (self._stored.column(number),)
        ]

    @classmethod
    def from_plain(
        cls, plain: Iterable[Mapping[str, Any]], aliases: Iterable[ValueAlias] = ()
    ) -> StoredValueIndex:
        return cls(
            (
                ColumnValues(
                    item["table"],
                    item["column"],
                    tuple((text, rows) for text, rows in item["values"]),
                    item["complete"],
                )
                for item in plain
            ),
            aliases,
        )

    def _sees(self, column: int) -> bool:
        return self._allowed is None or column in self._allowed

    def _seen(self, numbers: Iterable[int]) -> Iterator[int]:
        """The value numbers whose column this view may see, not too many of them."""
        if self._allowed is None:
            return islice(numbers, _MOST_CANDIDATES)
        allowed, column_of = self._allowed, self._stored.column_of
        return islice((number for number in numbers if column_of[number] in allowed), _MOST_CANDIDATES)

    def _parts(self, words: list[str]) -> Iterator[tuple[int, float]]:
        """Values of several words that contain all words of the phrase."""
        telling = [word for word in words if word not in FUNCTION_WORDS]
        postings = [self._stored.tokens.get(word) for word in telling]
        if not telling or None in postings:
            return
        shortest = min((posting for posting in postings if posting is not None), key=len)
        for number in self._seen(shortest):
            value_words = stems(self._stored.texts[number])
            if len(value_words) > len(words) and all(word in value_words for word in telling):
                in_order = " ".join(words) in " ".join(value_words)
                yield number, 0.5 + 0.3 * len(words) / len(value_words) + (0.1 if in_order else 0.0)

    def _fuzzy(self, folded: str, words: list[str]) -> Iterator[tuple[int, float]]:
        """Values, or single words of values, that differ from the phrase by a typing error or two."""
        stored = self._stored
        for key, distance in stored.fuzzy.near(folded):
            score = 0.9 * (1 - distance / len(folded))
            for number in self._seen(stored.folded.get(key, ())):
                yield number, score
        if len(words) == 1:
            for key, distance in stored.fuzzy_words.near(words[0]):
                score = 0.65 * (1 - distance / len(words[0]))
                for number in self._seen(stored.tokens.get(key, ())):
                    yield number, score

    def _best(
        self, found: Mapping[int, tuple[How, float]], limit: int, per_column: int = _PER_COLUMN_IN_ANSWER
    ) -> list[ValueMatch]:
        """At most `limit` matches, and not so many guesses from one column that they hide the others."""
        ranked = sorted(found.items(), key=lambda item: (-item[1][1], *self._stored.order(item[0])))
        guesses: Counter[int] = Counter()
        matches: list[ValueMatch] = []
        for number, (how, score) in ranked:
            column = self._stored.column_of[number]
            if how in ("part", "fuzzy"):
                guesses[column] += 1
                if guesses[column] > per_column:
                    continue
            table, name = self._stored.columns[column]
            matches.append(
                ValueMatch(
                    table=table,
                    column=name,
                    value=self._stored.texts[number],
                    score=round(score, 4),
                    how=how,
                    rows=self._stored.rows[number],
                )
            )
            if len(matches) == limit:
                break
        return matches


class _Stored:
    """The values and their inverted indexes, shared by all views."""

    def __init__(self, columns: Iterable[ColumnValues], aliases: Iterable[ValueAlias]) -> None:
        kept = list(columns)
        cap = _cap(kept)
        self.columns: list[ColumnKey] = []
        self.column_numbers: dict[ColumnKey, int] = {}
        self.spans: list[tuple[int, int]] = []
        self.complete: list[bool] = []
        self.texts: list[str] = []
        self.rows = array("q")
        self.column_of = array("i")
        self.folded: dict[str, Sequence[int]] = {}
        self.stemmed: dict[str, Sequence[int]] = {}
        self.tokens: dict[str, Sequence[int]] = {}
        for column in kept:
            self._add(column, cap)
        self._index()
        self.aliases = self._aliases(aliases)

    def column(self, number: int) -> ColumnValues:
        (table, name), (start, end) = self.columns[number], self.spans[number]
        values = zip(self.texts[start:end], self.rows[start:end], strict=True)
        return ColumnValues(table, name, tuple(values), self.complete[number])

    def likeness(self, number: int, phrase: str) -> tuple[How, float]:
        """How a value that equals the phrase after folding relates to it."""
        if self.texts[number] == phrase:
            return "exact", _SCORES["exact"]
        closer = self.texts[number].strip() == phrase.strip()
        return "case", _SCORES["case"] + (0.01 if closer else 0.0)

    def order(self, number: int) -> tuple[int, ColumnKey, str]:
        """Among equal scores the more frequent value comes first; then names decide, so that order is fixed."""
        return -self.rows[number], self.columns[self.column_of[number]], self.texts[number]

    @cached_property
    def fuzzy(self) -> FuzzyKeys:
        return FuzzyKeys(self.folded)

    @cached_property
    def fuzzy_words(self) -> FuzzyKeys:
        return FuzzyKeys(self.tokens)

    def _add(self, column: ColumnValues, cap: int) -> None:
        start = len(self.texts)
        fitting = [(text, rows) for text, rows in column.values if text.strip() and len(text) <= MAX_LENGTH]
        for text, rows in fitting[:cap]:
            self.texts.append(text)
            self.rows.append(rows)
            self.column_of.append(len(self.columns))
        self.column_numbers[column.table.lower(), column.column.lower()] = len(self.columns)
        self.columns.append((column.table, column.column))
        self.spans.append((start, len(self.texts)))
        self.complete.append(column.complete and len(self.texts) - start == len(column.values))

    def _index(self) -> None:
        folded: defaultdict[str, list[int]] = defaultdict(list)
        stemmed: defaultdict[str, list[int]] = defaultdict(list)
        tokens: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, text in enumerate(self.texts):
            folded[fold(text)].append(number)
            value_words = stems(text)
            if value_words:
                stemmed[" ".join(value_words)].append(number)
            if len(value_words) > 1:
                for word in set(value_words) - FUNCTION_WORDS:
                    tokens[word].append((len(value_words), number))
        self.folded = {key: array("i", numbers) for key, numbers in folded.items()}
        self.stemmed = {key: array("i", numbers) for key, numbers in stemmed.items()}
        self.tokens = {word: array("i", self._posting(pairs)) for word, pairs in tokens.items()}

    def _posting(self, pairs: list[tuple[int, int]]) -> list[int]:
        """Shorter values first; in long lists the columns take turns, since only the first are looked at."""
        numbers = [number for _, number in sorted(pairs)]
        if len(numbers) <= _MOST_CANDIDATES:
            return numbers
        turns: Counter[int] = Counter()
        ranked = []
        for place, number in enumerate(numbers):
            column = self.column_of[number]
            ranked.append((turns[column], place, number))
            turns[column] += 1
        return [number for _, _, number in sorted(ranked)]

    def _aliases(self, aliases: Iterable[ValueAlias]) -> dict[str, list[int]]:
        numbers: defaultdict[str, list[int]] = defaultdict(list)
        for alias in aliases:
            column = self.column_numbers.get((alias.table.lower(), alias.column.lower()))
            for number in self.folded.get(fold(alias.value), ()):
                if self.column_of[number] == column:
                    numbers[fold(alias.phrase)].append(number)
        return dict(numbers)


def _cap(columns: Sequence[ColumnValues]) -> int:
    """The most values each column may keep so that all together stay within `MAX_VALUES`."""
    cap = MAX_PER_COLUMN
    while cap > 50 and sum(min(cap, len(column.values)) for column in columns) > MAX_VALUES:
        cap //= 2
    return cap
