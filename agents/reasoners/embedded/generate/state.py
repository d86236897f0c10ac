"""What the rules work on: a segmentation as a line of tags, consumed piece by piece into the parts of a draft."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agents.reasoners.embedded.chunks import Chunk, Segmentation
from agents.reasoners.embedded.draft import Clause, Col, Condition, Draft, Sort, Term
from agents.reasoners.embedded.resolve import Resolver
from connectors.sql.reading import Literal
from knowledge.linking import Linker

_INDEXED = frozenset({"T", "C", "V", "N", "D", "GT", "LT", "GE", "LE", "EQ", "NE", "MOST", "LEAST"})

MACROS = {
    "<the>": r"(?:(?:the|a|an|all|any|ANY|ALL|their|its|his|her|of|total|SUM) )*",
    "<det>": r"(?:(?:the|a|an|all|any|ANY|ALL|their|its|his|her) )*",
    "<be>": r"(?:(?:is|are|was|were|be|been|being|to|do|does|did|has|have|had|WHOSE|that|who|it|they|of|a|an|the|value|_) )*",
    "<C>": r"(C\d+) ",
    "<T>": r"(T\d+) ",
    "<V>": r"(V\d+) ",
    "<N>": r"(N\d+) ",
    "<D>": r"(D\d+) ",
    "<CT>": r"([CT]\d+) ",
    "<CMP>": r"((?:GT|LT|GE|LE|EQ|NE)\d+) ",
    "<SUP>": r"((?:MOST|LEAST)\d+) ",
    "<AGG>": r"(AVG|SUM|MAX|MIN) ",
}


def pattern(text: str) -> re.Pattern[str]:
    """A pattern over tags; every tag is followed by one blank, `<C>` and its like stand for kinds of chunks."""
    for macro, regex in MACROS.items():
        text = text.replace(macro, regex)
    return re.compile(r"(?<= )" + text)


@dataclass(slots=True)
class State:
    """One reading of the question in the making."""

    linker: Linker
    resolver: Resolver
    chunks: tuple[Chunk, ...]
    tags: list[str]
    select: list[tuple[int, Term]] = field(default_factory=list)
    """Terms with the position they were named at."""
    where: list[Clause] = field(default_factory=list)
    having: list[Clause] = field(default_factory=list)
    group: list[Term] = field(default_factory=list)
    order: list[Sort] = field(default_factory=list)
    limit: int | None = None
    distinct: bool = False
    tables: list[str] = field(default_factory=list)
    """Tables that must take part, in order of mention."""
    combine: tuple[str, Draft] | None = None
    notes: set[str] = field(default_factory=set)
    """What the rules did, for the ranker."""
    spots: list[int] = field(default_factory=list)
    """Where in the question each clause of `where` was said."""
    at: int = 0
    """Where the rule at work has matched."""
    main: str = ""
    """The table that the question is about."""

    @classmethod
    def begin(cls, segmentation: Segmentation, linker: Linker, resolver: Resolver) -> State:
        tags = []
        for number, chunk in enumerate(segmentation.chunks):
            if chunk.kind == "word":
                tags.append(chunk.text.lower().replace(" ", "_"))
            elif chunk.kind in _INDEXED:
                tags.append(f"{chunk.kind}{number}")
            else:
                tags.append(chunk.kind)
        return cls(linker, resolver, segmentation.chunks, tags)

    @property
    def line(self) -> str:
        return " " + " ".join(self.tags) + " "

    def find(self, rule: re.Pattern[str]) -> Iterator[Match]:
        """Matches of a rule, left to right; the line may be consumed between them."""
        start = 0
        while (found := rule.search(self.line, start)) is not None:
            before = self.line
            self.at = before[: found.start()].count(" ") - 1
            yield Match(self, found)
            start = found.end() - 1 if self.line == before else found.start()
            if self.line != before and found.start() == 0:
                start = 0

    def chunk(self, tag: str) -> Chunk:
        return self.chunks[int(re.sub(r"\D", "", tag))]

    def consume(self, first: int, last: int) -> None:
        for position in range(first, last):
            self.tags[position] = "_"

    def number(self, tag: str) -> Literal:
        number = self.chunk(tag).mentions[0].number
        assert number is not None
        return Literal(number.value, "number")

    def count(self, tag: str | None) -> int | None:
        """The number as a small count, for LIMIT."""
        if not tag:
            return None
        number = self.chunk(tag).mentions[0].number
        return int(number.value) if number is not None and 0 < number.value <= 1000 else None

    def position(self, tag: str) -> int:
        return int(re.sub(r"\D", "", tag))

    def table(self, tag: str) -> str:
        return self.resolver.table(self.chunk(tag), self.position(tag))

    def column(self, tag: str, numeric: bool = False) -> Col:
        return self.resolver.column(self.chunk(tag), self.position(tag), numeric=numeric)

    def add_where(self, *conditions: Condition) -> None:
        if conditions and conditions not in self.where:
            self.where.append(conditions)
            self.spots.append(self.at)

    def add_table(self, name: str) -> None:
        if name not in self.tables:
            self.tables.append(name)

    def left(self, kind: str) -> list[str]:
        """Tags of a kind that nothing has consumed yet."""
        return [tag for tag in self.tags if re.fullmatch(kind + r"\d+", tag)]


@dataclass(frozen=True, slots=True)
class Match:
    state: State
    found: re.Match[str]

    def __getitem__(self, group: int) -> str:
        return self.found.group(group) or ""

    @property
    def first(self) -> int:
        return self.state.line[: self.found.start()].count(" ") - 1

    @property
    def last(self) -> int:
        return self.first + self.found.group().count(" ")

    def consume(self) -> None:
        self.state.consume(self.first, self.last)

    def consume_tags(self, tags: Sequence[str]) -> None:
        """Consume only some of the matched tags."""
        for position, tag in enumerate(self.state.tags):
            if tag in tags:
                self.state.tags[position] = "_"
