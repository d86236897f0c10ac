"""Which table or column a chunk means, given what else the question names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from agents.reasoners.embedded.chunks import Chunk, Segmentation
from agents.reasoners.embedded.draft import Col
from connectors.base import Table, TypeFamily
from knowledge.base import ColumnKind, ColumnProfile
from knowledge.linking import Linker, Mention

_BELONGING = frozenset({"of", "for", "from", "in", "across", "among"})
_SMALL = frozenset(
    [
        "the",
        "a",
        "an",
        "all",
        "any",
        "their",
        "its",
        "each",
        "every",
        "these",
        "those",
        ",",
        "and",
        "&",
        "both",
        "either",
        "different",
        "distinct",
        "unique",
    ]
)
_TRANSPARENT = frozenset(
    {"ALL", "ANY", "EACH", "DISTINCT", "AND", "AVG", "SUM", "MAX", "MIN", "COUNT", "BOTH"}
)


class Resolver:
    """Scores the meanings of every chunk of one segmentation; `choices` overrides them one by one."""

    def __init__(
        self,
        segmentation: Segmentation,
        linker: Linker,
        choices: dict[int, int] | None = None,
        context: Sequence[str] = (),
    ) -> None:
        self.linker = linker
        self.knowledge = linker.knowledge
        self._chunks = segmentation.chunks
        self._choices = choices or {}
        self._context = frozenset(context)
        self._references = {
            (edge.left_table, name) for edge in self.knowledge.joins.edges for name in edge.left_columns
        }
        self._tables = {table.full_name: table for table in self.knowledge.schema.tables}
        self._families: dict[Col, TypeFamily] = {}
        self._votes = self._count_votes()
        self._anchors = self._find_anchors()
        self.main = ""

    def _count_votes(self) -> dict[str, list[tuple[int, float]]]:
        """Where in the question each table is spoken for, and how strongly."""
        votes: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for position, chunk in enumerate(self._chunks):
            if chunk.kind == "T":
                for mention in chunk.mentions:
                    votes[mention.table].append((position, 0.4 * mention.score**2))
            elif chunk.kind in ("C", "V"):
                tables = {mention.table for mention in chunk.mentions if mention.score >= 0.75}
                for table in tables:
                    votes[table].append((position, 0.12 / len(tables)))
        return votes

    def _find_anchors(self) -> dict[int, frozenset[str]]:
        """The tables that a column is said to belong to: "name and age of the singer", "the singer's name"."""
        anchors: dict[int, frozenset[str]] = {}
        after: frozenset[str] = frozenset()
        linked = False
        for position in range(len(self._chunks) - 1, -1, -1):
            chunk = self._chunks[position]
            if chunk.kind == "T":
                after, linked = frozenset(m.table for m in chunk.mentions if m.score >= 0.7), False
            elif chunk.kind == "C":
                before = self._chunks[position - 1] if position else None
                if before is not None and before.text in ("'s", "'", "’s") and position > 1:
                    before = self._chunks[position - 2]
                if after and linked:
                    anchors[position] = after
                elif before is not None and before.kind == "T":
                    anchors[position] = frozenset(m.table for m in before.mentions if m.score >= 0.7)
                    after = frozenset()
                elif not linked and not self._enumerates(position):
                    after = frozenset()
            elif chunk.text.lower() in _BELONGING:
                linked = True
            elif chunk.kind not in _TRANSPARENT and chunk.text.lower() not in _SMALL:
                after, linked = frozenset(), False
        return anchors

    def _enumerates(self, position: int) -> bool:
        return position + 1 < len(self._chunks) and self._chunks[position + 1].text in (",", "and", "&")

    def support(self, table: str, position: int) -> float:
        """How much the rest of the question speaks for a table at a position; nearby mentions count more."""
        total = 0.0
        for where, strength in self._votes.get(table, ()):
            if where != position:
                total = max(total, 0.0) + strength / (1 + 0.15 * abs(where - position))
        return min(total + (0.25 if table in self._context else 0.0), 0.6)

    def ranked(self, chunk: Chunk, position: int, numeric: bool = False) -> list[tuple[float, Mention]]:
        """The meanings of a chunk, best first."""
        scored = []
        for mention in chunk.mentions:
            context = self.support(mention.table, position)
            if mention.column and mention.table in self._anchors.get(position, ()) and mention.score >= 0.85:
                context += 0.35
            if self.main and mention.table == self.main:
                context += 0.1
            score = mention.score + context * mention.score**2 - self._doubts(chunk, mention, numeric)
            scored.append((round(score, 6), mention))
        scored.sort(key=lambda item: (-item[0], item[1].table, item[1].column, item[1].value))
        return scored

    def _doubts(self, chunk: Chunk, mention: Mention, numeric: bool) -> float:
        """What speaks against a meaning: views repeat other tables, references stand for other things, texts are no numbers."""
        if not mention.column:
            return 0.0
        doubt = 0.12 if self._is_view(mention.table) else 0.0
        if numeric and not self.is_number(mention.table, mention.column):
            doubt += 0.5
        profile = self.profile(mention.table, mention.column)
        if (
            chunk.kind == "C"
            and profile is not None
            and profile.kind is ColumnKind.id
            and self.refers(Col(mention.table, mention.column))
        ):
            doubt += 0.15
        return doubt

    def least_gap(self) -> float:
        """By how much the closest call among the meanings of one chunk was won; 1 when nothing was close.

        A main table that was only guessed from a column does not decide here.
        """
        least, main = 1.0, self.main
        if not any(chunk.kind == "T" for chunk in self._chunks):
            self.main = ""
        for position, chunk in enumerate(self._chunks):
            if chunk.kind in ("C", "V") and len(chunk.mentions) > 1:
                ranked = self.ranked(chunk, position)
                least = min(least, ranked[0][0] - ranked[1][0])
        self.main = main
        return least

    def best(self, chunk: Chunk, position: int, numeric: bool = False) -> Mention:
        ranked = self.ranked(chunk, position, numeric)
        return ranked[min(self._choices.get(position, 0), len(ranked) - 1)][1]

    def table(self, chunk: Chunk, position: int) -> str:
        return self.best(chunk, position).table

    def column(self, chunk: Chunk, position: int, numeric: bool = False) -> Col:
        mention = self.best(chunk, position, numeric)
        return Col(mention.table, mention.column)

    def profile(self, table: str, column: str) -> ColumnProfile | None:
        return self.knowledge.profiles.get((table, column))

    def family(self, column: Col) -> TypeFamily:
        if column not in self._families:
            table = self._table(column.table)
            found = table.column(column.name) if table is not None else None
            self._families[column] = found.family if found is not None else TypeFamily.other
        return self._families[column]

    def _table(self, name: str) -> Table | None:
        return self._tables.get(name) or self.knowledge.schema.table(name)

    def is_number(self, table: str, column: str) -> bool:
        profile = self.profile(table, column)
        if self.family(Col(table, column)).is_number:
            return True
        return (
            profile is not None and isinstance(profile.min, int | float) and not isinstance(profile.min, bool)
        )

    def is_measured(self, column: Col) -> bool:
        """Whether its values may be added up: numbers that are neither dates nor keys."""
        profile = self.profile(column.table, column.name)
        identifies = profile is not None and profile.kind is ColumnKind.id
        return (
            self.is_number(column.table, column.name)
            and not identifies
            and not self.family(column).is_temporal
        )

    def _is_view(self, table: str) -> bool:
        found = self._table(table)
        return found is not None and found.is_view

    def refers(self, column: Col) -> bool:
        """Whether a column refers to another table."""
        return (column.table, column.name) in self._references

    def columns(self, table: str) -> Sequence[str]:
        found = self._table(table)
        return [column.name for column in found.columns] if found is not None else []

    def hinted(self, words: Sequence[str], tables: Sequence[str], numeric: bool = False) -> Iterator[Col]:
        """Columns of `tables` whose name has one of the words; earlier words and tables first."""
        for table in tables:
            for word in words:
                lemma = self.linker.lexicon.lemma(word)
                for column in self.columns(table):
                    if lemma in self.linker.names.lemmas(column) and (
                        not numeric or self.is_number(table, column)
                    ):
                        yield Col(table, column)

    def names(self, table: str) -> tuple[Col, ...]:
        """What people call a row of the table by: its name, or its first and last name."""
        first = next((c for c in self.hinted(("first",), [table]) if self._is_name_part(c)), None)
        last = next((c for c in self.hinted(("last",), [table]) if self._is_name_part(c)), None)
        if first is not None and last is not None:
            return first, last
        name = self.name(table)
        return (name,) if name is not None else ()

    def _is_name_part(self, column: Col) -> bool:
        return "name" in self.linker.names.lemmas(column.name)

    def key(self, table: str) -> Col | None:
        """The column that identifies a table's rows."""
        found = self._table(table)
        if found is None:
            return None
        if found.primary_key:
            return Col(table, found.primary_key[0])
        for column in found.columns:
            if column.name.lower() in ("id", f"{found.name.lower()}_id"):
                return Col(table, column.name)
        return None

    def name(self, table: str) -> Col | None:
        """The column that people would call a row of the table by."""
        named = [
            Col(table, column)
            for column in self.columns(table)
            if (profile := self.profile(table, column)) is not None and profile.kind is ColumnKind.name
        ]
        hinted = next(self.hinted(("name", "title"), [table]), None)
        return hinted or (named[0] if named else None)
