"""Names of tables and columns, indexed by the words people may use for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA, Prefix

from connectors.base import Table
from knowledge.base import ColumnKind, SourceKnowledge
from knowledge.lexicon import Lexicon
from knowledge.name_splitting import NameSplitter
from knowledge.question_words import Token
from knowledge.text import split_identifier

_GENERIC = frozenset([
    "ref", "data", "sample", "raw", "stg", "staging", "tbl", "tb", "dim", "fact", "vw", "view", "table", "tab", "master",
    "mst", "mstr", "t", "the", "of", "a", "and", "s", "in", "is", "on", "at", "has", "was", "by",
])  # fmt: skip
_LINKERS = frozenset([
    "of", "the", "'s", "'", "a", "an", "for", "in", "on", "by", "to", "their", "its", "his", "her", "each", "every", "all",
])  # fmt: skip
_VERBAL = frozenset({"at", "on", "by", "in"})
"""Last words of names that belong to the verb before them."""
_MOST_POSTINGS = 400
_MOST_GAP = 3
_ENDINGS = frozenset({"al", "er", "or", "ing", "ment", "ed", "ion"})
"""What a short word may differ by from another of the same root: rent, rental."""
_JOINED, _DERIVED, _SYNONYM, _TYPO = 0.97, 0.72, 0.8, 0.75
"""How much a match is worth that is not the very word."""


@dataclass(frozen=True, slots=True)
class NameHit:
    """Tokens `first`…`last` (exclusive) that may name a table (`column` empty) or a column."""

    first: int
    last: int
    table: str
    column: str
    score: float
    """0…1: the share of the name that was said, times how well."""
    how: str
    """exact, synonym, joined, derived, typo, part or alias."""


@dataclass(frozen=True, slots=True)
class _Name:
    table: str
    column: str
    lemmas: tuple[str, ...]
    weights: tuple[float, ...]
    worth: float
    alias: bool = False
    verb: str = ""
    """The word before a last "at", "on" or "by", as the name spells it: "ordered at" says ordered_at, "orders at" does not."""


@dataclass(frozen=True, slots=True)
class _Posting:
    name: int
    first: int
    last: int
    quality: float
    how: str


class SchemaNames:
    """Look-up of schema names for the tokens of a question, built once per source."""

    def __init__(self, knowledge: SourceKnowledge, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._names: list[_Name] = []
        self._postings: defaultdict[str, list[_Posting]] = defaultdict(list)
        self._lemmas: set[str] = set()
        self._spelled: set[str] = set()
        self._split = NameSplitter(knowledge, lexicon)
        for table in knowledge.schema.tables:
            own = frozenset(self._lemmas_of(table.name))
            self._add_name(table.full_name, "", table.name, frozenset())
            common = _common_prefix([self._lemmas_of(column.name) for column in table.columns])
            for column in table.columns:
                self._add_name(table.full_name, column.name, column.name, own | common)
            self._add_roles(knowledge, table)
        for target, text in knowledge.descriptions.items():
            self._add_alias(knowledge, target, text, 0.9)
        for term in knowledge.glossary:
            for target in term.targets:
                for text in (term.term, *term.synonyms):
                    self._add_alias(knowledge, target, text, 1.0)
        by_stem: defaultdict[str, list[str]] = defaultdict(list)
        for lemma in sorted(self._lemmas):
            by_stem[lemma[:4]].append(lemma)
        self._by_stem = dict(by_stem)
        self._near = lru_cache(maxsize=4096)(self._near_lemmas)

    def lemmas(self, name: str) -> tuple[str, ...]:
        """The comparable words of an identifier, abbreviations written out."""
        return tuple(self._lemmas_of(name))

    def words(self, name: str) -> tuple[str, ...]:
        """The words of an identifier as people read them: without the letter that stands for its table."""
        words = self._split.words(name)
        short = len(words) > 1 and len(words[0]) == 1
        return tuple(words[1:] if short else words)

    def knows(self, lemma: str) -> bool:
        """Whether some name has this very word."""
        return lemma in self._lemmas

    def knows_exactly(self, word: str) -> bool:
        """Whether a name spells this very form of the word."""
        return word in self._spelled

    def find(self, tokens: Sequence[Token]) -> list[NameHit]:
        """Every stretch of the question that may name a table or a column."""
        by_name: defaultdict[int, list[tuple[int, int, _Posting]]] = defaultdict(list)
        for first, last, key, factor in self._keys(tokens):
            for posting in self._postings.get(key, ())[:_MOST_POSTINGS]:
                if factor != 1.0:
                    how = "typo" if factor == _TYPO else "derived"
                    posting = _Posting(
                        posting.name, posting.first, posting.last, posting.quality * factor, how
                    )
                by_name[posting.name].append((first, last, posting))
        best: dict[tuple[int, int, str, str], NameHit] = {}
        for number, hits in by_name.items():
            name = self._names[number]
            for first, last, score, how in _combine(name, hits, tokens):
                key_ = first, last, name.table, name.column
                if score >= 0.3 and (key_ not in best or best[key_].score < score):
                    best[key_] = NameHit(first, last, name.table, name.column, round(score, 4), how)
        return sorted(best.values(), key=lambda hit: (hit.first, hit.last, -hit.score, hit.table, hit.column))

    def _keys(self, tokens: Sequence[Token]) -> Iterator[tuple[int, int, str, float]]:
        lexicon = self._lexicon
        for first, token in enumerate(tokens):
            if token.kind not in ("word", "number"):
                continue
            lemmas: list[str] = []
            joined = ""
            for last in range(first + 1, min(first + 4, len(tokens)) + 1):
                current = tokens[last - 1]
                if current.kind not in ("word", "number"):
                    break
                lemmas.append(current.lemma)
                for group in sorted(lexicon.groups(tuple(lemmas))):
                    yield first, last, f"g:{group}", 1.0
                joined += current.lower
                if len(joined) > 2:
                    yield first, last, f"j:{joined}", 1.0
                    if joined.endswith("s"):
                        yield first, last, f"j:{joined[:-1]}", 1.0
            yield first, first + 1, f"w:{token.lemma}", 1.0
            if (
                token.kind == "word"
                and token.lemma not in self._lemmas
                and token.lower not in lexicon.fillers
            ):
                for lemma, factor in self._near(token.lemma):
                    yield first, first + 1, f"w:{lemma}", factor
            elif token.kind == "word" and len(token.lemma) > 4 and token.lower not in lexicon.fillers:
                for lemma, factor in self._near(token.lemma):
                    if factor == _DERIVED:
                        yield first, first + 1, f"w:{lemma}", factor

    def _near_lemmas(self, lemma: str) -> tuple[tuple[str, float], ...]:
        """Words of the schema that share a root with `lemma`, or differ by a typing error."""
        found: dict[str, float] = {}
        for other in self._by_stem.get(lemma[:4], ()):
            if other == lemma or min(len(other), len(lemma)) < 4:
                continue
            shared = Prefix.similarity(lemma, other)
            short, long = sorted((lemma, other), key=len)
            rooted = shared == len(short) and (shared >= 5 or long[shared:] in _ENDINGS)
            if rooted or (shared >= 5 and shared >= 0.65 * len(long)):
                found[other] = _DERIVED
        if not found and len(lemma) >= 5:
            for other in self._lemmas:
                if other[0] == lemma[0] and OSA.distance(lemma, other, score_cutoff=1) == 1:
                    found[other] = _TYPO
        return tuple(sorted(found.items()))

    def _add_roles(self, knowledge: SourceKnowledge, table: Table) -> None:
        """A key is "the id" and a title is "the name" of a row, whatever they are called."""
        if len(table.primary_key) == 1 and "id" not in self._lemmas_of(table.primary_key[0]):
            for lemmas in (("id",), (*self._lemmas_of(table.name), "id")):
                self._post(table.full_name, table.primary_key[0], lemmas, frozenset(), 0.8, alias=True)
        named = [
            column.name
            for column in table.columns
            if (profile := knowledge.profiles.get((table.full_name, column.name))) is not None
            and profile.kind is ColumnKind.name
        ]
        if len(named) == 1 and "name" not in self._lemmas_of(named[0]):
            self._post(table.full_name, named[0], ("name",), frozenset(), 0.8, alias=True)

    def _add_alias(self, knowledge: SourceKnowledge, target: str, text: str, worth: float) -> None:
        if len(text.split()) > 5:
            return
        table = knowledge.schema.table(target)
        column = ""
        if table is None and "." in target:
            owner, _, column = target.rpartition(".")
            table = knowledge.schema.table(owner)
        if table is not None and (not column or table.column(column) is not None):
            lemmas = tuple(self._lexicon.lemma(word) for word in split_identifier(text))
            self._post(table.full_name, column, lemmas, frozenset(), worth, alias=True)

    def _add_name(self, table: str, column: str, name: str, light: frozenset[str]) -> None:
        words = self._split.words(name)
        self._spelled.update(words)
        plain = tuple(self._lexicon.lemma(word) for word in words)
        spelled = tuple(self._lemmas_of(name))
        self._post(table, column, spelled, light, 1.0)
        if plain != spelled:
            self._post(table, column, plain, light, 1.0)

    def _verb(self, name: str) -> str:
        """The verb that a last word such as "at" belongs to; empty where there is none."""
        words = self._split.words(name) if name else ()
        return words[-2] if len(words) > 1 and words[-1] in _VERBAL else ""

    def _lemmas_of(self, name: str) -> list[str]:
        """Lemmas of a name's words, abbreviations written out."""
        lemmas: list[str] = []
        for word in self._split.words(name):
            for full in self._lexicon.abbreviations.get(word, (word,)):
                lemmas.append(self._lexicon.lemma(full))
        return lemmas

    def _post(
        self,
        table: str,
        column: str,
        lemmas: tuple[str, ...],
        light: frozenset[str],
        worth: float,
        alias: bool = False,
    ) -> None:
        if not lemmas:
            return
        heavy = [lemma for lemma in lemmas if lemma not in light and lemma not in _GENERIC and len(lemma) > 1]
        weights = tuple(
            0.05
            if (lemma in _GENERIC or len(lemma) == 1) and heavy
            else 0.3
            if lemma in light and heavy
            else 1.0
            for lemma in lemmas
        )
        number = len(self._names)
        verb = "" if alias else self._verb(column)
        self._names.append(_Name(table, column, lemmas, weights, worth, alias, verb))
        self._lemmas.update(lemmas)
        for position, lemma in enumerate(lemmas):
            self._postings[f"w:{lemma}"].append(_Posting(number, position, position + 1, 1.0, "exact"))
        for first in range(len(lemmas)):
            for last in range(first + 1, min(first + 3, len(lemmas)) + 1):
                for group in sorted(self._lexicon.groups(lemmas[first:last])):
                    self._postings[f"g:{group}"].append(_Posting(number, first, last, _SYNONYM, "synonym"))
        joined = "".join(split_identifier(column or table.rpartition(".")[2]))
        self._postings[f"j:{joined}"].append(_Posting(number, 0, len(lemmas), _JOINED, "joined"))


