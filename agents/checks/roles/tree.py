"""A query as rows of one table and what each of them belongs to, so that what it reaches can be reached another way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from agents.checks.base import Statement
from agents.checks.walk import aggregates, changed, columns, nodes, source_table
from connectors.sql.reading import ColumnRef, Exists, Join, Reading, Source, Star
from knowledge.base import JoinEdge, JoinGraph

Path = tuple[JoinEdge, ...]
"""References to follow one after the other, each from the left table to the right one."""
LONGEST = 5


@dataclass(frozen=True, slots=True)
class Tree:
    reading: Reading
    base: str
    """Alias of the table whose rows are counted, added up or listed."""
    table: str
    """Its full name."""
    paths: Mapping[str, Path]
    """From the base to every source, by alias."""


def tree_of(reading: Reading, statement: Statement) -> Tree | None:
    """None unless every source is a stored table that each row of the base belongs to, over plain inner joins."""
    plain = all(j.kind == "inner" and j.keys and j.condition is None and not j.lateral for j in reading.joins)
    tables = {s.alias: source_table(s.alias, reading, statement.schema) for s in reading.sources}
    if not plain or not tables or statement.joins is None or reading.set_operations:
        return None
    if any(isinstance(n, Exists) for n in nodes(reading)) or any(t is None for t in tables.values()):
        return None
    names = {alias: table.full_name for alias, table in tables.items() if table is not None}
    edges = list(_edges(reading, names, statement.joins))
    if len(edges) != len(reading.joins):
        return None
    for base in _bases(reading, names, [right for _, _, right in edges]):
        paths: dict[str, Path] = {base: ()}
        for _ in edges:
            paths |= {
                right: (*paths[left], e) for left, e, right in edges if left in paths and right not in paths
            }
        if len(paths) == len(names):
            return Tree(reading, base, names[base], paths)
    return None


def _edges(
    reading: Reading, names: Mapping[str, str], graph: JoinGraph
) -> Iterator[tuple[str, JoinEdge, str]]:
    """(alias that refers, reference, alias referred to) for every join that follows a known reference."""
    for join in reading.joins:
        ends = [(a, b) for a, b in join.keys]
        for pairs in (ends, [(b, a) for a, b in ends]):
            left, right = {a.table for a, _ in pairs}, {b.table for _, b in pairs}
            if len(left) != 1 or len(right) != 1:
                continue
            (one,), (other,) = left, right
            wanted = {(a.name.lower(), b.name.lower()) for a, b in pairs}
            edge = next(
                (e for e in forward(graph, names.get(one, "")) if _joins(e, wanted, names[other])), None
            )
            if edge is not None:
                yield one, edge, other
                break


def _joins(edge: JoinEdge, wanted: set[tuple[str, str]], right: str) -> bool:
    ends = zip(edge.left_columns, edge.right_columns, strict=True)
    return edge.right_table.lower() == right.lower() and {(a.lower(), b.lower()) for a, b in ends} == wanted


def _bases(reading: Reading, names: Mapping[str, str], referred: Sequence[str]) -> list[str]:
    counted = dict.fromkeys(
        column.table for call in aggregates(reading.outputs) for column in columns(call.args)
    )
    return list(
        dict.fromkeys([*(a for a in names if a not in referred), *(a for a in counted if a in names)])
    )


def forward(graph: JoinGraph, table: str) -> Iterator[JoinEdge]:
    """References of a table's rows, those to itself aside."""
    for edge in graph.edges:
        if edge.left_table.lower() == table.lower() != edge.right_table.lower():
            yield edge


def paths_from(graph: JoinGraph, table: str, longest: int = LONGEST) -> Iterator[Path]:
    """Every way over references from a row of `table`, shortest first, no table visited twice."""
    layer: list[Path] = [()]
    while layer and longest >= 0:
        yield from layer
        longest -= 1
        layer = [
            (*path, edge)
            for path in layer
            for edge in forward(graph, path[-1].right_table if path else table)
            if edge.right_table.lower() not in {table.lower(), *(e.right_table.lower() for e in path)}
        ]


def redirected(tree: Tree, moved: Mapping[ColumnRef, tuple[Path, str]]) -> Reading:
    """The same query with some of its columns taken from the end of other paths."""
    reading = tree.reading
    aliases = {path: alias for alias, path in tree.paths.items()}
    taken = {alias.lower() for alias in tree.paths}
    paths = [tree.paths[c.table] for c in _used(reading) if c not in moved and c.table in tree.paths]
    paths += [path for path, _ in moved.values()] + list(_only_joined(tree))
    joins: list[Join] = []
    joined: set[Path] = {()}
    for path in paths:
        for end in range(1, len(path) + 1):
            here = path[:end]
            if here in joined:
                continue
            joined.add(here)
            alias = aliases.setdefault(here, _free(here[-1].right_table.rpartition(".")[2], taken))
            taken.add(alias.lower())
            schema, _, table = here[-1].right_table.rpartition(".")
            keys = zip(here[-1].left_columns, here[-1].right_columns, strict=True)
            joins.append(
                Join(
                    Source(alias, table, schema or None),
                    "inner",
                    tuple((ColumnRef(aliases[here[:-1]], a), ColumnRef(alias, b)) for a, b in keys),
                )
            )
    new = {old: ColumnRef(aliases[path], name) for old, (path, name) in moved.items()}
    schema, _, table = tree.table.rpartition(".")
    bare = replace(reading, source=Source(tree.base, table, schema or None), joins=())
    return replace(
        changed(bare, lambda node: new.get(node, node) if isinstance(node, ColumnRef) else node),
        joins=tuple(joins),
    )


def _only_joined(tree: Tree) -> Iterator[Path]:
    """Ends of the tree that are read for nothing but having a row there."""
    told = {column.table for column in _used(tree.reading)}
    for alias, path in tree.paths.items():
        further = any(len(p) > len(path) and p[: len(path)] == path for p in tree.paths.values())
        if alias not in told and not further:
            yield path


def _used(reading: Reading) -> list[ColumnRef]:
    """Columns that are used for more than joining."""
    return list(dict.fromkeys(columns(replace(reading, joins=()))))


def used_of(tree: Tree, alias: str) -> list[ColumnRef]:
    """Columns of one source that are used for more than joining; empty when all of them are, by a star."""
    if any(isinstance(node, Star) and node.table for node in nodes(tree.reading.outputs)):
        return []
    return [column for column in _used(tree.reading) if column.table == alias]


def _free(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while name.lower() in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name
