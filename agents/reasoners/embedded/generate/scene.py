"""What a question offers for the parts of a query: its chunks, its columns and tables, and what the rules read in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from agents.reasoners.embedded.chunks import Segmentation
from agents.reasoners.embedded.draft import Col, Draft
from agents.reasoners.embedded.generate.tags import tags
from agents.reasoners.embedded.resolve import Resolver
from knowledge.base import JoinEdge
from knowledge.linking import Lattice, Linker, Mention

_COLUMNS = 32
_WEAK = 0.4
_TOLD = 0.5
_OUTRIGHT = 0.85


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column or table is spoken of: the chunk that its mention lies in, and how well it matches."""

    position: int
    score: float
    mention: Mention


@dataclass(frozen=True, slots=True)
class Scene:
    lattice: Lattice
    segmentation: Segmentation
    resolver: Resolver
    line: tuple[str, ...]
    """The tags of the chunks."""
    drafts: tuple[Draft, ...]
    """What the rules read, best first."""
    main: str
    columns: dict[Col, Place | None]
    """Every column that may play a part; None for those that no word names."""
    tables: dict[str, Place | None]
    company: dict[str, int]
    """How many columns of a table are named outright."""
    twins: dict[str, tuple[str, ...]]
    """The tables whose columns share a name."""

    def spoken(self, edge: JoinEdge) -> float:
        """How well the question's words match the referring column, where they match it alone."""
        place = self.columns.get(Col(edge.left_table, edge.left_columns[0]))
        return place.score if place is not None and place.score >= _TOLD else 0.0

    @property
    def gap(self) -> float:
        """By how much the closest call among the meanings of the chunks was won."""
        return self.resolver.least_gap()

    @property
    def best(self) -> Draft:
        """The rules' best reading; an empty one when they read nothing."""
        return self.drafts[0] if self.drafts else Draft()


def scene_of(
    lattice: Lattice, linker: Linker, segmentation: Segmentation, drafts: tuple[Draft, ...], main: str
) -> Scene:
    resolver = Resolver(segmentation, linker)
    resolver.main = main
    where = _positions(segmentation)
    columns: dict[Col, Place | None] = {}
    tables: dict[str, Place | None] = {}
    for mention in lattice.of("column"):
        place = Place(where[mention.first], mention.score, mention)
        column = Col(mention.table, mention.column)
        known = columns.get(column)
        if mention.score >= _WEAK and (known is None or known.score < place.score):
            columns[column] = place
    for mention in lattice.of("table"):
        place = Place(where[mention.first], mention.score, mention)
        known = tables.get(mention.table)
        if known is None or known.score < place.score:
            tables[mention.table] = place
    kept = sorted(columns, key=lambda c: (-_weight(columns[c], c, tables, main), c.table, c.name))[:_COLUMNS]
    found = {column: columns[column] for column in kept}
    used = [column for draft in drafts for part in draft.everywhere() for column in part.columns]
    for column in [*used, *_standing_for(resolver, tables, main, used)]:
        found.setdefault(Col(column.table, column.name), columns.get(Col(column.table, column.name)))
    for column in found:
        tables.setdefault(column.table, None)
    named = Counter(
        column.table for column, place in found.items() if place is not None and place.score >= _OUTRIGHT
    )
    twins: defaultdict[str, list[str]] = defaultdict(list)
    for column in found:
        twins[column.name.lower()].append(column.table)
    return Scene(
        lattice, segmentation, resolver, tuple(tags(segmentation.chunks, resolver)), drafts, main, found, tables,
        dict(named), {name: tuple(owners) for name, owners in twins.items()},
    )  # fmt: skip


def _positions(segmentation: Segmentation) -> dict[int, int]:
    return {
        token: position
        for position, chunk in enumerate(segmentation.chunks)
        for token in range(chunk.first, chunk.last)
    }


def _weight(place: Place | None, column: Col, tables: dict[str, Place | None], main: str) -> float:
    named = tables.get(column.table)
    near = 0.3 * named.score if named is not None else 0.0
    return (place.score if place is not None else 0.0) + near + (0.1 if column.table == main else 0.0)


def _standing_for(
    resolver: Resolver, tables: dict[str, Place | None], main: str, used: list[Col]
) -> list[Col]:
    """Keys and names of the tables that are spoken of: they are asked for without being named."""
    asked: defaultdict[str, float] = defaultdict(float)
    for table, place in tables.items():
        asked[table] = place.score if place is not None else 0.0
    for column in used:
        asked[column.table] = max(asked[column.table], 0.5)
    asked[main] = 2.0
    found: list[Col] = []
    for table in sorted(asked, key=lambda name: (-asked[name], name))[:6]:
        key = resolver.key(table)
        found.extend([*((key,) if key is not None else ()), *resolver.names(table)])
        name = resolver.name(table)
        found.extend((name,) if name is not None else ())
    return found