def _common_prefix(names: Iterable[Sequence[str]]) -> frozenset[str]:
    """The first word of most columns of a table: it says nothing about any one of them."""
    several = [name for name in names if len(name) > 1]
    firsts = [name[0] for name in several]
    if len(firsts) < 3:
        return frozenset()
    return frozenset(word for word in firsts if firsts.count(word) >= max(3, 0.6 * len(firsts)))


def _combine(
    name: _Name, hits: Sequence[tuple[int, int, _Posting]], tokens: Sequence[Token]
) -> Iterator[tuple[int, int, float, str]]:
    """Stretches that say the name, in part or whole: single hits, and runs of hits with only linking words between."""
    total = sum(name.weights)
    unique: dict[tuple[int, int, int, int], _Posting] = {}
    for first, last, posting in hits:
        key = first, last, posting.first, posting.last
        if key not in unique or unique[key].quality < posting.quality:
            unique[key] = posting
    ordered = sorted(unique.items())[:24]

    def worth(posting: _Posting) -> float:
        return posting.quality * sum(name.weights[posting.first : posting.last])

    def extend(
        at: int, last: int, used: frozenset[int], value: float, how: str
    ) -> Iterator[tuple[int, float, str, float]]:
        yield last, value, how, len(used)
        for after in range(at + 1, len(ordered)):
            (first, end, low, high), posting = ordered[after]
            gap = first - last
            if gap > _MOST_GAP:
                break
            if gap < 0 or not used.isdisjoint(range(low, high)):
                continue
            if any(tokens[position].lower not in _LINKERS for position in range(last, first)):
                continue
            if name.verb and tokens[first].lower in _VERBAL and tokens[last - 1].lower != name.verb:
                continue
            discount = 1.0 if low == max(used) + 1 and not gap else 0.98 if not gap else 0.95
            worse = how if posting.how == "exact" else posting.how
            yield from extend(
                after, end, used | frozenset(range(low, high)), (value + worth(posting)) * discount, worse
            )

    for at, ((first, last, low, high), posting) in enumerate(ordered):
        if name.verb and last - first == 1 and tokens[first].lower in _VERBAL:
            continue
        for end, value, how, _ in extend(at, last, frozenset(range(low, high)), worth(posting), posting.how):
            score = name.worth * value / total
            label = "alias" if name.alias else how if score > 0.85 or how != "exact" else "part"
            yield first, end, score, label
