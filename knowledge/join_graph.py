"""How tables connect: every known key as an edge, and the cheapest trees over the tables that are wanted."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import product
from math import log2

from knowledge.base import JoinEdge, JoinTree
from knowledge.steiner import NodePair, TreeSolver

_MOST_SOLVES = 10
_WORTH_OFFERING = 3.0
"""An alternative that costs so much more than the best tree says something else than was asked."""
_MOST_VARIANTS = 64
_CACHED = 512


class SchemaJoinGraph:
    """A `JoinGraph` over the keys of one schema. Answers are the same for the same edges, whatever their order."""

    def __init__(self, edges: Iterable[JoinEdge]) -> None:
        self._edges = tuple(sorted(set(edges), key=_edge_order))
        pairs: defaultdict[frozenset[str], list[JoinEdge]] = defaultdict(list)
        for edge in self._edges:
            pairs[_pair(edge.left_table, edge.right_table)].append(edge)
        self._parallel = dict(pairs)
        names = sorted({name for pair in pairs for name in pair})
        self._number = {name: number for number, name in enumerate(names)}
        self._name = names
        self._spelled = {
            name.lower(): name for edge in self._edges for name in (edge.left_table, edge.right_table)
        }
        self._solver = TreeSolver(
            len(names),
            {
                tuple(sorted(self._number[name] for name in pair)): parallel[0].weight  # type: ignore[misc]
                for pair, parallel in pairs.items()
                if len(pair) == 2
            },
        )
        self._cache: OrderedDict[tuple[frozenset[str], int], tuple[JoinTree, ...]] = OrderedDict()

    @property
    def edges(self) -> Sequence[JoinEdge]:
        return self._edges

    def between(self, left: str, right: str) -> Sequence[JoinEdge]:
        """Every direct edge between two tables, either way round, cheapest first; a table with itself gives its self-references."""
        return tuple(self._parallel.get(_pair(left, right), ()))

    def trees(self, tables: Sequence[str], k: int = 3) -> Sequence[JoinTree]:
        """The k cheapest trees that connect all of `tables`, cheapest first; empty when they cannot be.

        Two tables joined by several keys ("home team", "away team") give one tree for each key.
        """
        wanted = list(dict.fromkeys(table.lower() for table in tables))
        if not wanted or k < 1:
            return ()
        if len(wanted) == 1:
            return (JoinTree((self._spelled.get(wanted[0], tables[0]),), (), 0.0),)
        if any(table not in self._number for table in wanted):
            return ()
        key = frozenset(wanted), k
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        found = self._cache[key] = self._search(sorted(wanted), k)
        if len(self._cache) > _CACHED:
            self._cache.popitem(last=False)
        return found

    def restricted(self, may_read: Callable[[str, str], bool]) -> SchemaJoinGraph:
        """The graph of a reader who may not read some columns: keys over those columns do not exist for them."""
        return SchemaJoinGraph(
            edge
            for edge in self._edges
            if all(may_read(edge.left_table, column) for column in edge.left_columns)
            and all(may_read(edge.right_table, column) for column in edge.right_columns)
        )

    def with_usage(self, uses: Mapping[JoinEdge, int]) -> SchemaJoinGraph:
        """The graph with edges made cheaper, by half at most, where approved answers went over them."""
        return SchemaJoinGraph(
            replace(edge, weight=edge.weight * (1 - min(0.5, 0.1 * log2(1 + uses.get(edge, 0)))))
            for edge in self._edges
        )

    def _search(self, wanted: list[str], k: int) -> tuple[JoinTree, ...]:
        terminals = [self._number[table] for table in wanted]
        trees: list[JoinTree] = []
        for pairs in self._paths(terminals, k):
            trees.extend(self._variants(wanted, pairs))
        trees.sort(key=lambda tree: (tree.cost, [_edge_order(edge) for edge in tree.edges]))
        return tuple(tree for tree in trees[:k] if tree.cost <= trees[0].cost + _WORTH_OFFERING)

    def _paths(self, terminals: list[int], k: int) -> list[frozenset[NodePair]]:
        """Up to k cheapest sets of neighbouring tables (Lawler: a next best tree lacks an edge of the best one)."""
        found: list[frozenset[NodePair]] = []
        queue: list[tuple[float, list[NodePair], list[NodePair]]] = []
        solves, tried = 1, {frozenset[NodePair]()}
        best = self._solver.best(terminals, frozenset())
        if best is not None:
            heappush(queue, (best[0], sorted(best[1]), []))
        while queue and len(found) < k:
            _, pairs, banned = heappop(queue)
            if frozenset(pairs) in found:
                continue
            found.append(frozenset(pairs))
            for pair in pairs:
                without = frozenset([*banned, pair])
                if len(found) == k or solves >= _MOST_SOLVES or without in tried:
                    continue
                tried.add(without)
                solves += 1
                other = self._solver.best(terminals, without)
                if other is not None:
                    heappush(queue, (other[0], sorted(other[1]), sorted(without)))
        return found

    def _variants(self, wanted: list[str], pairs: frozenset[NodePair]) -> list[JoinTree]:
        """One tree for each choice of key where two neighbours have several."""
        choices = [
            self._parallel[frozenset((self._name[left], self._name[right]))] for left, right in sorted(pairs)
        ]
        combinations = 1
        for position, choice in enumerate(choices):
            if combinations * len(choice) > _MOST_VARIANTS:
                choices[position] = choice[:1]
            combinations *= len(choices[position])
        bridges = {self._name[node] for pair in pairs for node in pair}.difference(wanted)
        tables = tuple(self._spelled[name] for name in [*wanted, *sorted(bridges)])
        return [
            JoinTree(tables, edges, round(sum(edge.weight for edge in edges), 6))
            for edges in product(*choices)
        ]


def _pair(left: str, right: str) -> frozenset[str]:
    return frozenset((left.lower(), right.lower()))


def _edge_order(edge: JoinEdge) -> tuple[float, str, tuple[str, ...], str, tuple[str, ...]]:
    return edge.weight, edge.left_table, edge.left_columns, edge.right_table, edge.right_columns
