"""Words of a question → tables, columns, stored values, numbers and dates: a lattice with scores and reasons."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Literal

from knowledge.base import ColumnKey, ColumnKind, SourceKnowledge, ValueMatch
from knowledge.lexicon import Lexicon, load
from knowledge.question_words import DateSpan, NumberSpan, Token, find_dates, find_numbers, tokenise
from knowledge.schema_names import NameHit, SchemaNames
from knowledge.text import fold

MentionKind = Literal["table", "column", "value", "number", "date"]
_LONGEST_VALUE = 7
_KEPT_VALUES = 8
_INDEXED_SOURCES = 64


@dataclass(frozen=True, slots=True)
class Mention:
    """One meaning that a stretch of the question may have."""

    first: int
    last: int
    """Tokens `first`…`last`, exclusive."""
    kind: MentionKind
    score: float
    """0…1."""
    how: str
    """How the words match: exact, synonym, part, typo, …"""
    table: str = ""
    column: str = ""
    value: str = ""
    """As stored, for a value."""
    number: NumberSpan | None = None
    period: DateSpan | None = None


@dataclass(frozen=True)
class Lattice:
    """A question with everything its words may mean. Mentions overlap; choosing among them is the reader's work."""

    question: str
    tokens: tuple[Token, ...]
    mentions: tuple[Mention, ...]

    def text(self, first: int, last: int) -> str:
        """The question's own characters for tokens `first`…`last`."""
        return self.question[self.tokens[first].start : self.tokens[last - 1].end] if last > first else ""

    def of(self, *kinds: MentionKind) -> Iterator[Mention]:
        return (mention for mention in self.mentions if mention.kind in kinds)


class Linker:
    """Links questions to one source. Building it costs milliseconds, so `linker_for` keeps it."""

    def __init__(self, knowledge: SourceKnowledge, lexicon: Lexicon | None = None) -> None:
        self.knowledge = knowledge
        self.lexicon = lexicon or load()
        self.names = SchemaNames(knowledge, self.lexicon)
        self._views = frozenset(table.full_name for table in knowledge.schema.tables if table.is_view)
        self._genders = _gender_columns(knowledge, self.names)

    def link(self, question: str, today: date) -> Lattice:
        tokens = tokenise(question, self.lexicon)
        mentions = [self._name(hit) for hit in self.names.find(tokens)]
        mentions.extend(self._values(question, tokens))
        for number in find_numbers(tokens, self.lexicon):
            mentions.append(Mention(number.first, number.last, "number", 1.0, "exact", number=number))
        for period in find_dates(tokens, today, self.lexicon):
            how = "relative" if period.relative else "exact"
            mentions.append(Mention(period.first, period.last, "date", 1.0, how, period=period))
        mentions.sort(key=lambda m: (m.first, m.last, m.kind, -m.score, m.table, m.column, m.value))
        return Lattice(question, tuple(tokens), tuple(mentions))

    def _name(self, hit: NameHit) -> Mention:
        kind: MentionKind = "column" if hit.column else "table"
        return Mention(hit.first, hit.last, kind, hit.score, hit.how, hit.table, hit.column)

    def _values(self, question: str, tokens: Sequence[Token]) -> Iterator[Mention]:
        find = self.knowledge.values.find
        for first, last in self._spans(tokens):
            quoted = last - first == 1 and tokens[first].kind == "quoted"
            phrase = tokens[first].text if quoted else question[tokens[first].start : tokens[last - 1].end]
            matches = list(
                find(phrase, _KEPT_VALUES * 2, fuzzy=quoted or self._name_like(tokens, first, last))
            )
            if last - first == 1 and not quoted and tokens[first].lemma != tokens[first].lower:
                matches.extend(find(tokens[first].lemma, 4, fuzzy=False))
            yield from self._kept(first, last, phrase, matches)
            yield from self._aliases(first, last, fold(phrase))

    def _spans(self, tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
        """Stretches that may be a stored value: no sentence marks within, no bare function word at either end."""
        fillers = self.lexicon.fillers

        def loose(token: Token) -> bool:
            return token.lower in fillers and not (token.capitalised and token.start)

        for first, token in enumerate(tokens):
            if token.kind == "quoted":
                yield first, first + 1
                continue
            if token.kind not in ("word", "number", "moment") or loose(token):
                continue
            for last in range(first + 1, min(first + _LONGEST_VALUE, len(tokens)) + 1):
                end = tokens[last - 1]
                if end.kind in ("quoted", "sign") or end.lower in ("?", ";"):
                    break
                if (end.kind in ("word", "number", "moment") and not loose(end)) or (
                    end.lower in (".", ")") and last - first > 1
                ):
                    yield first, last

    def _name_like(self, tokens: Sequence[Token], first: int, last: int) -> bool:
        """Whether a stretch looks like a proper name, so that a typing error in it may be forgiven."""
        inner = tokens[first:last]
        return (
            first > 0
            and all(token.capitalised or token.lower in self.lexicon.fillers for token in inner)
            and inner[0].capitalised
            and inner[-1].capitalised
            and sum(len(token.text) for token in inner) >= 4
        )

    def _kept(self, first: int, last: int, phrase: str, matches: Sequence[ValueMatch]) -> Iterator[Mention]:
        views = self._views
        seen: set[tuple[str, str, str]] = set()
        for match in sorted(matches, key=lambda match: match.table in views):
            key = match.table, match.column, match.value
            if key in seen or len(seen) >= _KEPT_VALUES:
                continue
            seen.add(key)
            yield Mention(
                first, last, "value", match.score, match.how, match.table, match.column, match.value
            )

    def _aliases(self, first: int, last: int, folded: str) -> Iterator[Mention]:
        for other in self.lexicon.other_names.get(folded, ()):
            for match in self.knowledge.values.find(other, _KEPT_VALUES, fuzzy=False):
                if match.how in ("exact", "case"):
                    yield Mention(first, last, "value", 0.85, "alias", match.table, match.column, match.value)
        for gender, forms in self.lexicon.genders.items():
            if folded in forms and len(folded) > 1:
                for (table, column), stored in self._genders:
                    wanted = next(
                        (text for text in stored if fold(text) in self.lexicon.genders[gender]), None
                    )
                    if wanted is not None and fold(wanted) != folded:
                        yield Mention(first, last, "value", 0.85, "alias", table, column, wanted)


def _gender_columns(
    knowledge: SourceKnowledge, names: SchemaNames
) -> list[tuple[ColumnKey, tuple[str, ...]]]:
    """Columns that hold a person's gender, with the texts they hold it in."""
    found = []
    for key, profile in knowledge.profiles.items():
        if {"gender", "sex"} & set(names.lemmas(key[1])) and profile.kind is not ColumnKind.id:
            found.append((key, tuple(str(value) for value, _ in profile.top_values if value is not None)))
    return found


_Parts = tuple[int, ...]
_linkers: OrderedDict[_Parts, Linker] = OrderedDict()
_lock = Lock()


def linker_for(knowledge: SourceKnowledge) -> Linker:
    """The linker of what `knowledge` holds of schema, values and words; the most recently used ones are kept.

    The parts are compared by identity: a copy of the knowledge with the same parts shares the linker.
    """
    parts = (
        knowledge.schema,
        knowledge.values,
        knowledge.joins,
        knowledge.profiles,
        knowledge.glossary,
        knowledge.descriptions,
    )
    key = tuple(id(part) for part in parts)
    with _lock:
        linker = _linkers.get(key)
        if linker is not None:
            _linkers.move_to_end(key)
            return linker
    built = Linker(knowledge)
    with _lock:
        _linkers[key] = built
        while len(_linkers) > _INDEXED_SOURCES:
            _linkers.popitem(last=False)
    return built


def link(question: str, knowledge: SourceKnowledge, today: date) -> Lattice:
    """Everything the words of a question may mean in one source."""
    return linker_for(knowledge).link(question, today)
